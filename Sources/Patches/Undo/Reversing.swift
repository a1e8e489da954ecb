import Git2
import GitProcess
import GitValues
import Store

/// An operation's record read backwards, part by part; each part refuses what would lose work made since.
extension Session {
    /// The references back to their old values, and a reference that holds what loses its name.
    func reversed(
        _ done: Intent, of record: OperationRecord, as operation: RecordID
    ) async throws -> [ReferenceStep] {
        var steps: [ReferenceStep] = []
        var held: ObjectID?
        for step in done.references {
            let now = try await view.value(of: step.name)
            if step.name.text.hasPrefix("refs/gitpatch/ops/") {
                if case .object(let id) = now { held = id }
                continue
            }
            if case .object(let id) = step.new, held == nil { held = id }
            if now == step.new {
                steps.append(step.reversed)
            } else if step.name == .head {
                throw try await headMoved(step, since: record)
            } else if now != step.old {
                throw try await moved(step, now)
            }
        }
        let movesHead = steps.contains { $0.name == .head }
        for step in steps where step.new == .absent && !movesHead { try await requireNotCheckedOut(step.name) }
        for case .symbolic(let branch) in steps.filter({ $0.name == .head }).map(\.new) {
            try await requireNotCheckedOut(branch)
        }
        if movesHead || done.index != nil { try await requireSameGround(done, of: record, steps) }
        if let held { steps.insert(ReferenceStep(.holder(of: operation), from: .absent, to: .object(held)), at: 0) }
        return steps
    }

    /// The index back to the very file it was, unless something was staged since.
    func reversedIndex(_ done: Intent, _ source: OperationFolder, _ folder: OperationFolder) async throws -> IndexStep?
    {
        guard let step = done.index else { return nil }
        let index = DiskPath(step.path)
        let now = FileIdentity.of(index)
        if now != step.after { try await requireNothingStaged(since: step, done) }
        let swap = IndexSwap(index: index, folder: folder)
        let before = try swap.keepBefore()
        var after: FileIdentity?
        if step.before != nil {
            guard let kept = FileIdentity.of(source.indexBefore), kept.isSameContent(as: step.before) else {
                throw PatchProblem(.notUndoable, "the index of before is gone or was changed: '\(source.indexBefore)'")
            }
            try swap.restoreSharedParts(from: source)
            _ = try Disk.link(source.indexBefore, to: folder.indexAfter)
            after = FileIdentity.of(folder.indexAfter)
        }
        return IndexStep(path: step.path, before: before, after: after, tree: nil)
    }

    /// The files back, byte for byte, unless they were changed since.
    func reversedFiles(
        _ done: Intent, _ source: OperationFolder, _ folder: OperationFolder
    ) async throws -> [FileStep] {
        guard !done.files.isEmpty else { return [] }
        let top = DiskPath(done.worktree)
        let leaving = Set(done.files.filter { $0.after != nil }.map(\.path))
        var found: [(step: FileStep, now: FileIdentity?)] = []
        var touched: [[UInt8]] = []
        try Disk.makeDirectory(folder.filesAfter)
        for step in done.files {
            var now = try FileIdentity.of(step.path, in: top)
            if step.after == nil, now?.kind == .directory,
                Disk.files(below: step.path, in: top).allSatisfy({ leaving.contains($0) })
            {
                now = nil  // The folder goes with its files, and the file that was there takes its name again.
            }
            // One that could not be moved, or not be put in, is as it belongs.
            if now == nil, step.before == nil { continue }
            if step.before != nil, now?.isSameContent(as: step.before) == true { continue }
            let isAsLeft = step.after == nil ? now == nil : now?.isSameContent(as: step.after) == true
            if !isAsLeft { touched.append(step.path) }
            found.append((step, now))
        }
        let changed = try await changed(touched, since: done)
        if !changed.isEmpty {
            throw PatchProblem(
                .wouldLoseWork, "these files were changed since and would be lost",
                paths: changed.map { String(decoding: $0, as: UTF8.self) },
                hints: ["keep them first: git patch snapshot"])
        }
        return try found.map { step, now in
            var after: FileIdentity?
            if step.before != nil {
                let kept = source.filesBefore.appending("\(step.number)")
                guard FileIdentity.of(kept)?.isSameContent(as: step.before) == true else {
                    let name = String(decoding: step.path, as: UTF8.self)
                    throw PatchProblem(
                        .notUndoable, "the earlier content of '\(name)' is gone: '\(kept)'", paths: [name])
                }
                let coming = folder.filesAfter.appending("\(step.number)")
                _ = try Disk.link(kept, to: coming)
                after = FileIdentity.of(coming)
            }
            return FileStep(number: step.number, path: step.path, before: now, after: after)
        }
    }

    /// Of files that were written or removed since, those that are not as the commit has them that the operation left: `git
    /// checkout FILE` writes what is there already. Where there are very many, all of them.
    private func changed(_ touched: [[UInt8]], since done: Intent) async throws -> [[UInt8]] {
        guard !touched.isEmpty, touched.count <= 500, let tree = done.index?.tree else { return touched }
        var git = workspace.git.readOnly
        git.directory = DiskPath(done.worktree).filePath
        let list = ["ls-tree", "-r", "-z", "--full-tree", tree.hex, "--"]
        let listed = try await git.output(bytes: list.map { Array($0.utf8) } + touched)
        var known: [[UInt8]: Substring] = [:]
        for entry in listed.output.split(separator: 0) {
            let parts = entry.split(separator: 0x09, maxSplits: 1)
            let head = String(decoding: parts[0], as: UTF8.self).split(separator: " ")
            // What the commit has as a file; all else is compared by nobody.
            if parts.count == 2, head.count == 3, head[0].hasPrefix("100") { known[Array(parts[1])] = head[2] }
        }
        let top = DiskPath(done.worktree)
        let files = try touched.filter { path in
            guard known[path] != nil, let now = try FileIdentity.of(path, in: top), now.kind == .file else {
                return false
            }
            return done.files.contains { $0.path == path && $0.after?.permissions == now.permissions }
        }
        if files.isEmpty { return touched }
        let hashed = try await git.output(bytes: ["hash-object", "--"].map { Array($0.utf8) } + files)
        let same = zip(files, hashed.lines).filter { known[$0]?.elementsEqual($1) == true }.map(\.0)
        return touched.filter { !same.contains($0) }
    }

    private func requireNothingStaged(since step: IndexStep, _ done: Intent) async throws {
        let paths: [[UInt8]]
        if let tree = step.tree {
            paths = try await stagedPaths(against: tree.hex)
        } else if let undone = done.undoes, step.after != nil {
            let left = OperationFolder(undone, in: store.directory).indexBefore
            let was = try await entries(workspace.git.using(indexFile: left.filePath))
            let changed = try await entries(workspace.git).symmetricDifference(was).compactMap { entry in
                entry.firstIndex(of: 0x09).map { Array(entry[($0 + 1)...]) }
            }
            // What was unstaged since is as HEAD has it: nothing of it is lost.
            let staged: [[UInt8]] =
                if let head = try await view.head().commit { try await stagedPaths(against: head.hex) } else { changed }
            paths = Array(Set(changed).intersection(staged))
        } else {
            paths = try await workspace.git.output(["ls-files", "-z"]).output.split(separator: 0).map { Array($0) }
        }
        if paths.isEmpty { return }
        throw PatchProblem(
            .wouldLoseWork, "something was staged since and would be lost",
            paths: Set(paths).map { String(decoding: $0, as: UTF8.self) }.sorted(),
            hints: ["commit it, or unstage it with 'git restore --staged .'"])
    }

    /// The paths whose staged content is another one than that of a tree; a name that is only to be added has none yet.
    private func stagedPaths(against tree: String) async throws -> [[UInt8]] {
        let arguments = [
            "diff-index", "--cached", "--ita-invisible-in-index", "--name-only", "-z", "--no-renames", tree,
        ]
        return try await workspace.git.output(arguments).output.split(separator: 0).map { Array($0) }
    }

    private func entries(_ git: GitProgram) async throws -> Set<[UInt8]> {
        Set(try await git.output(["ls-files", "--stage", "-z"]).output.split(separator: 0).map { Array($0) })
    }

    private func headMoved(_ step: ReferenceStep, since record: OperationRecord) async throws -> PatchProblem {
        var hints: [String] = []
        if case .symbolic(let name) = step.new, let branch = name.branch { hints = ["git switch \(branch)"] }
        return PatchProblem(
            .wouldLoseWork,
            "HEAD is on '\(try await view.head().label)' now, not where \(record.command) '\(record.summary)' left it",
            hints: hints)
    }

    private func moved(_ step: ReferenceStep, _ now: RecordedReference) async throws -> PatchProblem {
        let name = step.name.branch ?? step.name.text
        guard case .object(let id) = now, case .object(let left) = step.new else {
            return PatchProblem(.wouldLoseWork, "'\(name)' is gone or was moved since")
        }
        let added = try await view.commits(from: id, notIn: left, limit: 100).count
        let what =
            added == 0 ? "was moved since" : added == 1 ? "has a commit made since" : "has \(added) commits made since"
        if let later = try operation(thatMoved: step.name, to: now) {
            return PatchProblem(
                .wouldLoseWork, "branch '\(name)' \(what), by '\(later.command)'",
                hints: ["take that back first: git patch undo \(later.id.short)"])
        }
        // A reset moves the branch one is on, whichever that is.
        let isHere = try await view.head().branch == step.name
        let back = isHere ? "git reset \(left.short)" : "git branch -f \(name) \(left.short)"
        return PatchProblem(
            .wouldLoseWork, "branch '\(name)' \(what)",
            hints: ["keep it under another name first: git branch kept \(id.short)", "then: \(back)"])
    }

    /// The operation that gave a reference its value and can be taken back.
    private func operation(
        thatMoved name: ReferenceName, to value: RecordedReference
    ) throws -> OperationRecord? {
        try store.operations().first { record in
            guard record.undoable, record.state == .done, !record.isWayBack else { return false }
            return try intent(of: record).references.contains { $0.name == name && $0.new == value }
        }
    }
}
