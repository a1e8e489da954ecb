package import Forge
import HTTP

extension GitLabForge {
    package func comment(
        marked marker: Marker, on pull: PullReference
    ) throws(ForgeFailure) -> (id: String, body: String)? {
        let viewer = try viewer()
        for note in try list(path(pull) + "/notes?sort=desc", to: "read the notes") {
            guard note["author"]["username"].string == viewer, let id = note["id"].integer,
                let body = note["body"].string, marker.marks(body)
            else { continue }
            return (String(id), body)
        }
        return nil
    }

    /// Whether a merge request carries a line of ours, whoever wrote it.
    package func isOurs(_ pull: PullRequest) throws(ForgeFailure) -> Bool {
        if Marker.isOurs(pull.body, .proposal) { return true }
        let notes = try list(path(pull.reference) + "/notes?sort=desc", to: "read the notes")
        return notes.contains { Marker.isOurs($0["body"].string ?? "", .safety) }
    }

    package func addComment(_ body: String, to pull: PullReference) throws(ForgeFailure) -> String {
        let json = try ask(.post, path(pull) + "/notes", ["body": .string(body)], to: "comment")
        guard let id = json["id"].integer else { throw .unknown("cannot comment: the answer names no note") }
        return String(id)
    }

    package func editComment(_ id: String, of pull: PullReference, body: String) throws(ForgeFailure) {
        _ = try ask(.put, path(pull) + "/notes/\(id)", ["body": .string(body)], to: "edit the note")
    }

    private func issue(_ node: JSONValue) -> PullReference? {
        guard let id = node["id"].integer, let number = node["iid"].integer, let url = node["web_url"].string else {
            return nil
        }
        return PullReference(id: String(id), number: number, url: cleaned(url))
    }

    package func issue(marked marker: Marker, by viewer: String) throws(ForgeFailure) -> PullReference? {
        let query = "?author_username=\(pathComponent(viewer))&scope=all&order_by=created_at&per_page=100"
        let nodes = try ask(.get, "\(project)/issues\(query)", to: "read the issues").array
        return nodes.first { marker.marks($0["description"].string ?? "") }.flatMap(issue)
    }

    package func openIssue(
        title: String, body: String, labels: [String], in facts: RepositoryFacts
    ) throws(ForgeFailure) -> PullReference {
        let wish: JSONValue = [
            "title": .string(title), "description": .string(body),
            "labels": labels.isEmpty ? .null : .string(labels.joined(separator: ",")),
        ]
        let json = try ask(.post, "\(project)/issues", wish, to: "open an issue")
        guard let issue = issue(json) else { throw .unknown("cannot open an issue: the answer holds none") }
        return issue
    }

    package func closeIssue(_ issue: PullReference) throws(ForgeFailure) {
        _ = try ask(
            .put, "\(project)/issues/\(issue.number)", ["state_event": "close"], to: "close issue \(issue.number)")
    }

    package func decorate(
        _ pull: PullReference, labels: [String], reviewers: [String], assignees: [String], in facts: RepositoryFacts
    ) throws(ForgeFailure) -> [String] {
        var failed: [String] = []
        var body: [String: JSONValue] = [:]
        if !labels.isEmpty { body["add_labels"] = .string(labels.joined(separator: ",")) }
        let reviewing = try people(reviewers, "reviewer", &failed)
        if !reviewing.isEmpty { body["reviewer_ids"] = .array(reviewing) }
        let assigned = try people(assignees, "assignee", &failed)
        if !assigned.isEmpty { body["assignee_ids"] = .array(assigned) }
        if !body.isEmpty { _ = try ask(.put, path(pull), .object(body), to: "set labels and people") }
        return failed
    }

    private func people(
        _ names: [String], _ role: String, _ failed: inout [String]
    ) throws(ForgeFailure) -> [JSONValue] {
        var ids: [JSONValue] = []
        for name in names {
            let found = try ask(.get, "users?username=\(pathComponent(name))", to: "find '\(name)'").array.first
            if let found { ids.append(found["id"]) } else { failed.append("\(role) '\(name)'") }
        }
        return ids
    }
}
