package import Forge
import HTTP

extension GiteaForge {
    package func comment(
        marked marker: Marker, on pull: PullReference
    ) throws(ForgeFailure) -> (id: String, body: String)? {
        let viewer = try ask(.get, "user", to: "read the account")["login"].string
        let nodes = try ask(.get, "\(repository)/issues/\(pull.number)/comments", to: "read the comments").array
        for node in nodes.reversed() {
            guard node["user"]["login"].string == viewer, let id = node["id"].integer, let body = node["body"].string,
                marker.marks(body)
            else { continue }
            return (String(id), body)
        }
        return nil
    }

    /// Whether a pull request carries a line of ours, whoever wrote it.
    package func isOurs(_ pull: PullRequest) throws(ForgeFailure) -> Bool {
        if Marker.isOurs(pull.body, .proposal) { return true }
        guard pull.mayHaveComments else { return false }
        let nodes = try ask(.get, "\(repository)/issues/\(pull.reference.number)/comments", to: "read the comments")
            .array
        return nodes.contains { Marker.isOurs($0["body"].string ?? "", .safety) }
    }

    package func addComment(_ body: String, to pull: PullReference) throws(ForgeFailure) -> String {
        let json = try ask(
            .post, "\(repository)/issues/\(pull.number)/comments", ["body": .string(body)], to: "comment")
        guard let id = json["id"].integer else { throw .unknown("cannot comment: the answer names no comment") }
        return String(id)
    }

    package func editComment(_ id: String, of pull: PullReference, body: String) throws(ForgeFailure) {
        _ = try ask(.patch, "\(repository)/issues/comments/\(id)", ["body": .string(body)], to: "edit the comment")
    }

    private func issue(_ node: JSONValue) -> PullReference? {
        guard let number = node["number"].integer, let url = node["html_url"].string else { return nil }
        return PullReference(id: String(number), number: number, url: cleaned(url))
    }

    package func issue(marked marker: Marker, by viewer: String) throws(ForgeFailure) -> PullReference? {
        let query = "?type=issues&state=all&created_by=\(pathComponent(viewer))&limit=50"
        let nodes = try ask(.get, "\(repository)/issues\(query)", to: "read the issues").array
        return nodes.first { marker.marks($0["body"].string ?? "") }.flatMap(issue)
    }

    package func openIssue(
        title: String, body: String, labels: [String], in facts: RepositoryFacts
    ) throws(ForgeFailure) -> PullReference {
        var failed: [String] = []
        let ids = try labelIDs(labels, &failed)
        let wish: JSONValue = [
            "title": .string(title), "body": .string(body), "labels": ids.isEmpty ? .null : .array(ids),
        ]
        guard let issue = issue(try ask(.post, "\(repository)/issues", wish, to: "open an issue")) else {
            throw .unknown("cannot open an issue: the answer holds none")
        }
        return issue
    }

    package func closeIssue(_ issue: PullReference) throws(ForgeFailure) {
        _ = try ask(
            .patch, "\(repository)/issues/\(issue.number)", ["state": "closed"], to: "close issue \(issue.number)")
    }

    package func decorate(
        _ pull: PullReference, labels: [String], reviewers: [String], assignees: [String], in facts: RepositoryFacts
    ) throws(ForgeFailure) -> [String] {
        var failed: [String] = []
        let ids = try labelIDs(labels, &failed)
        if !ids.isEmpty {
            let path = "\(repository)/issues/\(pull.number)/labels"
            _ = try ask(.post, path, ["labels": .array(ids)], to: "set the labels")
        }
        try attempt(reviewers, "reviewer", &failed) { (name) throws(ForgeFailure) in
            let wish: JSONValue = ["reviewers": .strings([name])]
            _ = try ask(.post, path(pull) + "/requested_reviewers", wish, to: "ask '\(name)' for a review")
        }
        if !assignees.isEmpty {
            try attempt([assignees.joined(separator: ", ")], "assignee", &failed) { (_) throws(ForgeFailure) in
                let wish: JSONValue = ["assignees": .strings(assignees)]
                _ = try ask(.patch, "\(repository)/issues/\(pull.number)", wish, to: "assign people")
            }
        }
        return failed
    }

    private func attempt(
        _ names: [String], _ role: String, _ failed: inout [String], _ body: (String) throws(ForgeFailure) -> Void
    ) throws(ForgeFailure) {
        for name in names {
            do { try body(name) } catch {
                switch error {
                case .invalid, .gone, .policyBlocked: failed.append("\(role) '\(name)'")
                default: throw error
                }
            }
        }
    }

    /// The ids of labels, made when the repository has none of that name.
    private func labelIDs(_ names: [String], _ failed: inout [String]) throws(ForgeFailure) -> [JSONValue] {
        guard !names.isEmpty else { return [] }
        let known = try list("\(repository)/labels", to: "read the labels")
        var ids: [JSONValue] = []
        for name in names {
            if let label = known.first(where: { $0["name"].string == name }) {
                ids.append(label["id"])
                continue
            }
            let wish: JSONValue = ["name": .string(name), "color": "#ededed"]
            let answer = try connection.call(.post, "\(repository)/labels", wish)
            if answer.status == 403 { throw answer.failure("make the label '\(name)'") }
            if answer.isSuccess { ids.append(answer.json["id"]) } else { failed.append("label '\(name)'") }
        }
        return ids
    }
}
