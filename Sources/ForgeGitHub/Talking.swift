package import Forge
import HTTP

extension GitHubForge {
    package func comment(
        marked marker: Marker, on pull: PullReference
    ) throws(ForgeFailure) -> (id: String, body: String)? {
        let node = try newestComment(on: pull) { node in
            node["viewerDidAuthor"].bool == true && marker.marks(node["body"].string ?? "")
        }
        guard let id = node?["id"].string, let body = node?["body"].string else { return nil }
        return (id, body)
    }

    /// The newest comment that is meant, page by page.
    func newestComment(
        on pull: PullReference, where isMeant: (JSONValue) -> Bool
    ) throws(ForgeFailure) -> JSONValue? {
        var before = JSONValue.null
        for _ in 0..<20 {
            let variables: JSONValue = ["id": .string(pull.id), "before": before]
            let data = try ask(.comments, variables.compact, to: "read the comments")
            let comments = data["node"]["comments"]
            if let node = comments["nodes"].array.last(where: isMeant) { return node }
            guard comments["pageInfo"]["hasPreviousPage"].bool == true else { return nil }
            before = comments["pageInfo"]["startCursor"]
        }
        return nil
    }

    package func addComment(_ body: String, to pull: PullReference) throws(ForgeFailure) -> String {
        let data = try change(.comment, ["subjectId": .string(pull.id), "body": .string(body)], to: "comment")
        guard let id = data["addComment"]["commentEdge"]["node"]["id"].string else {
            throw .unknown("cannot comment: the answer names no comment")
        }
        return id
    }

    package func editComment(_ id: String, of pull: PullReference, body: String) throws(ForgeFailure) {
        _ = try change(.editComment, ["id": .string(id), "body": .string(body)], to: "edit the comment")
    }

    package func issue(marked marker: Marker, by viewer: String) throws(ForgeFailure) -> PullReference? {
        // Not by search: its index lags behind, and an issue just opened would be opened again.
        let data = try ask(.issues, variables(["viewer": .string(viewer)]), to: "read the issues")
        let node = data["repository"]["issues"]["nodes"].array.first { marker.marks($0["body"].string ?? "") }
        return try node.map { (node) throws(ForgeFailure) in try reference(node, "read the issue") }
    }

    package func openIssue(
        title: String, body: String, labels: [String], in facts: RepositoryFacts
    ) throws(ForgeFailure) -> PullReference {
        var ids: [JSONValue] = []
        for label in labels {
            if let id = try labelID(label, in: facts) { ids.append(.string(id)) }
        }
        let input: JSONValue = [
            "repositoryId": .string(facts.id), "title": .string(title), "body": .string(body),
            "labelIds": ids.isEmpty ? .null : .array(ids),
        ]
        let data = try change(.openIssue, input, to: "open an issue")
        return try reference(data["createIssue"]["issue"], "open an issue")
    }

    package func closeIssue(_ issue: PullReference) throws(ForgeFailure) {
        _ = try change(.closeIssue, ["issueId": .string(issue.id)], to: "close issue \(issue.number)")
    }

    package func decorate(
        _ pull: PullReference, labels: [String], reviewers: [String], assignees: [String], in facts: RepositoryFacts
    ) throws(ForgeFailure) -> [String] {
        var failed: [String] = []
        var ids: [JSONValue] = []
        for label in labels {
            if let id = try labelID(label, in: facts) {
                ids.append(.string(id))
            } else {
                failed.append("label '\(label)'")
            }
        }
        if !ids.isEmpty {
            let input: JSONValue = ["labelableId": .string(pull.id), "labelIds": .array(ids)]
            try attempt(&failed, "the labels") { () throws(ForgeFailure) in
                _ = try change(.labels, input, to: "set the labels")
            }
        }
        let reviewing = try people(reviewers, "reviewer", &failed)
        if !reviewing.isEmpty {
            let input: JSONValue = ["pullRequestId": .string(pull.id), "userIds": .array(reviewing), "union": true]
            try attempt(&failed, "the reviewers") { () throws(ForgeFailure) in
                _ = try change(.reviewers, input, to: "ask for reviews")
            }
        }
        let assigned = try people(assignees, "assignee", &failed)
        if !assigned.isEmpty {
            let input: JSONValue = ["assignableId": .string(pull.id), "assigneeIds": .array(assigned)]
            try attempt(&failed, "the assignees") { () throws(ForgeFailure) in
                _ = try change(.assignees, input, to: "assign people")
            }
        }
        return failed
    }

    /// Lets a refusal be a note; what may work later, or is not known, is for the caller.
    private func attempt(
        _ failed: inout [String], _ what: String, _ body: () throws(ForgeFailure) -> Void
    ) throws(ForgeFailure) {
        do { try body() } catch {
            switch error {
            case .invalid, .gone, .policyBlocked: failed.append("\(what): \(error.words)")
            default: throw error
            }
        }
    }

    private func people(
        _ logins: [String], _ role: String, _ failed: inout [String]
    ) throws(ForgeFailure) -> [JSONValue] {
        var ids: [JSONValue] = []
        for login in logins {
            do {
                let id = try ask(.person, ["login": .string(login)], to: "find '\(login)'")["user"]["id"]
                if id.isNull { failed.append("\(role) '\(login)'") } else { ids.append(id) }
            } catch {
                guard case .gone = error else { throw error }
                failed.append("\(role) '\(login)'")
            }
        }
        return ids
    }

    /// The id of a label, made when the repository has none of that name; `nil` when it cannot be made.
    private func labelID(_ name: String, in facts: RepositoryFacts) throws(ForgeFailure) -> String? {
        let data = try ask(.label, variables(["label": .string(name)]), to: "find the label '\(name)'")
        if let id = data["repository"]["label"]["id"].string { return id }
        let input: JSONValue = ["repositoryId": .string(facts.id), "name": .string(name), "color": "ededed"]
        do {
            let made = try change(.newLabel, input, to: "make the label '\(name)'")
            return made["createLabel"]["label"]["id"].string
        } catch {
            switch error {
            case .invalid, .gone, .policyBlocked: return nil
            default: throw error
            }
        }
    }
}
