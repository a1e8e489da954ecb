import Forge
import GitValues
import HTTP

extension GitHubForge {
    /// A pull request as a node tells it; `nil` when the node is none.
    func read(_ node: JSONValue) throws(ForgeFailure) -> PullRequest? {
        guard let id = node["id"].string, let number = node["number"].integer, let url = node["url"].string,
            let head = node["headRefOid"].string.flatMap({ ObjectID(hex: $0) })
        else { return nil }
        let state: PullRequest.State =
            switch node["state"].string {
            case "MERGED": .merged
            case "CLOSED": .closed
            default: .open
            }
        let mergeable: PullRequest.Mergeable =
            switch node["mergeable"].string {
            case "MERGEABLE": .yes
            case "CONFLICTING": .no
            default: .unknown
            }
        var pull = PullRequest(
            reference: PullReference(id: id, number: number, url: cleaned(url)),
            title: cleaned(node["title"].string ?? ""), body: node["body"].string ?? "", state: state,
            isDraft: node["isDraft"].bool ?? true, head: head, branch: node["headRefName"].string ?? "",
            base: node["baseRefName"].string ?? "", author: node["author"]["login"].string ?? "",
            mergeable: mergeable, checks: try checks(of: node, id, head),
            reviews: try reviews(of: node, id),
            isArmed: !node["autoMergeRequest"].isNull, isQueued: node["isInMergeQueue"].bool ?? false,
            merged: node["mergeCommit"]["oid"].string.flatMap { ObjectID(hex: $0) })
        if state != .merged { pull.merged = nil }
        let users = node["headRef"]["associatedPullRequests"]["nodes"].array.compactMap { $0["number"].integer }
        pull.branchIsUsed = users.contains { $0 != number }
        pull.queueEntry = node["mergeQueueEntry"]["id"].string
        pull.headOwner = node["headRepositoryOwner"]["login"].string
        pull.rules = classicRules(node)
        return pull
    }

    /// The last word of each reviewer, page by page: the one that says no may be on the last.
    private func reviews(of node: JSONValue, _ id: String) throws(ForgeFailure) -> [Review] {
        var page = node["latestOpinionatedReviews"]
        var reviews: [Review] = []
        for _ in 0..<50 {
            reviews += page["nodes"].array.map(review)
            guard page["pageInfo"]["hasNextPage"].bool == true, let end = page["pageInfo"]["endCursor"].string
            else { return reviews }
            let data = try ask(.reviews, ["id": .string(id), "after": .string(end)], to: "read the reviews")
            page = data["node"]["latestOpinionatedReviews"]
        }
        throw .transient("cannot read the reviews: there are more than 50 pages")
    }

    private func review(_ node: JSONValue) -> Review {
        Review(
            by: cleaned(node["author"]["login"].string ?? ""), approves: node["state"].string == "APPROVED",
            rejects: node["state"].string == "CHANGES_REQUESTED",
            head: node["commit"]["oid"].string.flatMap { ObjectID(hex: $0) },
            counts: node["authorCanPushToRepository"].bool ?? false)
    }

    /// All checks at the head, page by page; none when what was reported is about another commit.
    private func checks(of node: JSONValue, _ id: String, _ head: ObjectID) throws(ForgeFailure) -> [CheckReport] {
        var rollup = node["statusCheckRollup"]
        var reports: [CheckReport] = []
        for _ in 0..<50 {
            guard rollup["commit"]["oid"].string == head.hex else { return [] }
            let contexts = rollup["contexts"]
            reports += contexts["nodes"].array.compactMap(report)
            guard contexts["pageInfo"]["hasNextPage"].bool == true, let end = contexts["pageInfo"]["endCursor"].string
            else { break }
            let data = try ask(.checks, ["id": .string(id), "after": .string(end)], to: "read the checks")
            rollup = data["node"]["statusCheckRollup"]
        }
        return reports
    }

    private func report(_ node: JSONValue) -> CheckReport? {
        if let name = node["name"].string {
            let app = node["checkSuite"]["app"]["databaseId"].integer
            return CheckReport(name: cleaned(name), app: app, state: state(ofRun: node))
        }
        guard let name = node["context"].string else { return nil }
        let state: CheckReport.State =
            switch node["state"].string {
            case "SUCCESS": .passed
            case "FAILURE", "ERROR": .failed
            default: .pending
            }
        return CheckReport(name: cleaned(name), app: nil, state: state)
    }

    private func state(ofRun node: JSONValue) -> CheckReport.State {
        guard node["status"].string == "COMPLETED" else { return .pending }
        switch node["conclusion"].string {
        case "SUCCESS": return .passed
        case "NEUTRAL": return .neutral
        case "SKIPPED": return .skipped
        default: return .failed
        }
    }

    /// What classic protection requires, as far as the token may read it.
    private func classicRules(_ node: JSONValue) -> BranchRules {
        let rule = node["baseRef"]["branchProtectionRule"]
        let own = node["baseRef"]["refUpdateRule"]
        var rules = BranchRules(queue: node["isMergeQueueEnabled"].bool ?? false)
        if rule["requiresStatusChecks"].bool == true {
            for check in rule["requiredStatusChecks"].array {
                guard let name = check["context"].string else { continue }
                rules.checks.insert(RequiredCheck(name: cleaned(name), app: check["app"]["databaseId"].integer))
            }
        }
        for name in own["requiredStatusCheckContexts"].array.compactMap(\.string) {
            if !rules.checks.contains(where: { $0.name == name }) {
                rules.checks.insert(RequiredCheck(name: cleaned(name), app: nil))
            }
        }
        let wanted = rule["requiresApprovingReviews"].bool == true ? rule["requiredApprovingReviewCount"].integer : nil
        rules.approvals = max(wanted ?? 0, own["requiredApprovingReviewCount"].integer ?? 0)
        return rules
    }
}
