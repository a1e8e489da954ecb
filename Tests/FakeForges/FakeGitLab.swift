import Foundation
package import SuiteTestSupport

/// GitLab's REST interface as far as the suite uses it.
package final class FakeGitLab: FakeForge, @unchecked Sendable {
    package override var kind: String { "gitlab" }

    package override func operation(_ request: LoopbackServer.Request) -> String {
        let parts = FakeGitLab.parts(request)
        let tail = parts.dropFirst(4).map { Int($0) != nil || $0.count == 40 ? "N" : $0 }.joined(separator: "/")
        switch "\(request.method) \(tail)" {
        case "POST merge_requests": return "Open"
        case "GET ": return "Project"
        case "GET merge_requests/N": return "Poll"
        case "GET merge_requests":
            return request.query["source_branch"] != nil ? "Look" : "List"
        case "PUT merge_requests/N/merge": return "Merge"
        case "POST merge_requests/N/cancel_merge_when_pipeline_succeeds": return "Disarm"
        case "POST merge_requests/N/notes": return "Comment"
        case "PUT merge_requests/N/notes/N": return "EditComment"
        case "GET merge_requests/N/notes": return "Comments"
        case "POST issues": return "OpenIssue"
        case "PUT issues/N": return "CloseIssue"
        case "PUT merge_requests/N":
            if request.object["state_event"] != nil { return "Close" }
            return request.object["add_labels"] != nil || request.object["reviewer_ids"] != nil ? "Labels" : "Edit"
        case "POST merge_trains/merge_requests/N": return "Enqueue"
        default: return "\(request.method) \(tail)"
        }
    }

    private static func parts(_ request: LoopbackServer.Request) -> [String] {
        request.path.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
    }

    override func answer(_ request: LoopbackServer.Request, _ state: FakeState) -> LoopbackServer.Reaction {
        let parts = FakeGitLab.parts(request)
        guard parts.count >= 3, parts[0] == "api", parts[1] == "v4" else { return .json(404, "{}") }
        if parts[2] == "user" { return json(200, ["username": state.viewer, "id": 1]) }
        if parts[2] == "users" {
            let name = request.query["username"] ?? ""
            return json(200, state.users[name].map { [["id": $0, "username": name]] } ?? [])
        }
        guard parts[2] == "projects", parts.count >= 4, state.repositories[parts[3]] != nil else {
            return json(404, ["message": "404 Project Not Found"])
        }
        if parts.count == 4 { return project(parts[3], state) }
        let rest = Array(parts[4...])
        switch (request.method, rest[0]) {
        case (_, "merge_requests"): return mergeRequests(request, parts[3], rest, state)
        case (_, "issues"): return issues(request, rest, state)
        case ("GET", "repository") where rest.count == 4 && rest[1] == "commits":
            return json(
                200,
                state.checks(at: rest[2]).map { check -> [String: Any] in
                    let words = ["passed": "success", "failed": "failed", "skipped": "skipped"]
                    return ["name": check.name, "status": words[check.state] ?? "running", "allow_failure": false]
                })
        case ("GET", "members"):
            let id = rest.last.flatMap(Int.init)
            let login = state.users.first { $0.value == id }?.key
            let may = state.pulls.values.flatMap(\.reviews).contains { $0.by == login && $0.mayPush }
            return may ? json(200, ["access_level": 30]) : json(404, ["message": "404 Not found"])
        case ("POST", "merge_trains"):
            guard state.hasTrains, let number = rest.last.flatMap(Int.init), let pull = state.pulls[number] else {
                return json(403, ["message": "403 Forbidden"])
            }
            if let sha = request.object["sha"] as? String, sha != state.head(pull) {
                return json(409, ["message": "SHA does not match HEAD of source branch"])
            }
            state.pulls[number]?.armed = "squash"
            return json(201, [])
        default: return json(404, ["message": "404 Not Found"])
        }
    }

    private func json(_ status: Int, _ value: Any) -> LoopbackServer.Reaction { .json(status, jsonText(value)) }

    private func project(_ path: String, _ state: FakeState) -> LoopbackServer.Reaction {
        let squash = state.methods.contains("squash") ? state.methods.count == 1 ? "always" : "default_off" : "never"
        return json(
            200,
            [
                "id": path == "\(owner)/\(name)" ? 1 : 2, "default_branch": "main",
                "merge_method": state.methods.contains("merge") ? "merge" : "ff", "squash_option": squash,
                "remove_source_branch_after_merge": false, "merge_trains_enabled": state.hasQueue,
                "only_allow_merge_if_pipeline_succeeds": false,
            ])
    }

    private func view(_ pull: FakeState.Pull, _ state: FakeState, detailed: Bool = false) -> [String: Any] {
        let head = state.head(pull)
        let isPrepared = pull.unknownLooks <= 0
        if !isPrepared { state.pulls[pull.number]?.unknownLooks -= 1 }
        let conflicts =
            pull.state == "open" && pull.owner == owner
            && state.git.run("merge-tree", "--write-tree", "refs/heads/\(pull.base)", head).status != 0
        let states = state.checks(at: head).map(\.state)
        var view: [String: Any] = [
            "id": 1000 + pull.number, "iid": pull.number,
            "web_url": "http://forge/acme/widget/-/merge_requests/\(pull.number)",
            "title": (pull.isDraft ? "Draft: " : "") + pull.title, "description": pull.body, "draft": pull.isDraft,
            "state": pull.state == "open" ? "opened" : pull.state, "sha": head, "source_branch": pull.branch,
            "target_branch": pull.base, "author": ["username": pull.author], "has_conflicts": conflicts,
            "source_project_id": pull.owner == owner ? 1 : 2,
            "detailed_merge_status": conflicts ? "conflict" : isPrepared ? "mergeable" : "preparing",
            "prepared_at": isPrepared ? "2026-01-01T00:00:00Z" : NSNull(),
            "merge_when_pipeline_succeeds": pull.armed != nil, "merge_commit_sha": NSNull(),
            "squash_commit_sha": NSNull(),
        ]
        if let merged = pull.merged { view["merge_commit_sha"] = merged }
        if detailed, !states.isEmpty {
            let status = states.contains("failed") ? "failed" : states.contains("pending") ? "running" : "success"
            view["head_pipeline"] = ["sha": state.pipelineCommit ?? head, "status": status]
        }
        return view
    }

    private func mergeRequests(
        _ request: LoopbackServer.Request, _ project: String, _ rest: [String], _ state: FakeState
    ) -> LoopbackServer.Reaction {
        let body = request.object
        if rest.count == 1 {
            if request.method == "POST" { return open(body, project, state) }
            let wanted =
                URLComponents(string: request.target)?.queryItems?.filter { $0.name == "iids[]" }
                .compactMap { $0.value.flatMap(Int.init) } ?? []
            let found = state.pulls.values.filter { pull in
                if request.query["page"] != "1" { return false }
                if !wanted.isEmpty { return wanted.contains(pull.number) }
                guard let branch = request.query["source_branch"] else { return pull.state == "open" }
                return pull.state == "open" && pull.branch == branch
                    && (request.query["target_branch"] ?? pull.base) == pull.base
            }
            return json(200, found.map { view($0, state) })
        }
        guard let number = Int(rest[1]), let pull = state.pulls[number] else {
            return json(404, ["message": "404 Not found"])
        }
        let verb = rest.count > 2 ? rest[2] : ""
        switch (request.method, verb) {
        case ("GET", ""): return json(200, view(pull, state, detailed: true))
        case ("GET", "approvals") where state.unreadable.contains(number):
            return json(500, ["message": "500 Internal Server Error"])
        case ("PUT", ""):
            if let title = body["title"] as? String { state.pulls[number]?.title = title }
            if let text = body["description"] as? String { state.pulls[number]?.body = text }
            if let base = body["target_branch"] as? String { state.pulls[number]?.base = base }
            if body["state_event"] as? String == "close" { state.pulls[number]?.state = "closed" }
            if let labels = body["add_labels"] as? String {
                let known = state.pulls[number]?.labels ?? []
                state.pulls[number]?.labels += labels.split(separator: ",").map(String.init).filter {
                    !known.contains($0)
                }
            }
            let logins = { (key: String) -> [String]? in
                (body[key] as? [Int])?.compactMap { id in state.users.first { $0.value == id }?.key }
            }
            if let names = logins("reviewer_ids") { state.pulls[number]?.reviewers = names }
            if let names = logins("assignee_ids") { state.pulls[number]?.assignees = names }
            return json(200, view(state.pulls[number] ?? pull, state))
        case ("PUT", "merge"): return merge(number, body, state)
        case ("POST", "cancel_merge_when_pipeline_succeeds"):
            guard pull.armed != nil else { return json(406, ["message": "406 Not Acceptable"]) }
            state.pulls[number]?.armed = nil
            return json(201, view(state.pulls[number] ?? pull, state))
        case ("GET", "approvals"):
            let head = state.head(pull)
            let approved = pull.reviews.filter { $0.state == "APPROVED" }.map { review -> [String: Any] in
                // Approvals of an earlier head were given before the present one was pushed.
                let at = review.commit == head ? "2026-01-02T00:00:00Z" : "2025-12-31T00:00:00Z"
                return ["user": ["username": review.by, "id": state.users[review.by] ?? 0], "approved_at": at]
            }
            return json(200, ["approvals_required": state.requiredApprovals, "approved_by": approved])
        case ("GET", "versions"):
            return json(200, [["head_commit_sha": state.head(pull), "created_at": "2026-01-01T00:00:00Z"]])
        case (_, "notes"): return notes(request, number, rest, state)
        default: return json(404, ["message": "404 Not Found"])
        }
    }

    private func open(_ body: [String: Any], _ project: String, _ state: FakeState) -> LoopbackServer.Reaction {
        let headOwner = project.split(separator: "/").dropLast().joined(separator: "/")
        let branch = body["source_branch"] as? String ?? ""
        let base = body["target_branch"] as? String ?? ""
        guard let head = state.repositories[project]?.tip(branch) else {
            return json(400, ["message": ["source_branch does not exist"]])
        }
        let isOpen = state.pulls.values.contains {
            $0.state == "open" && $0.branch == branch && $0.base == base && $0.owner == headOwner
        }
        if isOpen {
            return json(409, ["message": ["Another open merge request already exists for this source branch"]])
        }
        let number = state.takeNumber()
        var title = body["title"] as? String ?? ""
        let isDraft = title.hasPrefix("Draft: ")
        if isDraft { title.removeFirst("Draft: ".count) }
        let pull = FakeState.Pull(
            number: number, title: title, body: body["description"] as? String ?? "", branch: branch, owner: headOwner,
            base: base, isDraft: isDraft, author: state.viewer, lastHead: head)
        state.pulls[number] = pull
        state.pulls[number]?.unknownLooks = state.looksUntilMergeable
        return json(201, view(pull, state))
    }

    private func merge(_ number: Int, _ body: [String: Any], _ state: FakeState) -> LoopbackServer.Reaction {
        guard let pull = state.pulls[number], pull.state == "open", !pull.isDraft else {
            return json(405, ["message": "405 Method Not Allowed"])
        }
        let head = state.head(pull)
        // The test of the head comes after the tests of whether it can be merged.
        if let sha = body["sha"] as? String, sha != head {
            return json(409, ["message": "SHA does not match HEAD of source branch: \(head)"])
        }
        let runs = state.checks(at: head).contains { $0.state == "pending" }
        let isAuto = body["auto_merge"] as? Bool ?? body["merge_when_pipeline_succeeds"] as? Bool ?? false
        let method = body["squash"] as? Bool == true ? "squash" : state.methods.contains("merge") ? "merge" : "rebase"
        // Without an active pipeline "when it succeeds" is now.
        if isAuto && runs {
            state.pulls[number]?.armed = method
            return json(200, view(state.pulls[number] ?? pull, state))
        }
        if let words = state.isBlocked(pull) { return json(405, ["message": "405 Method Not Allowed: \(words)"]) }
        let text = body["squash_commit_message"] as? String ?? body["merge_commit_message"] as? String ?? pull.title
        let lines = text.components(separatedBy: "\n\n")
        guard
            state.merge(
                number, method: method, title: lines[0], message: lines.dropFirst().joined(separator: "\n\n")) != nil
        else { return json(422, ["message": "Branch cannot be merged"]) }
        return json(200, view(state.pulls[number] ?? pull, state))
    }

    private func notes(
        _ request: LoopbackServer.Request, _ number: Int, _ rest: [String], _ state: FakeState
    ) -> LoopbackServer.Reaction {
        let text = request.object["body"] as? String ?? ""
        if request.method == "POST" {
            let id = state.takeID()
            state.pulls[number]?.comments.append(.init(id: id, by: state.viewer, body: text))
            return json(201, ["id": id, "body": text])
        }
        if request.method == "PUT", let id = rest.last.flatMap(Int.init),
            let index = state.pulls[number]?.comments.firstIndex(where: { $0.id == id })
        {
            state.pulls[number]?.comments[index].body = text
            state.pulls[number]?.comments[index].edits += 1
            return json(200, ["id": id, "body": text])
        }
        let notes = (state.pulls[number]?.comments ?? []).reversed().map { comment -> [String: Any] in
            ["id": comment.id, "body": comment.body, "author": ["username": comment.by]]
        }
        return json(200, request.query["page"] == "1" ? Array(notes) : [])
    }

    private func issues(
        _ request: LoopbackServer.Request, _ rest: [String], _ state: FakeState
    ) -> LoopbackServer.Reaction {
        func view(_ issue: FakeState.Issue) -> [String: Any] {
            [
                "id": 2000 + issue.number, "iid": issue.number, "description": issue.body,
                "web_url": "http://forge/acme/widget/-/issues/\(issue.number)",
            ]
        }
        let body = request.object
        if request.method == "POST" {
            let number = state.takeNumber()
            let labels = (body["labels"] as? String ?? "").split(separator: ",").map(String.init)
            let issue = FakeState.Issue(
                number: number, title: body["title"] as? String ?? "", body: body["description"] as? String ?? "",
                labels: labels, author: state.viewer)
            state.issues[number] = issue
            return json(201, view(issue))
        }
        if request.method == "PUT", rest.count == 2, let number = Int(rest[1]), let issue = state.issues[number] {
            state.issues[number]?.state = "closed"
            return json(200, view(issue))
        }
        return json(200, state.issues.values.sorted { $0.number > $1.number }.map(view))
    }
}
