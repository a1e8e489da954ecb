import GitValues
import SystemPackage

/// Finds the lines of values in git's configuration files: `git config` names the file, never the line.
struct ConfigFileLines {
    /// Where relative names begin: the folder the command runs in, or one above it.
    let directory: FilePath
    private var texts: [String: ConfigText?] = [:]

    init(directory: FilePath) { self.directory = directory }

    /// Returns the entries of one key with lines added where a file can be read and still says the same.
    mutating func adding(to entries: [SettingEntry], of name: String) -> [SettingEntry] {
        var seen: [String: Int] = [:]
        return entries.map { entry in
            let source = entry.origin.source
            switch entry.origin.scope {
            case .system, .global, .local, .worktree: break
            case .fallback, .committed, .command, .flag: return entry
            }
            let places = text(of: source)?.entries.filter { $0.name == name } ?? []
            // A file that is included twice gives its values twice.
            let index = seen[source, default: 0]
            seen[source] = index + 1
            guard !places.isEmpty, places[index % places.count].value ?? "true" == entry.value else { return entry }
            let line = places[index % places.count].line
            return SettingEntry(
                value: entry.value, origin: SettingOrigin(scope: entry.origin.scope, source: source, line: line))
        }
    }

    private mutating func text(of source: String) -> ConfigText? {
        if let known = texts[source] { return known }
        var text: ConfigText?
        if let bytes = bytes(of: source) {
            text = try? ConfigText.parse(bytes)  // git has read the file; without lines the message still names it.
        }
        texts[source] = text
        return text
    }

    /// The bytes of a file; `nil` when it cannot be read, because a line is a comfort only.
    private func bytes(of source: String) -> [UInt8]? {
        let path = FilePath(source)
        if path.isAbsolute { return try? readWholeFile(path) }
        var base = directory
        for _ in 0..<ConfigFileLines.deepest {
            if let bytes = try? readWholeFile(base.pushing(path)) { return bytes }
            base.append("..")
        }
        return nil
    }

    /// How far above the folder the top of the worktree is looked for.
    private static let deepest = 64
}
