import Git2
import GitValues
import Snapshots
import Store

/// What an undo stands on: the index and the files of then belong to the commit that HEAD was at.
extension Session {
    /// Refuses while a merge, a rebase or the like is in progress, which goes on from where it is.
    func requireNothingInProgress() throws {
        guard let found = OperationInProgress.find(in: workspace.location) else { return }
        throw PatchProblem(
            .operationInProgress, "\(found.phrase) is in progress",
            hints: [found.finish, "or give it up: \(found.abort)"])
    }

    /// Refuses where HEAD is at another commit than the operation left it at, or would come to another one than it was at:
    /// with the index from before, what was committed since would seem to be taken back.
    func requireSameGround(_ done: Intent, of record: OperationRecord, _ steps: [ReferenceStep]) async throws {
        let commit = done.patches.compactMap { $0.after ?? $0.before }.first?.commit
        let head = try await view.head()
        let now = HeadPlace(branch: head.branch, commit: head.commit)
        if let left = done.after, left.commit != now.commit {
            guard left.branch == now.branch else {
                throw PatchProblem(
                    .wouldLoseWork,
                    "HEAD is on '\(head.label)' now, not where \(record.command) '\(record.summary)' left it",
                    hints: left.branch.map { ["git switch \($0.branch ?? $0.text)"] } ?? [])
            }
            throw moved(left, to: now, commit)
        }
        let then = try await place(now, after: steps)
        if let before = done.before, before.commit != then.commit {
            throw moved(before, to: then, commit, from: now.branch)
        }
    }

    private func moved(
        _ was: HeadPlace, to now: HeadPlace, _ commit: ObjectID?, from branch: ReferenceName? = nil
    ) -> PatchProblem {
        let name = now.label
        guard now.commit != nil else {
            return PatchProblem(
                .wouldLoseWork, "'\(name)' is gone, where HEAD was before",
                hints: was.commit.map { ["make it again: git branch \(name) \($0.short)"] } ?? [])
        }
        let way = branch == nil || branch == now.branch ? "" : "git switch \(name), and then "
        let hint =
            commit.map { "to have its changes on '\(name)' as it is now: \(way)git cherry-pick -n \($0.short)" }
            ?? was.commit.map { "to see what came since: git log \($0.short)..\(name)" }
        return PatchProblem(
            .wouldLoseWork,
            "'\(name)' has moved since, and the index from before would take back what was committed there",
            hints: hint.map { [$0] } ?? [])
    }
}
