import Git2
import GitProcess
package import GitValues
import Snapshots
import Store
import SystemPackage

/// What `restore` did.
package struct RestoreOutcome: Sendable {
    package var operation: RecordID
    /// The paths that were written or removed.
    package var paths: [[UInt8]]
    /// What is not done: files that were left as they are.
    package var problem: PatchProblem?
    /// Whether what was staged is staged again.
    package var restoredIndex: Bool
}

extension Session {
    /// Brings back the work a snapshot keeps: the files that differed from its HEAD, or the named paths as they were.
    ///
    /// What it overwrites is kept by the operation, so that `undo` brings it back. Without paths, and while HEAD is the
    /// commit it was, what was staged is staged again.
    package func restore(_ wish: String, pathspecs: [String]) async throws -> RestoreOutcome {
        let (id, commit) = try await chooseSnapshot(wish)
        return try await withFolder { operation, folder in
            let people = try await workspace.people()
            let head = try await view.head()
            let kept = try await view.commit(commit)
            let was = kept.parents.count == 2 ? kept.parents[0] : nil
            let captured = try await workspace.capture(.everything, force: true, into: folder, allowsNothing: true)
            let before: ObjectID
            if let was { before = try await view.commit(was).tree } else { before = try await view.emptyTree() }
            let changed = try await view.changes(from: before, to: kept.tree)
            let work = Set(changed.map(\.path))
            let chosen = pathspecs.isEmpty ? work : try await paths(matching: pathspecs, in: kept.tree, changed, folder)
            let changes = try await view.changes(from: kept.tree, to: captured.tree).filter { chosen.contains($0.path) }
            let restoresIndex = pathspecs.isEmpty && was == head.commit
            let steps = try await filesBack(changes, from: kept.tree, folder)
            var intent = Intent(
                references: [
                    ReferenceStep(
                        .holder(of: operation), from: .absent,
                        to: .object(try await holdObjects([commit], captured.stagedOnly, people)))
                ], worktree: workspace.location.worktree, message: "patch restore: \(kept.title)",
                identity: people.committer)
            intent.files = steps
            var isIndexChanged = false
            if restoresIndex, let staged = kept.parents.last {
                let tree = try await view.commit(staged).tree
                isIndexChanged = try await stage(tree, of: work, over: before, folder)
                if isIndexChanged { intent.index = try await indexStep(captured, folder, standsForTree: false) }
            }
            guard !steps.isEmpty || isIndexChanged else {
                throw PatchProblem(.nothingToDo, "there is nothing to do: everything is as in snapshot \(id.short)")
            }
            let title = OperationTitle(command: "restore", summary: kept.title)
            let left = try await perform(intent, as: operation, title, with: captured.objects).map(\.path)
            captured.objects?.letGo()
            return RestoreOutcome(
                operation: operation, paths: steps.map(\.path).filter { !left.contains($0) },
                problem: .leaving(left, again: "'git patch restore \(id.short)'"), restoredIndex: isIndexChanged)
        }
    }

    private func chooseSnapshot(_ wish: String) async throws -> (RecordID, ObjectID) {
        let prefix = "refs/gitpatch/snapshots/"
        let found = try await view.references(under: prefix).filter {
            !wish.isEmpty && $0.name.text.dropFirst(prefix.count).hasPrefix(wish)
        }
        guard found.count == 1, let match = found.first,
            let id = RecordID(match.name.text.dropFirst(prefix.count))
        else {
            let undone = try store.operations().first {
                found.isEmpty && !wish.isEmpty && $0.command == "snapshot" && $0.state == .undone
                    && $0.id.text.hasPrefix(wish)
            }
            if let undone, let undo = try undoing(undone.id) {
                throw PatchProblem(
                    .noSuchSnapshot, "snapshot '\(wish)' was undone",
                    hints: ["bring it back with: git patch undo \(undo.short)"])
            }
            throw PatchProblem(
                .noSuchSnapshot,
                found.isEmpty ? "there is no snapshot '\(wish)'" : "'\(wish)' stands for \(found.count) snapshots",
                hints: ["type 'git patch log' to see the snapshots"])
        }
        return (id, match.id)
    }

    /// The operation that took another one back, while it can be taken back itself.
    private func undoing(_ operation: RecordID) throws -> RecordID? {
        try store.operations().first { record in
            guard record.undoable, record.state == .done, record.command == "undo" else { return false }
            return try intent(of: record).undoes == operation
        }?.id
    }

    /// The paths of the snapshot, and those that were deleted in it, that pathspecs match; git does the matching.
    private func paths(
        matching pathspecs: [String], in tree: ObjectID, _ changed: [TreeChange], _ folder: OperationFolder
    ) async throws -> Set<[UInt8]> {
        try Disk.makeDirectories(folder.scratch)
        var git = workspace.git.using(indexFile: folder.scratch.appending("match").filePath)
        _ = try await git.output(["read-tree", tree.hex])
        var deleted: [UInt8] = []
        for change in changed where change.new == nil {
            guard let old = change.old else { continue }
            deleted += Array("\(change.oldMode) \(old)\t".utf8) + change.path + [0]
        }
        if !deleted.isEmpty { _ = try await git.output(["update-index", "-z", "--index-info"], input: deleted) }
        git.directory = git.directory.appending(workspace.location.prefix)
        let listed = try await git.run(["ls-files", "-z", "--full-name", "--"] + pathspecs)
        // Git has just read this index; what it refuses are the words.
        guard listed.succeeded else { throw CaptureRefusal.badPathspec(listed.firstErrorLine) }
        let matched = Set(listed.output.split(separator: 0).map { Array($0) })
        if matched.isEmpty {
            throw PatchProblem(
                .nothingToDo, "the snapshot has nothing at \(pathspecs.map { "'\($0)'" }.joined(separator: ", "))")
        }
        return matched
    }

    /// Stages in the prepared index what the snapshot had staged; whether that changes anything.
    private func stage(
        _ staged: ObjectID, of work: Set<[UInt8]>, over before: ObjectID, _ folder: OperationFolder
    ) async throws -> Bool {
        let index = workspace.index
        try Disk.remove(folder.indexAfter)
        if Disk.exists(index) { try Disk.copy(index, to: folder.indexAfter) }
        let now = try await stagedTree(in: folder)
        let touched = Set(try await view.changes(from: before, to: staged).map(\.path)).union(work)
        let changes = try await view.changes(from: staged, to: now).filter { touched.contains($0.path) }
        if changes.isEmpty { return false }
        try await resetEntries(changes, staged, folder)
        return true
    }
}
