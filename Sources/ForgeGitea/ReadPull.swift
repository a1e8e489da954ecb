import Forge
import GitValues
import HTTP

extension GiteaForge {
    /// A pull request without its checks and reviews.
    func read(_ node: JSONValue) -> PullRequest? {
        guard let number = node["number"].integer, let url = node["html_url"].string ?? node["url"].string,
            let head = node["head"]["sha"].string.flatMap({ ObjectID(hex: $0) })
        else { return nil }
        let isMerged = node["merged"].bool ?? false
        let state: PullRequest.State = isMerged ? .merged : node["state"].string == "open" ? .open : .closed
        var title = node["title"].string ?? ""
        let prefixes = ["wip:", "[wip]", "draft:", "[draft]"]
        let isDraft = node["draft"].bool ?? prefixes.contains { title.lowercased().hasPrefix($0) }
        if isDraft, title.hasPrefix("WIP: ") { title.removeFirst("WIP: ".count) }
        var pull = PullRequest(
            reference: PullReference(id: String(number), number: number, url: cleaned(url)), title: cleaned(title),
            body: node["body"].string ?? "", state: state, isDraft: isDraft, head: head,
            branch: node["head"]["ref"].string ?? "", base: node["base"]["ref"].string ?? "",
            author: cleaned(node["user"]["login"].string ?? ""),
            // It says false for a conflict and while it still computes; only trying tells which.
            mergeable: node["mergeable"].bool == true ? .yes : .unknown, checks: [], reviews: [], isArmed: false,
            isQueued: false, merged: isMerged ? node["merge_commit_sha"].string.flatMap { ObjectID(hex: $0) } : nil)
        pull.armingIsVisible = false
        pull.headOwner = node["head"]["repo"]["owner"]["login"].string
        return pull
    }

    /// Adds checks and reviews.
    func detail(_ pull: inout PullRequest) throws(ForgeFailure) {
        for status in try statuses(of: pull.head) {
            guard let name = status["context"].string else { continue }
            let state: CheckReport.State =
                switch status["status"].string ?? status["state"].string {
                case "success": .passed
                case "failure", "error": .failed
                case "warning": .neutral
                case "skipped": .skipped
                default: .pending
                }
            pull.checks.append(CheckReport(name: cleaned(name), app: nil, state: state))
        }
        var last: [String: Review] = [:]
        for review in try list(self.path(pull.reference) + "/reviews", to: "read the reviews") {
            let state = review["state"].string
            guard let login = review["user"]["login"].string, state == "APPROVED" || state == "REQUEST_CHANGES"
            else { continue }
            // Whoever takes the last word back does not mean the one before.
            if review["dismissed"].bool == true {
                last[login] = nil
                continue
            }
            let isStale = review["stale"].bool ?? false
            last[login] = Review(
                by: cleaned(login), approves: state == "APPROVED", rejects: state == "REQUEST_CHANGES",
                head: isStale ? nil : review["commit_id"].string.flatMap { ObjectID(hex: $0) },
                counts: review["official"].bool ?? false)
        }
        pull.reviews = last.values.sorted { $0.by < $1.by }
    }

    /// What was reported of a commit; nothing when it is gone, as that of a merged branch may be.
    private func statuses(of commit: ObjectID) throws(ForgeFailure) -> [JSONValue] {
        do {
            return try list("\(repository)/commits/\(commit.hex)/status", to: "read the checks", of: "statuses")
        } catch {
            if case .gone = error { return [] }
            throw error
        }
    }
}
