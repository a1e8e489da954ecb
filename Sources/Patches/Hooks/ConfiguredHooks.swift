import GitProcess
import HookInput
import Store

/// Hooks named in git's configuration (git 2.54): no file in any hooks folder, beside whatever else runs.
struct ConfiguredHooks: Sendable {
    let site: HookSite

    /// The configuration file they stand in.
    var file: String { site.configurationFile("local") }
    private var recordPath: String { site.storeDirectory + "/hooks-configuration.json" }

    func install() async throws {
        try HookFiles.makeFolder(site.storeDirectory)
        let current = try await commands()
        if HookEvent.allCases.allSatisfy({ isCurrent(current[$0.rawValue], $0.rawValue) }) { return }
        var settings: [[String]] = []
        for event in HookEvent.allCases.map(\.rawValue) {
            settings.append(["--replace-all", "hook.git-patch-\(event).command", command(event)])
            settings.append(["--replace-all", "hook.git-patch-\(event).event", event])
        }
        try await edit().replace(try record(), fallback: removal, commands: settings) { change throws(HooksProblem) in
            if let change { try save(change) }
        }
    }

    func uninstall() async throws {
        if try await !commands().isEmpty { try await edit().replace(try record(), fallback: removal) }
        try HookFiles.remove(recordPath)
    }

    func report() async throws -> HooksReport {
        let current = try await commands()
        let isUsable = HookFiles.isExecutable(site.helper)
        let hooks = HookEvent.allCases.map(\.rawValue).map { event in
            let state: HookReport.State =
                current[event].map { isUsable && isCurrent($0, event) ? .installed : .outdated } ?? .missing
            return HookReport(
                event: event, state: site.hasConfiguredHooks || state == .missing ? state : .replaced, next: nil)
        }
        return HooksReport(placement: .configuration, place: file, isGlobal: site.isGlobal, hooks: hooks, passedOn: [])
    }

    /// git gives the text to `sh` and puts `"$@"` behind it. A missing helper must not stop a push, as a missing
    /// program would.
    private func command(_ event: String, helper path: String? = nil) -> String {
        let path = path ?? site.helper
        let helper = shellWord(path)
        let words = "git-patch: \(path) is missing; run 'git patch hooks install' again"
        return "test -x \(helper) || { echo \(shellWord(words)) >&2; exit 0; }; exec \(helper) \(event)"
    }

    /// Whether a command is the one of this version; its helper may be named by another path to the same file.
    private func isCurrent(_ text: String?, _ event: String) -> Bool {
        guard let text else { return false }
        if text == command(event) { return true }
        let word = text.dropFirst("test -x ".count).prefix { $0 != " " }
        guard let named = unquotedShellWord(String(word)), leadToSameFile(named, site.helper) else { return false }
        return text == command(event, helper: named)
    }

    /// Event and command of each hook of ours in the file.
    private func commands() async throws -> [String: String] {
        let prefix = "hook.git-patch-"
        let result = try await site.git.run([
            "config", "--file", file, "-z", "--get-regexp", "^hook\\.git-patch-.*\\.command$",
        ])
        var commands: [String: String] = [:]
        for entry in result.output.split(separator: 0) {
            let parts = String(decoding: entry, as: UTF8.self).split(separator: "\n", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0].hasPrefix(prefix) else { continue }
            commands[String(parts[0].dropFirst(prefix.count).dropLast(".command".count))] = parts[1]
        }
        return commands
    }

    private var removal: [[String]] {
        HookEvent.allCases.map { ["--remove-section", "hook.git-patch-\($0.rawValue)"] }
    }

    private func edit() -> ConfigurationEdit {
        ConfigurationEdit(git: site.git, path: file, workFolder: site.storeDirectory)
    }

    private func record() throws -> ConfigurationEdit.Change? {
        guard let bytes = try HookFiles.read(recordPath) else { return nil }
        return try JSONText.decode(ConfigurationEdit.Change.self, from: String(decoding: bytes, as: UTF8.self))
    }

    private func save(_ change: ConfigurationEdit.Change) throws(HooksProblem) {
        do {
            try HookFiles.write(Array((JSONText.encode(change) + "\n").utf8), to: recordPath, mode: 0o644)
        } catch {
            throw error as? HooksProblem ?? .file(recordPath, "\(error)")
        }
    }
}
