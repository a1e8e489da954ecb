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
    /// with the index of then, what was committed since would seem to be taken back.
    func requireSameGround(_ done: Intent, _ steps: [ReferenceStep]) async throws {
        let commit = done.patches.compactMap(\.after).first?.commit
        let now = try await view.head()
        if let left = done.headAfter, left != RecordedReference(now.commit) {
            throw try await moved(now.branch, from: left, to: now.commit, switching: false, commit)
        }
        let then = try await head(after: steps)
        guard let before = done.headBefore, before != RecordedReference(then) else { return }
        var branch = now.branch
        let step = steps.first { $0.name == .head }
        if case .symbolic(let name) = step?.new { branch = name }
        throw try await moved(branch, from: before, to: then, switching: step != nil, commit)
    }

    private func moved(
        _ branch: ReferenceName?, from was: RecordedReference, to now: ObjectID?, switching: Bool, _ commit: ObjectID?
    ) async throws -> PatchProblem {
        let name = branch?.branch ?? "HEAD"
        guard now != nil else {
            var hints: [String] = []
            if case .object(let id) = was, branch != nil { hints = ["make it again: git branch \(name) \(id.short)"] }
            return PatchProblem(.wouldLoseWork, "'\(name)' is gone, where HEAD was before", hints: hints)
        }
        var hints: [String] = []
        if let commit {
            let ground = switching ? "git switch \(name), and then " : ""
            hints = ["to have its changes on '\(name)' as it is now: \(ground)git cherry-pick -n \(commit.short)"]
        } else if case .object(let id) = was {
            hints = ["'\(name)' was at \(id.short) then: see git log \(id.short)..\(name)"]
        }
        return PatchProblem(
            .wouldLoseWork, "'\(name)' has moved since, and the index of then does not go with it", hints: hints)
    }
}
