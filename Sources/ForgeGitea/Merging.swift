package import Forge
import GitValues
import HTTP

extension GiteaForge {
    /// Merges at the pinned head; where a rule of the server still waits, schedules the merge.
    ///
    /// A scheduled merge drops the head, so the caller watches it. Fast-forward merges are never asked for: they ignore
    /// the schedule and merge at once.
    package func merge(
        _ pull: PullRequest, _ wish: MergeWish, facts: RepositoryFacts
    ) throws(ForgeFailure) -> MergeProgress {
        let what = "merge pull request \(pull.reference.number)"
        let style = wish.method == .auto ? "squash" : wish.method.rawValue
        var body: [String: JSONValue] = [
            "Do": .string(style), "head_commit_id": .string(wish.head.hex), "MergeTitleField": .string(wish.title),
            "MergeMessageField": .string(wish.message), "delete_branch_after_merge": false, "force_merge": false,
        ]
        let answer = try connection.call(.post, path(pull.reference) + "/merge", .object(body))
        if answer.status == 405, isWaiting(answer.message) {
            body["merge_when_checks_succeed"] = true
            let scheduled = try connection.call(.post, path(pull.reference) + "/merge", .object(body))
            return try progress(scheduled, pull.reference, what)
        }
        return try progress(answer, pull.reference, what)
    }

    /// Whether the server refuses because of something it can wait for itself.
    private func isWaiting(_ words: String) -> Bool {
        let text = words.lowercased()
        return text.contains("not all required status checks") || text.contains("required approvals")
            || text.contains("does not have enough approvals")
    }

    private func progress(
        _ answer: ForgeAnswer, _ pull: PullReference, _ what: String
    ) throws(ForgeFailure) -> MergeProgress {
        let text = answer.message.lowercased()
        switch answer.status {
        case 201: return .atForge("the forge merges it when its rules are met")
        case 200..<300: return .landed(try pullRequest(pull)?.merged)
        case 405:
            if let now = try pullRequest(pull), now.state == .merged { return .landed(now.merged) }
            if text.contains("try again later") { throw .pending("cannot \(what) yet: \(answer.message)") }
            throw .policyBlocked("cannot \(what): \(answer.message)")
        case 409:
            if text.contains("already scheduled") { return .atForge("the forge merges it when its rules are met") }
            if text.contains("head") && text.contains("out of date") {
                throw .headMoved("cannot \(what): \(answer.message)")
            }
            if text.contains("push") && text.contains("out of date") {
                throw .baseMoved("cannot \(what): \(answer.message)")
            }
            throw .conflict("cannot \(what): \(answer.message)")
        case 403:
            throw .needsHuman(
                "the token may not \(what): \(answer.message)",
                hint: "allow its account to push to the branch")
        case 423: throw .gone("cannot \(what): the repository is archived")
        default: throw answer.failure(what)
        }
    }

    package func progress(of ticket: String, _ pull: PullReference) throws(ForgeFailure) -> MergeProgress {
        throw .gone("there are no tickets here")
    }

    package func disarm(_ pull: PullRequest) throws(ForgeFailure) {
        let answer = try connection.call(.delete, path(pull.reference) + "/merge")
        // 404: nothing was scheduled.
        guard answer.isSuccess || answer.status == 404 else {
            throw answer.failure("disarm pull request \(pull.reference.number)")
        }
    }
}
