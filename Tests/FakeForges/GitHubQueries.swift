import Foundation

extension FakeGitHub {
    func queries(_ state: FakeState) -> GraphQLNode {
        var root = GraphQLNode("Query", ["viewer": GraphQLNode("User", ["login": state.viewer])])
        root.fields["repository"] = { [self] arguments in
            let path = "\(arguments["owner"] ?? "")/\(arguments["name"] ?? "")"
            guard state.repositories[path] != nil else {
                throw GraphQLFault(type: "NOT_FOUND", message: "Could not resolve to a Repository named '\(path)'.")
            }
            return repository(path, state)
        }
        root.fields["nodes"] = { [self] arguments in
            (arguments["ids"] as? [String] ?? []).map { node($0, state) as Any? }
        }
        root.fields["node"] = { [self] arguments in node(arguments["id"] as? String ?? "", state) }
        root.fields["user"] = { arguments in
            let login = arguments["login"] as? String ?? ""
            guard let id = state.users[login] else {
                throw GraphQLFault(
                    type: "NOT_FOUND", message: "Could not resolve to a User with the login of '\(login)'.")
            }
            return GraphQLNode("User", ["id": "U_\(id)"])
        }
        return root
    }

    private func node(_ id: String, _ state: FakeState) -> GraphQLNode? {
        guard id.hasPrefix("PR_"), let number = Int(id.dropFirst(3)), state.pulls[number] != nil else { return nil }
        return pull(number, state)
    }

    private func repository(_ path: String, _ state: FakeState) -> GraphQLNode {
        var node = GraphQLNode(
            "Repository",
            [
                "id": "R_\(path)", "defaultBranchRef": GraphQLNode("Ref", ["name": "main"]),
                "mergeCommitAllowed": state.methods.contains("merge"),
                "squashMergeAllowed": state.methods.contains("squash"),
                "rebaseMergeAllowed": state.methods.contains("rebase"), "autoMergeAllowed": state.autoMergeAllowed,
                "deleteBranchOnMerge": false,
            ])
        node.fields["pullRequests"] = { [self] arguments in
            let branch = arguments["headRefName"] as? String
            let found = state.pulls.values.filter { pull in
                guard let branch else { return pull.state == "open" }
                return pull.state == "open" && pull.branch == branch && pull.base == arguments["baseRefName"] as? String
            }
            let nodes = found.sorted { $0.number > $1.number }.map { pull($0.number, state) as Any? }
            let page = GraphQLNode("PageInfo", ["hasNextPage": false, "endCursor": nil])
            return GraphQLNode("PullRequestConnection", ["nodes": nodes, "pageInfo": page])
        }
        node.fields["label"] = { arguments in
            state.labels[arguments["name"] as? String ?? ""].map { GraphQLNode("Label", ["id": "L_\($0)"]) }
        }
        node.fields["issues"] = { arguments in
            let filter = arguments["filterBy"] as? [String: Any]
            let found = state.issues.values.filter { $0.author == filter?["createdBy"] as? String }
                .sorted { $0.number > $1.number }
            let nodes = found.map { issue in
                GraphQLNode(
                    "Issue",
                    [
                        "id": "I_\(issue.number)", "number": issue.number, "body": issue.body,
                        "url": "http://forge/acme/widget/issues/\(issue.number)",
                    ]) as Any?
            }
            return GraphQLNode("IssueConnection", ["nodes": nodes])
        }
        return node
    }

    /// A pull request as one look sees it.
    func pull(_ number: Int, _ state: FakeState) -> GraphQLNode? {
        guard let pull = state.pulls[number] else { return nil }
        let head = state.head(pull)
        var mergeable = "MERGEABLE"
        if pull.unknownLooks > 0 {
            mergeable = "UNKNOWN"
            state.pulls[number]?.unknownLooks -= 1
        } else if let tip = state.git.tip(pull.base), pull.state == "open", pull.owner == state.owner,
            state.git.run("merge-tree", "--write-tree", tip, head).status != 0
        {
            mergeable = "CONFLICTING"
        }
        let reviews = pull.reviews.map { review in
            GraphQLNode(
                "PullRequestReview",
                [
                    "state": review.state, "authorCanPushToRepository": review.mayPush,
                    "author": GraphQLNode("User", ["login": review.by]),
                    "commit": GraphQLNode("Commit", ["oid": review.commit]),
                ]) as Any?
        }
        let sharing = state.pulls.values.filter { $0.state == "open" && $0.branch == pull.branch }
        let headRef = GraphQLNode(
            "Ref",
            [
                "associatedPullRequests": GraphQLNode(
                    "PullRequestConnection",
                    ["nodes": sharing.map { GraphQLNode("PullRequest", ["number": $0.number]) as Any? }])
            ])
        let isThere = state.repositories["\(pull.owner)/\(state.name)"]?.tip(pull.branch) != nil
        return GraphQLNode(
            "PullRequest",
            [
                "id": "PR_\(number)", "number": number, "url": "http://forge/acme/widget/pull/\(number)",
                "title": pull.title, "body": pull.body, "state": pull.state.uppercased(), "isDraft": pull.isDraft,
                "headRefOid": head, "headRefName": pull.branch, "baseRefName": pull.base, "mergeable": mergeable,
                "isInMergeQueue": pull.isQueued, "isMergeQueueEnabled": state.hasQueue,
                "author": GraphQLNode("User", ["login": pull.author]),
                "headRepositoryOwner": GraphQLNode("Organization", ["login": pull.owner]),
                "mergeCommit": pull.merged.map { GraphQLNode("Commit", ["oid": $0]) },
                "mergeQueueEntry": pull.isQueued ? GraphQLNode("MergeQueueEntry", ["id": "Q_\(number)"]) : nil,
                "autoMergeRequest": pull.armed.map { _ in
                    GraphQLNode("AutoMergeRequest", ["enabledAt": "2026-01-01T00:00:00Z"])
                },
                "headRef": isThere ? headRef : nil, "baseRef": baseRef(state),
                "statusCheckRollup": rollup(number, head, state), "comments": nil,
            ]
        ).with("latestOpinionatedReviews") { arguments in
            let start = (arguments["after"] as? String).flatMap { Int($0.dropFirst()) } ?? 0
            let end = min(start + (arguments["first"] as? Int ?? 100), reviews.count)
            let page = GraphQLNode("PageInfo", ["hasNextPage": end < reviews.count, "endCursor": "r\(end)"])
            return GraphQLNode(
                "PullRequestReviewConnection", ["pageInfo": page, "nodes": Array(reviews[start..<end])])
        }.with("comments") { _ in
            let nodes = pull.comments.map { comment in
                GraphQLNode(
                    "IssueComment",
                    [
                        "id": "C_\(comment.id)", "body": comment.body,
                        "viewerDidAuthor": comment.by == state.viewer,
                    ]) as Any?
            }
            let page = GraphQLNode("PageInfo", ["hasPreviousPage": false, "startCursor": nil])
            return GraphQLNode("IssueCommentConnection", ["nodes": nodes, "pageInfo": page])
        }
    }

    private func baseRef(_ state: FakeState) -> GraphQLNode {
        GraphQLNode(
            "Ref",
            [
                // Only who administers the repository sees classic protection.
                "branchProtectionRule": nil,
                "refUpdateRule": GraphQLNode(
                    "RefUpdateRule",
                    ["requiredStatusCheckContexts": [Any?](), "requiredApprovingReviewCount": state.requiredApprovals]),
            ])
    }

    private func rollup(_ number: Int, _ head: String, _ state: FakeState) -> GraphQLNode? {
        let checks = state.checks(at: head)
        guard !checks.isEmpty else { return nil }
        let nodes = checks.map(check)
        return GraphQLNode("StatusCheckRollup", ["commit": GraphQLNode("Commit", ["oid": head])])
            .with("contexts") { arguments in
                let start = (arguments["after"] as? String).flatMap { Int($0.dropFirst()) } ?? 0
                let end = min(start + 100, nodes.count)
                let page = GraphQLNode("PageInfo", ["hasNextPage": end < nodes.count, "endCursor": "c\(end)"])
                return GraphQLNode(
                    "StatusCheckRollupContextConnection", ["pageInfo": page, "nodes": Array(nodes[start..<end])])
            }
    }

    private func check(_ check: FakeState.Check) -> Any? {
        guard let app = check.app else {
            let states = ["passed": "SUCCESS", "failed": "FAILURE"]
            return GraphQLNode("StatusContext", ["context": check.name, "state": states[check.state] ?? "PENDING"])
        }
        let conclusions = ["passed": "SUCCESS", "failed": "FAILURE", "skipped": "SKIPPED", "neutral": "NEUTRAL"]
        let suite = GraphQLNode("CheckSuite", ["app": GraphQLNode("App", ["databaseId": app])])
        return GraphQLNode(
            "CheckRun",
            [
                "name": check.name, "status": check.state == "pending" ? "IN_PROGRESS" : "COMPLETED",
                "conclusion": conclusions[check.state], "checkSuite": suite,
            ])
    }
}

extension GraphQLNode {
    /// The same node with a field that takes arguments.
    func with(_ name: String, _ field: @escaping ([String: Any]) throws -> Any?) -> GraphQLNode {
        var copy = self
        copy.fields[name] = field
        return copy
    }
}
