import Git2
import GitProcess
package import GitValues
import Snapshots
import Store

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
        let snapshot = try await chooseSnapshot(wish)
        return try await withFolder { operation, folder in
            let people = try await workspace.people()
            let captured = try await workspace.capture(.everything, force: true, into: folder, allowsNothing: true)
            let choice = try await chooseRestore(of: snapshot, pathspecs, scratch: folder.scratch) { kept in
                try await view.changes(from: kept, to: captured.tree)
            }
            let steps = try await prepare(choice.files, from: choice.tree, folder)
            let holder = try await holdObjects([snapshot.commit], captured.stagedOnly, people)
            var intent = Intent(
                references: [ReferenceStep(.holder(of: operation), from: .absent, to: .object(holder))],
                worktree: workspace.location.worktree, message: "patch restore: \(choice.title)",
                identity: people.committer)
            intent.files = steps
            if let staged = choice.staged {
                try await stage(staged, folder)
                intent.index = try await indexStep(captured, folder, standsForTree: false)
            }
            let title = OperationTitle(command: "restore", summary: choice.title)
            let left = try await perform(intent, as: operation, title, with: captured.objects).map(\.path)
            captured.objects?.letGo()
            return RestoreOutcome(
                operation: operation, paths: steps.map(\.path).filter { !left.contains($0) },
                problem: .leaving(left, again: "'git patch restore \(snapshot.id.short)'"),
                restoredIndex: choice.staged != nil)
        }
    }

    /// Stages in the prepared index what the snapshot had staged.
    private func stage(_ staged: RestoreChoice.Staged, _ folder: OperationFolder) async throws {
        let index = workspace.index
        try Disk.remove(folder.indexAfter)
        if Disk.exists(index) { try Disk.copy(index, to: folder.indexAfter) }
        try await resetEntries(staged.changes, staged.tree, folder)
    }
}
