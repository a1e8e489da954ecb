import Foundation
package import SuiteTestSupport

/// The REST interface of Gitea and Forgejo as far as the suite uses it.
package final class FakeGitea: FakeForge, @unchecked Sendable {
    package override var kind: String { "gitea" }

    package override func operation(_ request: LoopbackServer.Request) -> String {
        let tail = request.path.split(separator: "/").dropFirst(5).map { Int($0) != nil ? "N" : String($0) }
            .joined(separator: "/")
        switch "\(request.method) \(tail)" {
        case "GET ": return "Repository"
        case "POST pulls": return "Open"
        case "GET pulls": return request.query["sort"] != nil ? "List" : "Look"
        case "GET pulls/N": return "Poll"
        case "POST pulls/N/merge": return "Merge"
        case "DELETE pulls/N/merge": return "Disarm"
        case "POST issues/N/comments": return "Comment"
        case "PATCH issues/comments/N": return "EditComment"
        case "GET issues/N/comments": return "Comments"
        case "POST issues": return "OpenIssue"
        case "PATCH issues/N": return request.object["state"] != nil ? "CloseIssue" : "Assignees"
        case "POST issues/N/labels": return "Labels"
        case "PATCH pulls/N": return request.object["state"] != nil ? "Close" : "Edit"
        default: return "\(request.method) \(tail)"
        }
    }

    override func answer(_ request: LoopbackServer.Request, _ state: FakeState) -> LoopbackServer.Reaction {
        let parts = request.path.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
        guard parts.count >= 3, parts[0] == "api", parts[1] == "v1" else { return json(404, [:]) }
        if parts[2] == "user" { return json(200, ["login": state.viewer]) }
        guard parts[2] == "repos", parts.count >= 5, parts[3] == owner, parts[4] == name else { return json(404, [:]) }
        let rest = Array(parts[5...])
        guard let first = rest.first else {
            return json(
                200,
                [
                    "id": 1, "default_branch": "main", "allow_merge_commits": state.methods.contains("merge"),
                    "allow_squash_merge": state.methods.contains("squash"),
                    "allow_rebase": state.methods.contains("rebase"), "default_delete_branch_after_merge": false,
                ])
        }
        switch first {
        case "pulls": return pulls(request, rest, state)
        case "issues": return issues(request, rest, state)
        case "labels":
            if request.method == "POST" {
                let id = state.takeID()
                state.labels[request.object["name"] as? String ?? ""] = id
                return json(201, ["id": id, "name": request.object["name"] ?? ""])
            }
            let labels = state.labels.sorted { $0.value < $1.value }
            return page(labels.map { ["id": $0.value, "name": $0.key] as [String: Any] }, request, state)
        case "branches":
            return json(
                200,
                [
                    "name": rest.last ?? "", "enable_status_check": !state.requiredChecks.isEmpty,
                    "status_check_contexts": state.requiredChecks.map(\.name),
                    "required_approvals": state.requiredApprovals,
                ])
        case "commits" where rest.count == 3:
            let checks = state.checks(at: rest[1]).map { check -> [String: Any] in
                let words = ["passed": "success", "failed": "failure", "neutral": "warning", "skipped": "skipped"]
                return ["context": check.name, "status": words[check.state] ?? "pending"]
            }
            return page(checks, request, state) { ["state": "x", "statuses": $0] }
        default: return json(404, ["message": "not found"])
        }
    }

    private func json(_ status: Int, _ value: Any) -> LoopbackServer.Reaction { .json(status, jsonText(value)) }

    /// One page of a list, with the number of all of it beside.
    private func page(
        _ entries: [Any], _ request: LoopbackServer.Request, _ state: FakeState, in wrap: ([Any]) -> Any = { $0 }
    ) -> LoopbackServer.Reaction {
        let size = min(state.pageSize, request.query["limit"].flatMap(Int.init) ?? 30)
        let start = size * max(0, (request.query["page"].flatMap(Int.init) ?? 1) - 1)
        let shown = Array(entries.dropFirst(start).prefix(size))
        return .json(200, jsonText(wrap(shown)), [("X-Total-Count", String(entries.count))])
    }

    private func view(_ pull: FakeState.Pull, _ state: FakeState) -> [String: Any] {
        let head = state.head(pull)
        let isKnown = pull.unknownLooks <= 0
        if !isKnown { state.pulls[pull.number]?.unknownLooks -= 1 }
        let merges =
            pull.owner != owner
            || state.git.run("merge-tree", "--write-tree", "refs/heads/\(pull.base)", head).status == 0
        return [
            "number": pull.number, "html_url": "http://forge/acme/widget/pulls/\(pull.number)", "body": pull.body,
            "title": (pull.isDraft ? "WIP: " : "") + pull.title, "draft": pull.isDraft,
            "state": pull.state == "open" ? "open" : "closed", "merged": pull.state == "merged",
            "merge_commit_sha": pull.merged ?? NSNull(), "mergeable": isKnown && merges,
            "user": ["login": pull.author], "comments": pull.comments.count,
            "head": ["ref": pull.reference ?? pull.branch, "sha": head, "repo": ["owner": ["login": pull.owner]]],
            "base": ["ref": pull.base],
        ]
    }

    private func pulls(
        _ request: LoopbackServer.Request, _ rest: [String], _ state: FakeState
    ) -> LoopbackServer.Reaction {
        let body = request.object
        if rest.count == 1 {
            if request.method == "POST" { return open(body, state) }
            let open = state.pulls.values.filter { $0.state == "open" }
            return page(open.sorted { $0.number > $1.number }.map { view($0, state) }, request, state)
        }
        guard let number = Int(rest[1]), let pull = state.pulls[number] else { return json(404, [:]) }
        let verb = rest.count > 2 ? rest[2] : ""
        switch (request.method, verb) {
        case ("GET", ""): return json(200, view(pull, state))
        case ("GET", "reviews") where state.unreadable.contains(number): return json(500, ["message": "Server Error"])
        case ("PATCH", ""):
            if let title = body["title"] as? String { state.pulls[number]?.title = title }
            if let text = body["body"] as? String { state.pulls[number]?.body = text }
            if let base = body["base"] as? String { state.pulls[number]?.base = base }
            if body["state"] as? String == "closed" { state.pulls[number]?.state = "closed" }
            return json(201, view(state.pulls[number] ?? pull, state))
        case ("POST", "merge"): return merge(number, body, state)
        case ("DELETE", "merge"):
            guard pull.armed != nil else { return json(404, ["message": "no scheduled merge"]) }
            state.pulls[number]?.armed = nil
            return .answer(204)
        case ("GET", "reviews"):
            let head = state.head(pull)
            let reviews = pull.reviews.map { review -> [String: Any] in
                let word = review.state == "CHANGES_REQUESTED" ? "REQUEST_CHANGES" : "APPROVED"
                return [
                    "user": ["login": review.by], "state": word, "commit_id": review.commit,
                    "stale": review.commit != head, "official": review.mayPush,
                    "dismissed": review.state == "DISMISSED",
                ]
            }
            return page(reviews, request, state)
        case ("POST", "requested_reviewers"):
            let names = body["reviewers"] as? [String] ?? []
            guard names.allSatisfy({ state.users[$0] != nil }) else { return json(404, ["message": "user not found"]) }
            let known = state.pulls[number]?.reviewers ?? []
            state.pulls[number]?.reviewers += names.filter { !known.contains($0) }
            return json(201, [])
        default: return json(404, [:])
        }
    }

    private func open(_ body: [String: Any], _ state: FakeState) -> LoopbackServer.Reaction {
        let parts = (body["head"] as? String ?? "").split(separator: ":").map(String.init)
        let branch = parts.last ?? ""
        let headOwner = parts.count == 2 ? parts[0] : owner
        let base = body["base"] as? String ?? ""
        guard let head = state.repositories["\(headOwner)/\(name)"]?.tip(branch) else {
            return json(404, ["message": "head branch not found"])
        }
        let isOpen = state.pulls.values.contains {
            $0.state == "open" && $0.branch == branch && $0.base == base && $0.owner == headOwner
        }
        if isOpen { return json(409, ["message": "pull request already exists for these targets"]) }
        let number = state.takeNumber()
        var title = body["title"] as? String ?? ""
        let isDraft = title.hasPrefix("WIP: ")
        if isDraft { title.removeFirst("WIP: ".count) }
        state.pulls[number] = FakeState.Pull(
            number: number, title: title, body: body["body"] as? String ?? "", branch: branch, owner: headOwner,
            base: base, isDraft: isDraft, author: state.viewer, lastHead: head)
        state.pulls[number]?.unknownLooks = state.looksUntilMergeable
        return json(201, state.pulls[number].map { view($0, state) } ?? [:])
    }

    private func merge(_ number: Int, _ body: [String: Any], _ state: FakeState) -> LoopbackServer.Reaction {
        guard let pull = state.pulls[number] else { return json(404, [:]) }
        if pull.state != "open" { return json(405, ["message": "The PR is already merged or closed"]) }
        if pull.isDraft { return json(405, ["message": "Work in progress PRs cannot be merged"]) }
        if pull.unknownLooks > 0 { return json(405, ["message": "Please try again later"]) }
        let style = body["Do"] as? String ?? "merge"
        if !state.methods.contains(style) { return json(405, ["message": "Invalid merge style"]) }
        if body["merge_when_checks_succeed"] as? Bool == true {
            if pull.armed != nil { return json(409, ["message": "The auto merge is already scheduled"]) }
            // The schedule keeps the style and forgets the head.
            state.pulls[number]?.armed = style
            return .answer(201)
        }
        if let head = body["head_commit_id"] as? String, head != state.head(pull) {
            return json(409, ["message": "head out of date"])
        }
        if state.isBlocked(pull) != nil { return json(405, ["message": "Not all required status checks successful"]) }
        let title = body["MergeTitleField"] as? String ?? pull.title
        let text = body["MergeMessageField"] as? String ?? ""
        guard state.merge(number, method: style, title: title, message: text) != nil else {
            return json(409, ["message": "Merge conflict"])
        }
        return .answer(200)
    }

    private func issues(
        _ request: LoopbackServer.Request, _ rest: [String], _ state: FakeState
    ) -> LoopbackServer.Reaction {
        let body = request.object
        func view(_ issue: FakeState.Issue) -> [String: Any] {
            [
                "number": issue.number, "body": issue.body,
                "html_url": "http://forge/acme/widget/issues/\(issue.number)",
            ]
        }
        if rest.count == 1 {
            guard request.method == "POST" else {
                return json(200, state.issues.values.sorted { $0.number > $1.number }.map(view))
            }
            let number = state.takeNumber()
            let ids = body["labels"] as? [Int] ?? []
            let issue = FakeState.Issue(
                number: number, title: body["title"] as? String ?? "", body: body["body"] as? String ?? "",
                labels: state.labels.filter { ids.contains($0.value) }.map(\.key), author: state.viewer)
            state.issues[number] = issue
            return json(201, view(issue))
        }
        if rest[1] == "comments", let id = rest.last.flatMap(Int.init) {
            for (number, pull) in state.pulls {
                guard let index = pull.comments.firstIndex(where: { $0.id == id }) else { continue }
                state.pulls[number]?.comments[index].body = body["body"] as? String ?? ""
                state.pulls[number]?.comments[index].edits += 1
            }
            return json(200, ["id": id])
        }
        guard let number = Int(rest[1]) else { return json(404, [:]) }
        if rest.count == 2 {
            if body["state"] as? String == "closed" { state.issues[number]?.state = "closed" }
            if let names = body["assignees"] as? [String] { state.pulls[number]?.assignees = names }
            return json(201, ["number": number])
        }
        switch (request.method, rest[2]) {
        case ("POST", "comments"):
            let id = state.takeID()
            state.pulls[number]?.comments.append(
                .init(id: id, by: state.viewer, body: body["body"] as? String ?? ""))
            return json(201, ["id": id])
        case ("GET", "comments"):
            let comments = (state.pulls[number]?.comments ?? []).map { comment -> [String: Any] in
                ["id": comment.id, "body": comment.body, "user": ["login": comment.by]]
            }
            return json(200, comments)
        case ("POST", "labels"):
            let ids = body["labels"] as? [Int] ?? []
            let known = state.pulls[number]?.labels ?? []
            let named = state.labels.filter { ids.contains($0.value) }.map(\.key)
            state.pulls[number]?.labels = Set(known + named).sorted()
            return json(200, [])
        default: return json(404, [:])
        }
    }
}
