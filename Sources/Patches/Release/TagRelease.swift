import GitProcess
package import GitValues
import PlainRemote
import Store

extension Session {
    /// Makes the tag of a release here, as an operation that `undo` takes back while nobody else has it.
    package func tagRelease(
        _ plan: ReleasePlan, on commit: ObjectID, _ request: ReleaseRequest
    ) async throws -> ReleaseOutcome {
        guard try await view.reference(plan.tag) == nil else {
            throw PatchProblem(
                .tagExists, "tag '\(plan.tagName)' has come meanwhile",
                hints: ["see what is to be done now: git patch release \(plan.version)"])
        }
        return try await withFolder { operation, folder in
            let object = try await makeTag(
                plan.tagName, on: commit, saying: plan.message, request.signing, in: folder)
            let references = [
                ReferenceStep(.holder(of: operation), from: .absent, to: .object(object)),
                ReferenceStep(plan.tag, from: .absent, to: .object(object)),
            ]
            let intent = Intent(
                references: references, worktree: workspace.location.worktree,
                message: "patch release: \(plan.tagName)",
                identity: workspace.mover)
            try await perform(intent, as: operation, OperationTitle(command: "release", summary: plan.tagName))
            return ReleaseOutcome(object: object, on: commit, operation: operation)
        }
    }

    /// Pushes a tag to a remote that must not have one of that name. The repository's lock is neither needed nor held.
    ///
    /// - Returns: the outcome with what became of the push. When somebody else was faster, `isBeaten` is set and the tag
    ///   here is still to be taken back.
    package func pushTag(_ plan: ReleasePlan, _ made: ReleaseOutcome) async throws -> ReleaseOutcome {
        guard let remote = plan.remote else { return made }
        var outcome = made
        let again = "try again: git patch release \(plan.version)"
        let update = RemoteUpdate(plan.tag, from: nil, to: made.object)
        let say = workspace.say
        let connection = RemoteConnection(name: remote, git: workspace.git)
        // From now on others may have it, whatever we hear of that.
        let operation = try recorded(plan)
        try settle(plan)
        let answer = try await connection.push([update], atomic: false, operation: nil) { say(.done($0)) }
        FaultPoint.reached("pushed")
        if answer.isComplete(for: [update]) {
            outcome.isPushed = true
        } else if !answer.moved.isEmpty, try await isThere(plan.tag, made.object, on: connection) {
            // The same command, typed twice at once, or a push whose answer was lost.
            outcome.isPushed = true
        } else if !answer.moved.isEmpty {
            try reopen(operation)
            outcome.isBeaten = true
            outcome.problem = PatchProblem(
                .tagExists, "'\(remote)' has a tag '\(plan.tagName)' by now: somebody else was faster",
                hints: ["see what it is: git ls-remote \(remote) \(plan.tagName)", "then take the next version"])
        } else if let words = answer.refusals.isEmpty ? nil : answer.refusalText {
            try reopen(operation)
            outcome.problem = PatchProblem(
                .remoteRefused, "'\(remote)' refused tag '\(plan.tagName)': \(words)",
                hints: ["the tag is kept here; when the cause is mended, \(again)", "or take it back: git patch undo"])
        } else if case .hook(let words)? = answer.failure {
            try reopen(operation)
            outcome.problem = PatchProblem(
                .hookRefused, "the pre-push hook refused tag '\(plan.tagName)'" + (words.isEmpty ? "" : ": \(words)"),
                hints: ["the tag is kept here; mend what the hook says, then \(again)"])
        } else {
            let words = if case .connection(let words)? = answer.failure { words } else { "it gave no answer" }
            outcome.problem = PatchProblem(
                .remoteUnreachable, "tag '\(plan.tagName)' is here and not known to be on '\(remote)': \(words)",
                hints: [again])
        }
        return outcome
    }

    /// Whether a remote has exactly this tag object.
    private func isThere(_ tag: ReferenceName, _ object: ObjectID, on connection: RemoteConnection) async throws -> Bool
    {
        do {
            return try await connection.listWithTags([tag.text]).references[tag] == object
        } catch is RemoteProblem {
            return false  // Nobody knows; then the remote's first answer counts.
        }
    }

    /// Takes back the tag of a race that was lost; needs the lock.
    package func takeBackTag(_ plan: ReleasePlan, _ outcome: ReleaseOutcome) async throws {
        guard let operation = try outcome.operation ?? recorded(plan) else { return }
        _ = try await undo(operation.text)
    }

    /// What others may have by now is not taken back by `undo` any more.
    package func settle(_ plan: ReleasePlan) throws {
        guard let operation = try recorded(plan) else { return }
        try store.finish(operation, as: .done, undoable: false)
    }

    /// What the remote said no to can be taken back again.
    private func reopen(_ operation: RecordID?) throws {
        if let operation { try store.finish(operation, as: .done, undoable: true) }
    }

    /// The operation that made a tag, where it was one of ours and can still be undone.
    private func recorded(_ plan: ReleasePlan) throws -> RecordID? {
        try store.operations().first { record in
            record.command == "release" && record.summary == plan.tagName && record.state == .done && record.undoable
        }?.id
    }
}
