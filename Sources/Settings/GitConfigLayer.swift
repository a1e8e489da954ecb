import GitProcess
import GitValues
import SystemPackage

/// What `git config` says in all its scopes.
struct GitConfigLayer {
    /// Every key git lists, ours and others, with all its values from the scope that loses to the one that wins.
    private(set) var values: [String: [SettingEntry]] = [:]
    private(set) var problems: [SettingsProblem] = []
    /// Keys in our sections that nobody reads, for `git patch doctor`.
    private(set) var notices: [SettingsProblem] = []
    /// Where the names of files that git gives begin.
    let directory: FilePath

    /// A configuration that says nothing.
    init(directory: FilePath) { self.directory = directory }

    /// Asks git, with one child.
    ///
    /// - Throws: `SettingsError` with git's own words when git cannot read its configuration.
    static func load(_ git: GitProgram) async throws -> GitConfigLayer {
        if let plain = PlainRepository.find(git) {
            return GitConfigLayer(listing: plain.listing, directory: git.directory)
        }
        // GIT_CONFIG would make `git config`, and no other command, read a single file.
        var git = git
        git.environment = git.environment.removing("GIT_CONFIG")
        let result = try await git.run(["config", "--list", "-z", "--show-scope", "--show-origin"])
        if result.succeeded { return GitConfigLayer(listing: result.output, directory: git.directory) }
        let problem = SettingsProblem(
            code: .unreadable, origin: SettingOrigin(scope: .fallback, source: "git config"),
            message: result.firstErrorLine,
            hints: ["mend that file; 'git config --list --show-origin' shows what git can read"])
        throw SettingsError(problem)
    }

    /// Reads the records `scope NUL origin NUL key [LF value] NUL`.
    init(listing: [UInt8], directory: FilePath) {
        self.directory = directory
        let fields = listing.split(separator: 0, omittingEmptySubsequences: false)
        var ours: [String] = []
        for start in stride(from: 0, to: fields.count - 2, by: 3) {
            let scope = SettingOrigin.Scope(rawValue: String(decoding: fields[start], as: UTF8.self)) ?? .system
            let source = GitConfigLayer.source(String(decoding: fields[start + 1], as: UTF8.self))
            let parts = fields[start + 2].split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
            let name = ConfigName.canonical(String(decoding: parts.first ?? [], as: UTF8.self))
            let value = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : "true"
            let entry = SettingEntry(value: value, origin: SettingOrigin(scope: scope, source: source))
            if values[name] == nil && KnownKeys.sections.contains(ConfigName.split(name).section) { ours.append(name) }
            values[name, default: []].append(entry)
        }
        var lines = ConfigFileLines(directory: directory)
        for name in ours { judge(name, &lines) }
    }

    /// Collects what is wrong with the values of one key of ours.
    private mutating func judge(_ name: String, _ lines: inout ConfigFileLines) {
        let entries = values[name] ?? []
        let parts = ConfigName.split(name)
        let definition = KnownKeys.definition(of: name)
        let isFine = definition.map { definition in
            definition.places != .committedFile
                && entries.allSatisfy { definition.accepts($0.value) }
        }
        if isFine == true { return }
        for entry in lines.adding(to: entries, of: name) {
            guard let definition else {
                let near = KnownKeys.suggestion(for: parts.section, parts.subsection, parts.key)
                notices.append(
                    SettingsProblem(
                        code: .unknownKey, origin: entry.origin, key: name, message: "key '\(name)' is not known",
                        hints: near.map { ["did you mean '\($0)'?"] } ?? []))
                continue
            }
            let shown = definition.fullName(parts.subsection)
            if definition.places == .committedFile {
                notices.append(
                    SettingsProblem(
                        code: .noEffect, origin: entry.origin, key: shown,
                        message: "'\(shown)' has no effect here: it is read from the committed file .gitpatch only"))
            } else if !definition.accepts(entry.value) {
                problems.append(
                    SettingsProblem(
                        code: .badValue, origin: entry.origin, key: shown,
                        message: "'\(entry.value)' is no value for '\(shown)': it takes \(definition.form)",
                        hints: [GitConfigLayer.remedy(shown, entry.origin, isRepeatable: definition.isRepeatable)]))
            }
        }
    }

    private static func remedy(_ key: String, _ origin: SettingOrigin, isRepeatable: Bool) -> String {
        switch origin.scope {
        case .system, .global, .local, .worktree:
            "mend it with: git config --\(origin.scope.rawValue) "
                + (isRepeatable ? "--edit" : "\(key) VALUE")
        case .command, .flag, .committed, .fallback: "it comes from 'git -c' or a GIT_CONFIG_… variable"
        }
    }

    /// `file:/home/u/.gitconfig` is shown as the path, `command line:` as it is.
    private static func source(_ origin: String) -> String {
        if origin.hasPrefix("file:") { return String(origin.dropFirst(5)) }
        return origin.last == ":" ? String(origin.dropLast()) : origin
    }
}
