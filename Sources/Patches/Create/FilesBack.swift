import Git2
import GitProcess
import GitValues
import Snapshots

/// Files that are to have other versions.
struct FilesBack {
    /// What is there now; the version that comes is known when it is prepared.
    var steps: [FileStep]
    /// What is wanted, one for each step.
    var entries: [TreeChange]
}

/// Puts other versions of files into the working tree: `--return` HEAD's, `restore` those of a snapshot.
extension Session {
    /// Prepares everything in the operation's folder: the wanted versions, written by git with its filters. Nothing in
    /// the working tree is touched yet.
    ///
    /// Special files and submodules are left in place, with a warning.
    ///
    /// - Parameters:
    ///   - changes: what differs between `tree` and what was just captured; the first is wanted, the second is there.
    ///   - tree: where the wanted versions are, with the attributes that count for them.
    /// - Throws: `PatchProblem.wouldLoseWork` when a path holds more than was captured.
    func filesBack(
        _ changes: [TreeChange], from tree: ObjectID, _ folder: OperationFolder
    ) async throws -> [FileStep] {
        try await prepare(try chooseFilesBack(changes), from: tree, folder)
    }

    /// The files that would be put back; only the working tree is looked at, and nothing written.
    ///
    /// - Throws: `PatchProblem.wouldLoseWork`, as `filesBack` does.
    func chooseFilesBack(_ changes: [TreeChange]) throws -> FilesBack {
        var steps: [FileStep] = []
        var entries: [TreeChange] = []
        var uncaptured: [String] = []
        let top = DiskPath(workspace.location.worktree)
        for change in changes {
            var now = try FileIdentity.of(change.path, in: top)
            if now?.kind == .directory, change.old != nil, change.new == nil {
                try requireEmptied(change.path, by: changes)
                now = nil  // The folder goes with its files, and the file that is wanted takes its name.
            }
            let isFile = now == nil || now?.kind == .file || now?.kind == .link
            guard isFile, change.oldMode != TreeChange.submodule, change.newMode != TreeChange.submodule else {
                workspace.say(.warning("'\(change.pathText)' is a submodule or no ordinary file; it was left in place"))
                continue
            }
            if now == nil && change.old == nil { continue }
            if now != nil && change.new == nil { uncaptured.append(change.pathText) }
            steps.append(FileStep(number: steps.count, path: change.path, before: now, after: nil))
            entries.append(change)
        }
        try requireNothingLost(uncaptured)
        try requireWritable(steps)
        return FilesBack(steps: steps, entries: entries)
    }

    /// Prepares what was chosen, after the index of afterwards.
    func prepare(
        _ chosen: FilesBack, from tree: ObjectID, _ folder: OperationFolder
    ) async throws -> [FileStep] {
        var steps = chosen.steps
        try await requireUnchanged(steps, folder)
        try await checkOut(chosen.entries, &steps, tree, folder)
        return steps
    }

    /// Says which submodules hold changes of their own, which no patch of this repository can take.
    func warnOfDirtySubmodules(besides changes: [TreeChange]) async throws {
        let location = workspace.location
        guard
            Disk.exists(DiskPath(location.worktree).appending(".gitmodules"))
                || Disk.exists(DiskPath(location.commonDirectory).appending("modules"))
        else { return }
        let told = Set(changes.map(\.path))
        let status = try await workspace.git.readOnly.output([
            "status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=none",
        ])
        for line in status.output.split(separator: 0) {
            // `1 XY SCMU mH mI mW hH hI PATH`; M and U: it has changed or new files of its own.
            let fields = line.split(separator: 0x20, maxSplits: 8)
            guard fields.count == 9, fields[0].elementsEqual("1".utf8), fields[2].first == UInt8(ascii: "S"),
                fields[2].contains(UInt8(ascii: "M")) || fields[2].contains(UInt8(ascii: "U")),
                !told.contains(Array(fields[8]))
            else { continue }
            let name = String(decoding: fields[8], as: UTF8.self)
            workspace.say(.warning("submodule '\(name)' has changes of its own; it was left in place"))
        }
    }

    /// Refuses a folder in the place of a wanted file when it holds more than what leaves with the change.
    private func requireEmptied(_ path: [UInt8], by changes: [TreeChange]) throws {
        let leaving = Set(changes.filter { $0.old == nil }.map(\.path))
        let staying = Disk.files(below: path, in: DiskPath(workspace.location.worktree)).filter {
            !leaving.contains($0)
        }
        if staying.isEmpty { return }
        throw PatchProblem(
            .wouldLoseWork,
            "'\(String(decoding: path, as: UTF8.self))' is a folder now and holds files that do not leave with it",
            paths: staying.map { String(decoding: $0, as: UTF8.self) }, hints: ["move them away first"])
    }

    /// Refuses when a path differs from what the prepared index has: that would be lost, not returned.
    private func requireUnchanged(_ steps: [FileStep], _ folder: OperationFolder) async throws {
        let arguments = [
            "diff", "--no-ext-diff", "--no-textconv", "--name-only", "-z", "--no-renames", "--ignore-submodules=all",
        ]
        let git = workspace.git.using(indexFile: folder.indexAfter.filePath).readOnly
        let changed = Set(try await git.output(arguments).output.split(separator: 0).map { Array($0) })
        try requireNothingLost(
            steps.filter { changed.contains($0.path) }.map { String(decoding: $0.path, as: UTF8.self) })
    }

    private func requireNothingLost(_ lost: [String]) throws {
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

    /// Lets git write the wanted versions into the operation's folder, with the attributes of their tree.
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

    /// Sets entries of the prepared index to the wanted versions.
    func resetEntries(_ entries: [TreeChange], _ tree: ObjectID, _ folder: OperationFolder) async throws {
        let zero = String(repeating: "0", count: tree.hex.utf8.count)
        var removals: [UInt8] = []
        var additions: [UInt8] = []
        for change in entries {
            removals += Array("0 \(zero)\t".utf8) + change.path + [0]
            if let old = change.old { additions += Array("\(change.oldMode) \(old)\t".utf8) + change.path + [0] }
        }
        let git = workspace.git.using(indexFile: folder.indexAfter.filePath)
        _ = try await git.output(["update-index", "-z", "--index-info"], input: removals + additions)
    }
}
