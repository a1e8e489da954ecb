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

    private func bytes(of source: String) -> [UInt8]? {
        let path = FilePath(source)
        if path.isAbsolute { return ConfigFileLines.read(path) }
        var base = directory
        while true {
            if let bytes = ConfigFileLines.read(base.pushing(path)) { return bytes }
            guard base.removeLastComponent() else { return nil }
        }
    }

    private static func read(_ path: FilePath) -> [UInt8]? {
        do {
            let file = try FileDescriptor.open(path, .readOnly)
            return try file.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 1 << 14)
                while true {
                    let count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
                    if count == 0 { return bytes }
                    bytes += chunk[..<count]
                }
            }
        } catch {
            return nil  // The line is a comfort; a file that cannot be read has none.
        }
    }
}
