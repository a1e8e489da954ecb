package import Forge
import GitValues
import HTTP

extension GitLabForge {
    /// Merges at the pinned head; where the pipeline still runs, or trains are on, tells GitLab to.
    ///
    /// Without an active pipeline "merge when it succeeds" means "merge now", so it is only said when one is seen.
    package func merge(
        _ pull: PullRequest, _ wish: MergeWish, facts: RepositoryFacts
    ) throws(ForgeFailure) -> MergeProgress {
        let what = "merge merge request \(pull.reference.number)"
        let now = try ask(.get, path(pull.reference), to: "read merge request \(pull.reference.number)")
        guard let current = read(now) else { throw .transient("cannot \(what): the answer holds none") }
        if current.state == .merged { return .landed(current.merged) }
        guard current.head == wish.head else { throw .headMoved("cannot \(what): its head is \(current.head.short)") }
        guard !now["prepared_at"].isNull else { throw .pending("GitLab still prepares the merge request") }
        let pipeline = now["head_pipeline"]
        let isOurs = pipeline["sha"].string == wish.head.hex
        let runs = isOurs && !["success", "failed", "canceled", "skipped"].contains(pipeline["status"].string ?? "")
        if !isOurs && pull.checks.contains(where: { $0.name == GitLabForge.pipeline }) {
            throw .pending("GitLab has not made the pipeline of \(wish.head.short) yet")
        }
        var body: [String: JSONValue] = [
            "sha": .string(wish.head.hex), "squash": .bool(wish.method == .squash),
            "should_remove_source_branch": false,
        ]
        let text = wish.message.isEmpty ? wish.title : wish.title + "\n\n" + wish.message
        if wish.method == .squash { body["squash_commit_message"] = .string(text) }
        if wish.method == .merge { body["merge_commit_message"] = .string(text) }
        if pull.rules.queue, let progress = try board(pull.reference, body, what) { return progress }
        if runs {
            // The new name and the old one: each version ignores the other's.
            body["auto_merge"] = true
            body["merge_when_pipeline_succeeds"] = true
        }
        let answer = try connection.call(.put, path(pull.reference) + "/merge", .object(body))
        switch answer.status {
        case 200..<300: return try progress(answer.json, what)
        case 401, 403:
            throw .needsHuman(
                "the token may not \(what): \(answer.message)",
                hint: "give it the right to merge")
        // Just after creation and after pushes GitLab has not computed it yet and says the same.
        case 405: throw .pending("cannot \(what) yet: \(answer.message)")
        case 406, 422:
            throw current.mergeable == .no ? .conflict(answer.message) : .pending("cannot \(what): \(answer.message)")
        case 409: throw .headMoved("cannot \(what): \(answer.message)")
        default: throw answer.failure(what)
        }
    }

    private func progress(_ json: JSONValue, _ what: String) throws(ForgeFailure) -> MergeProgress {
        guard let pull = read(json) else { throw .unknown("cannot \(what): the answer holds none") }
        if pull.state == .merged { return .landed(pull.merged) }
        if pull.isArmed { return .atForge("GitLab merges it when the pipeline succeeds") }
        throw .unknown("cannot \(what): GitLab says '\(json["state"].string ?? "nothing")'")
    }

    /// Puts it on the merge train; `nil` where trains are not licensed.
    private func board(
        _ pull: PullReference, _ body: [String: JSONValue], _ what: String
    ) throws(ForgeFailure) -> MergeProgress? {
        let wish: JSONValue = ["sha": body["sha"] ?? .null, "squash": body["squash"] ?? false, "auto_merge": true]
        let answer = try connection.call(.post, "\(project)/merge_trains/merge_requests/\(pull.number)", wish.compact)
        if answer.status == 403 || answer.status == 404 { return nil }
        if answer.status == 409 { throw .headMoved("cannot \(what): \(answer.message)") }
        guard answer.isSuccess else { throw answer.failure(what) }
        return .atForge("it is on GitLab's merge train")
    }

    package func progress(of ticket: String, _ pull: PullReference) throws(ForgeFailure) -> MergeProgress {
        throw .gone("GitLab gives no tickets")
    }

    package func disarm(_ pull: PullRequest) throws(ForgeFailure) {
        let answer = try connection.call(.post, path(pull.reference) + "/cancel_merge_when_pipeline_succeeds", [:])
        // 406: there was nothing to cancel; the caller reads back.
        guard answer.isSuccess || answer.status == 406 || answer.status == 405 else {
            throw answer.failure("disarm merge request \(pull.reference.number)")
        }
    }
}
