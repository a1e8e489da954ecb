import Git2
import GitProcess
import GitValues
import Snapshots

/// `--return`: the captured change leaves the working tree and the index.
extension Session {
    /// Prepares everything in the operation's folder: the files of HEAD for the captured paths, written by git with its
    /// filters, and the index that goes with them. Nothing in the working tree is touched yet.
    ///
    /// Special files and submodules are left in place, with a warning.
    /// - Throws: `PatchProblem.wouldLoseWork` when a path holds more than was captured.
    func filesBack(_ captured: Captured, to head: Head, in folder: OperationFolder) async throws -> [FileStep] {
        let headTree: ObjectID
        if let commit = head.commit { headTree = try await view.commit(commit).tree } else { headTree = try await view.emptyTree() }
        var steps: [FileStep] = []
        var entries: [TreeChange] = []
        let top = DiskPath(workspace.location.worktree)
        for change in try await view.changes(from: headTree, to: captured.tree) {
            let now = FileIdentity.of(top.appending(change.path))
            let isFile = now == nil || now?.kind == .file || now?.kind == .link
            guard isFile, change.oldMode != TreeChange.submodule, change.newMode != TreeChange.submodule else {
                workspace.say(.warning("'\(change.pathText)' is a submodule or no ordinary file; it was left in place"))
                continue
            }
            if now == nil && change.old == nil { continue }
            steps.append(FileStep(number: steps.count, path: change.path, before: now, after: nil))
            entries.append(change)
        }
        try await requireUnchanged(steps, folder)
        try requireWritable(steps)
        try await checkOut(entries, &steps, headTree, folder)
        try await resetEntries(entries, headTree, folder)
        return steps
    }

    /// Refuses when a path differs from what the prepared index has: that would be lost, not returned.
    private func requireUnchanged(_ steps: [FileStep], _ folder: OperationFolder) async throws {
        let arguments = ["diff", "--no-ext-diff", "--no-textconv", "--name-only", "-z", "--no-renames", "--ignore-submodules=all"]
        let git = workspace.git.using(indexFile: folder.indexAfter.filePath).readOnly
        let changed = Set(try await git.output(arguments).output.split(separator: 0).map { Array($0) })
        let lost = steps.filter { changed.contains($0.path) }.map { String(decoding: $0.path, as: UTF8.self) }
        if lost.isEmpty { return }
        throw PatchProblem(
            .wouldLoseWork, "these files hold more than was captured, so they cannot leave the working tree",
            paths: lost, hints: ["leave --return out, or capture everything"])
    }

    private func requireWritable(_ steps: [FileStep]) throws {
        let top = DiskPath(workspace.location.worktree)
        for folder in Set(steps.filter { $0.before != nil }.map { top.appending($0.path).parent }) {
            try Disk.requireWritable(folder)
        }
    }

    /// Lets git write HEAD's version of the paths into the operation's folder, with HEAD's attributes.
    private func checkOut(
        _ entries: [TreeChange], _ steps: inout [FileStep], _ tree: ObjectID, _ folder: OperationFolder
    ) async throws {
        let wanted = entries.indices.filter { entries[$0].old != nil }
        guard !wanted.isEmpty else { return }
        let stage = folder.scratch.appending("tree")
        try Disk.makeDirectories(stage)
        try Disk.makeDirectory(folder.filesAfter)
        var git = workspace.git.using(indexFile: folder.scratch.appending("index").filePath)
        git.directory = stage.filePath
        git.environment = git.environment.setting("GIT_DIR", workspace.location.gitDirectory)
            .setting("GIT_WORK_TREE", stage.text)
        git.settings += ["core.sparseCheckout=false", "core.fsmonitor=false", "core.splitIndex=false"]
        _ = try await git.output(["read-tree", tree.hex])
        let names: [UInt8] = wanted.flatMap { entries[$0].path + [0] }
        _ = try await git.output(["checkout-index", "-f", "-q", "-z", "--stdin"], input: names)
        for position in wanted {
            let target = folder.filesAfter.appending("\(steps[position].number)")
            try Disk.rename(stage.appending(entries[position].path), to: target)
            try Disk.synchroniseFile(target)
            steps[position].after = FileIdentity.of(target)
        }
        try Disk.synchronise(folder.filesAfter)
    }

    /// Sets the entries of the prepared index back to HEAD's.
    private func resetEntries(_ entries: [TreeChange], _ tree: ObjectID, _ folder: OperationFolder) async throws {
        let zero = String(repeating: "0", count: tree.hex.utf8.count)
        var removals: [UInt8] = []
        var additions: [UInt8] = []
        for change in entries {
            removals += Array("0 \(zero)\t".utf8) + change.path + [0]
            if let old = change.old { additions += Array("\(change.oldMode) \(old)\t".utf8) + change.path + [0] }
        }
        let git = workspace.git.using(indexFile: folder.indexAfter.filePath)
        _ = try await git.output(["update-index", "-z", "--index-info"], input: removals + additions)
        try Disk.synchroniseFile(folder.indexAfter)
    }
}
