import GitProcess
import HookInput
import Store

/// A folder of our own that `core.hooksPath` leads to; every hook of the folder it stands for is passed on.
///
/// For hooks folders that are not ours to write in: in the working tree, or shared by several repositories.
struct PassOnHooks: Sendable {
    /// What is needed to take the change of `core.hooksPath` back.
    struct Record: Hashable, Sendable, Codable {
        var configurationFile: String
        /// The folder that ours stands for; absent when it is each repository's own.
        var previous: String?
        /// Whether `previous` stood in that very file.
        var wasSetThere: Bool
        var change: ConfigurationEdit.Change?
    }

    let site: HookSite

    /// Where the shims lie.
    var folder: String { HookProgram.passOnFolder(site.storeDirectory) }
    private var recordPath: String { site.storeDirectory + "/hooks.json" }

    func install() async throws {
        let earlier = try record()
        if let hooksPath = site.hooksPath, hooksPath.scope == "command" {
            throw HooksProblem.commandLineHooksPath(hooksPath.value)
        }
        let isActive = site.hooksPath?.value == folder
        // A repository that was moved or copied still names the folder of the place where it was.
        let ours = site.hooksPath.flatMap { isOurs($0.value) ? $0.value : nil }
        let previous =
            if let ours { earlier.map { moved($0.previous, from: ours) } ?? site.defaultFolder } else {
                site.hooksPath?.value ?? site.defaultFolder
            }
        let next = previous.map(HookShim.Next.inFolder) ?? .ofRepository
        try writeShims(next)
        if isActive { return }
        let scope = site.hooksPath?.scope == "worktree" ? "worktree" : "local"
        let wasSetThere =
            ["local", "worktree"].contains(site.hooksPath?.scope)
            || (site.hooksPath?.scope == "global" && site.defaultFolder == nil)
        var record = Record(
            configurationFile: site.configurationFile(scope), previous: previous,
            wasSetThere: ours == nil ? wasSetThere : earlier?.wasSetThere ?? false, change: nil)
        try await edit(record.configurationFile).replace(
            ours == nil ? nil : earlier?.change, fallback: ours == nil ? [] : [restoring(record)],
            commands: [["--replace-all", "core.hooksPath", folder]]
        ) { change throws(HooksProblem) in
            record.change = change
            try save(record)
        }
    }

    func uninstall() async throws {
        let record = try record()
        if let record, let file = resolvedPath(record.configurationFile), try await isSetToOurs(in: file) {
            try await edit(file).replace(record.change, fallback: [restoring(record)])
        } else if let hooksPath = site.hooksPath, isOurs(hooksPath.value),
            ["local", "worktree", "global"].contains(hooksPath.scope)
        {
            let file = site.configurationFile(hooksPath.scope)
            try await edit(file).replace(record?.change, fallback: [restoring(record)])
        }
        for name in HookFiles.names(in: folder) { try HookFiles.remove(folder + "/" + name) }
        HookFiles.removeEmptyFolder(folder)
        try HookFiles.remove(recordPath)
    }

    /// Whether a value of `core.hooksPath` leads to a folder of this kind, here or where the repository lay before.
    func isOurs(_ path: String) -> Bool {
        path.hasSuffix("/" + folder.split(separator: "/").suffix(2).joined(separator: "/"))
    }

    /// The folder that ours stood for, where it is now that the repository has moved.
    ///
    /// - Parameter folder: ours, as it is still named in the configuration.
    private func moved(_ previous: String?, from folder: String) -> String? {
        guard let previous, folder != self.folder else { return previous }
        // An older version took the dead folder of ours for the previous one.
        if isOurs(previous) { return site.defaultFolder }
        var (old, new) = (folder, self.folder)
        for part in ["/hooks", "/gitpatch", "/.git"] {
            guard old.hasSuffix(part), new.hasSuffix(part) else { break }
            (old, new) = (String(old.dropLast(part.count)), String(new.dropLast(part.count)))
            let isThere = part == "/.git" && HookFiles.exists(previous)
            if previous.hasPrefix(old + "/"), !isThere { return new + previous.dropFirst(old.count) }
        }
        return previous
    }

    /// What puts back the value before, where the lines of the change are no more to be found.
    private func restoring(_ record: Record?) -> [String] {
        guard let record, record.wasSetThere, let previous = record.previous else {
            return ["--unset-all", "core.hooksPath"]
        }
        return ["--replace-all", "core.hooksPath", previous]
    }

    func report() throws -> HooksReport {
        let record = try record()
        let isUsed = site.hooksPath?.value == folder
        let next = record?.previous.map(HookShim.Next.inFolder) ?? .ofRepository
        var hooks: [HookReport] = []
        for event in HookEvent.allCases.map(\.rawValue) {
            let path = folder + "/" + event
            let text = try HookFiles.read(path)
            let shim = HookShim(event: event, helper: site.helper, next: next)
            let isCurrent = HookFiles.isExecutable(site.helper) && shim.isWritten(in: text)
            let state: HookReport.State =
                text == nil ? .missing : !isUsed ? .replaced : isCurrent ? .installed : .outdated
            let before = record?.previous.map { $0 + "/" + event }
            let runsBefore = before.map { HookFiles.isExecutable(absolute($0)) } ?? false
            hooks.append(HookReport(event: event, state: state, next: runsBefore ? before : nil))
        }
        let ours = Set(HookEvent.allCases.map(\.rawValue))
        let names = HookFiles.names(in: folder).filter { !ours.contains($0) }
        let theirs = record?.previous.map(absolute)
        let sleeping = theirs.map { PassOnHooks.hooks(in: $0, thatRun: false) } ?? []
        let running = theirs.map { PassOnHooks.hooks(in: $0, thatRun: true) } ?? []
        return HooksReport(
            placement: .passOn, place: folder, isGlobal: site.isGlobal, hooks: hooks,
            passedOn: names.filter { !sleeping.contains($0) },
            notPassedOn: hooks.contains { $0.state != .missing }
                ? running.subtracting(ours).subtracting(names).sorted() : [])
    }

    /// The hooks of a folder: those that git would run, or those that only lack the permission.
    private static func hooks(in folder: String, thatRun: Bool) -> Set<String> {
        KnownHooks.all.filter { name in
            let path = folder + "/" + name
            return HookFiles.exists(path) && HookFiles.isExecutable(path) == thatRun
        }
    }

    /// Writes a shim for each hook of ours and each one found in the folder that ours stands for; others go.
    ///
    /// One that is not executable yet has its shim, too, for nothing tells when that changes. Not so those that git runs
    /// for every reference or index: a shim of theirs costs time even where it does nothing.
    private func writeShims(_ next: HookShim.Next) throws {
        try HookFiles.makeFolder(folder)
        var names = Set(HookEvent.allCases.map(\.rawValue))
        switch next {
        case .inFolder(let previous):
            let theirs = absolute(previous)
            names.formUnion(PassOnHooks.hooks(in: theirs, thatRun: true))
            names.formUnion(PassOnHooks.hooks(in: theirs, thatRun: false).intersection(KnownHooks.harmless))
        case .ofRepository: names.formUnion(KnownHooks.harmless)
        case .kept: break
        }
        for name in names.sorted() {
            let path = folder + "/" + name
            let shim = HookShim(event: name, helper: site.helper, next: next)
            if HookFiles.isExecutable(path), try shim.isWritten(in: HookFiles.read(path)) { continue }
            try HookFiles.write(Array(shim.text.utf8), to: path, mode: 0o755)
        }
        // In another worktree the same folder may hold other hooks; a shim without a hook does nothing.
        if !site.hasLinkedWorktrees {
            for name in HookFiles.names(in: folder) where !names.contains(name) {
                try HookFiles.remove(folder + "/" + name)
            }
        }
        HookFiles.touch(folder)  // Newer than the other folder: the helper compares their times.
    }

    private func isSetToOurs(in file: String) async throws -> Bool {
        try await site.git.run(["config", "--file", file, "--type=path", "--get", "core.hooksPath"]).text == folder
    }

    private func edit(_ file: String) -> ConfigurationEdit {
        ConfigurationEdit(git: site.git, path: file, workFolder: site.storeDirectory)
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : site.worktree + "/" + path }

    private func record() throws -> Record? {
        guard let bytes = try HookFiles.read(recordPath) else { return nil }
        return try JSONText.decode(Record.self, from: String(decoding: bytes, as: UTF8.self))
    }

    private func save(_ record: Record) throws(HooksProblem) {
        do {
            try HookFiles.write(Array((JSONText.encode(record) + "\n").utf8), to: recordPath, mode: 0o644)
        } catch {
            throw error as? HooksProblem ?? .file(recordPath, "\(error)")
        }
    }
}
