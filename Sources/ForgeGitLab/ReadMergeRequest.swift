import Forge
import GitValues
import HTTP

extension GitLabForge {
    /// A merge request as a list tells it: without checks and approvals.
    func read(_ node: JSONValue) -> PullRequest? {
        guard let number = node["iid"].integer, let id = node["id"].integer, let url = node["web_url"].string,
            let head = node["sha"].string.flatMap({ ObjectID(hex: $0) })
        else { return nil }
        let state: PullRequest.State =
            switch node["state"].string {
            case "merged": .merged
            case "closed": .closed
            default: .open  // `locked`, too: that is what a merge under way looks like.
            }
        let isDraft = node["draft"].bool ?? node["work_in_progress"].bool ?? true
        var title = node["title"].string ?? ""
        if isDraft, title.hasPrefix("Draft: ") { title.removeFirst("Draft: ".count) }
        var pull = PullRequest(
            reference: PullReference(id: String(id), number: number, url: cleaned(url)), title: cleaned(title),
            body: node["description"].string ?? "", state: state, isDraft: isDraft, head: head,
            branch: node["source_branch"].string ?? "", base: node["target_branch"].string ?? "",
            author: cleaned(node["author"]["username"].string ?? ""), mergeable: mergeable(node), checks: [],
            reviews: [], isArmed: isArmed(node), isQueued: false, merged: nil)
        pull.isMerging = node["state"].string == "locked"
        if state == .merged {
            let commits = [node["merge_commit_sha"], node["squash_commit_sha"], node["sha"]]
            pull.merged = commits.lazy.compactMap { $0.string.flatMap { ObjectID(hex: $0) } }.first
        }
        return pull
    }

    func isArmed(_ node: JSONValue) -> Bool {
        node["merge_when_pipeline_succeeds"].bool ?? false || node["auto_merge_enabled"].bool ?? false
    }

    /// Whether contents merge; rules are told by other fields. Everything is computed in the background after a push.
    private func mergeable(_ node: JSONValue) -> PullRequest.Mergeable {
        if node["state"].string == "locked" { return .unknown }
        if node["has_conflicts"].bool == true { return .no }
        switch node["detailed_merge_status"].string {
        case "conflict", "broken_status": return .no
        case "preparing", "checking", "unchecked", "approvals_syncing", nil: return .unknown
        default: return node["prepared_at"].isNull ? .unknown : .yes
        }
    }

    /// Adds its pipeline, its checks and its approvals.
    ///
    /// - Parameter node: what the merge request itself tells, which is more than a list does.
    func detail(_ pull: inout PullRequest, _ node: JSONValue) throws(ForgeFailure) {
        let pipeline = node["head_pipeline"]
        if pipeline["sha"].string == pull.head.hex {
            pull.checks.append(
                CheckReport(name: GitLabForge.pipeline, app: nil, state: state(pipeline["status"].string)))
        }
        for status in try statuses(of: pull.head) {
            guard let name = status["name"].string else { continue }
            var state = state(status["status"].string)
            if state == .failed, status["allow_failure"].bool == true { state = .neutral }
            pull.checks.append(CheckReport(name: cleaned(name), app: nil, state: state))
        }
        let approvals = try ask(.get, path(pull.reference) + "/approvals", to: "read the approvals")
        pull.rules.approvals = approvals["approvals_required"].integer ?? 0
        let given = approvals["approved_by"].array
        guard !given.isEmpty else { return }
        let since = try headSince(pull)
        for approval in given {
            let user = approval["user"]
            // GitLab does not say which head an approval saw: only one that came after the head did counts for it.
            let at = approval["approved_at"].string.flatMap { Timestamp($0) }
            let isOfHead = at.map { at in since.map { at >= $0 } ?? false } ?? false
            pull.reviews.append(
                Review(
                    by: cleaned(user["username"].string ?? ""), approves: true, rejects: false,
                    head: isOfHead ? pull.head : nil, counts: try mayWrite(user["id"].integer)))
        }
    }

    /// What was reported of a commit; nothing when it is gone, as that of a merged branch may be.
    private func statuses(of commit: ObjectID) throws(ForgeFailure) -> [JSONValue] {
        do {
            return try list("\(project)/repository/commits/\(commit.hex)/statuses", to: "read the checks")
        } catch {
            if case .gone = error { return [] }
            throw error
        }
    }

    /// When the head became the head.
    private func headSince(_ pull: PullRequest) throws(ForgeFailure) -> Timestamp? {
        let versions = try list(path(pull.reference) + "/versions", to: "read the versions")
        let version = versions.first { $0["head_commit_sha"].string == pull.head.hex }
        return version?["created_at"].string.flatMap { Timestamp($0) }
    }

    private func mayWrite(_ user: Int?) throws(ForgeFailure) -> Bool {
        guard let user else { return false }
        let answer = try connection.call(.get, "\(project)/members/all/\(user)")
        if answer.status == 404 || answer.status == 403 { return false }
        guard answer.isSuccess else { throw answer.failure("read the member") }
        return (answer.json["access_level"].integer ?? 0) >= 30
    }

    private func state(_ word: String?) -> CheckReport.State {
        switch word {
        case "success": .passed
        case "failed", "canceled", "canceling": .failed
        case "skipped": .skipped
        default: .pending
        }
    }
}
