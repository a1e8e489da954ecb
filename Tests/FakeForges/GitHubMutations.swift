import Foundation

extension FakeGitHub {
    func mutations(_ state: FakeState) -> GraphQLNode {
        var root = GraphQLNode("Mutation", [:])
        func add(_ name: String, _ body: @escaping ([String: Any]) throws -> GraphQLNode) {
            root.fields[name] = { arguments in try body(arguments["input"] as? [String: Any] ?? [:]) }
        }
        func payload(_ fields: [String: Any?]) -> GraphQLNode {
            GraphQLNode("Payload", fields.merging(["clientMutationId": nil]) { $1 })
        }
        func number(_ input: [String: Any], _ key: String = "pullRequestId") throws -> Int {
            guard let id = input[key] as? String, id.hasPrefix("PR_"), let number = Int(id.dropFirst(3)),
                state.pulls[number] != nil
            else { throw GraphQLFault(type: "NOT_FOUND", message: "Could not resolve to a node") }
            return number
        }
        func unprocessable(_ message: String) -> GraphQLFault { GraphQLFault(type: "UNPROCESSABLE", message: message) }
        func checkHead(_ input: [String: Any], _ number: Int) throws {
            guard let pull = state.pulls[number], let expected = input["expectedHeadOid"] as? String else { return }
            if expected != state.head(pull) {
                throw unprocessable("Head branch was modified: expected head oid differs")
            }
        }

        add("createPullRequest") { [self] input in
            let branch = input["headRefName"] as? String ?? ""
            let base = input["baseRefName"] as? String ?? ""
            let repository = input["headRepositoryId"] as? String ?? "R_\(owner)/\(name)"
            let headOwner = repository.dropFirst(2).split(separator: "/").first.map(String.init) ?? owner
            guard let head = state.repositories["\(headOwner)/\(name)"]?.tip(branch) else {
                throw unprocessable("Head sha can't be blank, Head ref must be a branch")
            }
            let isOpen = state.pulls.values.contains {
                $0.state == "open" && $0.branch == branch && $0.base == base && $0.owner == headOwner
            }
            if isOpen { throw unprocessable("A pull request already exists for \(headOwner):\(branch).") }
            let number = state.takeNumber()
            state.pulls[number] = FakeState.Pull(
                number: number, title: input["title"] as? String ?? "", body: input["body"] as? String ?? "",
                branch: branch, owner: headOwner, base: base, isDraft: input["draft"] as? Bool ?? false,
                author: state.viewer, lastHead: head)
            state.pulls[number]?.unknownLooks = state.looksUntilMergeable
            return payload(["pullRequest": pull(number, state)])
        }
        add("updatePullRequest") { [self] input in
            let number = try number(input)
            if let title = input["title"] as? String { state.pulls[number]?.title = title }
            if let body = input["body"] as? String { state.pulls[number]?.body = body }
            if let base = input["baseRefName"] as? String { state.pulls[number]?.base = base }
            return payload(["pullRequest": pull(number, state)])
        }
        add("closePullRequest") { [self] input in
            let number = try number(input)
            state.pulls[number]?.state = "closed"
            return payload(["pullRequest": pull(number, state)])
        }
        add("addComment") { input in
            let number = try number(input, "subjectId")
            let id = state.takeID()
            state.pulls[number]?.comments.append(.init(id: id, by: state.viewer, body: input["body"] as? String ?? ""))
            let edge = GraphQLNode("Edge", ["node": GraphQLNode("IssueComment", ["id": "C_\(id)"])])
            return payload(["commentEdge": edge])
        }
        add("updateIssueComment") { input in
            let id = Int((input["id"] as? String ?? "").dropFirst(2)) ?? -1
            for (number, pull) in state.pulls {
                guard let index = pull.comments.firstIndex(where: { $0.id == id }) else { continue }
                state.pulls[number]?.comments[index].body = input["body"] as? String ?? ""
                state.pulls[number]?.comments[index].edits += 1
            }
            return payload(["issueComment": GraphQLNode("IssueComment", ["id": "C_\(id)"])])
        }
        add("createIssue") { input in
            let number = state.takeNumber()
            let names = (input["labelIds"] as? [String] ?? []).compactMap { id in
                state.labels.first { "L_\($0.value)" == id }?.key
            }
            state.issues[number] = FakeState.Issue(
                number: number, title: input["title"] as? String ?? "", body: input["body"] as? String ?? "",
                labels: names, author: state.viewer)
            let url = "http://forge/acme/widget/issues/\(number)"
            return payload(["issue": GraphQLNode("Issue", ["id": "I_\(number)", "number": number, "url": url])])
        }
        add("closeIssue") { input in
            let number = Int((input["issueId"] as? String ?? "").dropFirst(2)) ?? -1
            state.issues[number]?.state = "closed"
            return payload(["issue": GraphQLNode("Issue", ["id": "I_\(number)"])])
        }
        add("createLabel") { input in
            let id = state.takeID()
            state.labels[input["name"] as? String ?? ""] = id
            return payload(["label": GraphQLNode("Label", ["id": "L_\(id)"])])
        }
        add("addLabelsToLabelable") { input in
            let number = try number(input, "labelableId")
            let ids = input["labelIds"] as? [String] ?? []
            let names = state.labels.filter { ids.contains("L_\($0.value)") }.map(\.key)
            let known = state.pulls[number]?.labels ?? []
            state.pulls[number]?.labels = Set(known + names).sorted()
            return payload([:])
        }
        func logins(_ ids: Any?) -> [String] {
            let ids = ids as? [String] ?? []
            return state.users.filter { ids.contains("U_\($0.value)") }.map(\.key).sorted()
        }
        add("requestReviews") { input in
            let number = try number(input)
            state.pulls[number]?.reviewers = logins(input["userIds"])
            return payload([:])
        }
        add("addAssigneesToAssignable") { input in
            let number = try number(input, "assignableId")
            state.pulls[number]?.assignees = logins(input["assigneeIds"])
            return payload([:])
        }
        add("enablePullRequestAutoMerge") { [self] input in
            let number = try number(input)
            try checkHead(input, number)
            guard let pull = state.pulls[number] else { throw unprocessable("gone") }
            if !state.autoMergeAllowed { throw unprocessable("Auto merge is not allowed for this repository") }
            if state.isBlocked(pull) == nil { throw unprocessable("Pull request is in clean status") }
            state.pulls[number]?.armed = (input["mergeMethod"] as? String ?? "MERGE").lowercased()
            return payload(["pullRequest": self.pull(number, state)])
        }
        add("disablePullRequestAutoMerge") { [self] input in
            let number = try number(input)
            state.pulls[number]?.armed = nil
            return payload(["pullRequest": pull(number, state)])
        }
        add("enqueuePullRequest") { input in
            let number = try number(input)
            try checkHead(input, number)
            state.pulls[number]?.isQueued = true
            return payload(["mergeQueueEntry": GraphQLNode("MergeQueueEntry", ["id": "Q_\(number)"])])
        }
        add("dequeuePullRequest") { input in
            if state.queueWantsEntry, let id = input["id"] as? String {
                guard id.hasPrefix("Q_"), let number = Int(id.dropFirst(2)) else {
                    throw GraphQLFault(type: "NOT_FOUND", message: "Could not resolve to a MergeQueueEntry")
                }
                state.pulls[number]?.isQueued = false
                return payload([:])
            }
            let number = try number(input, "id")
            state.pulls[number]?.isQueued = false
            // It works, and says that it did not.
            throw unprocessable("The pull request is not in the queue")
        }
        add("mergePullRequest") { [self] input in
            let number = try number(input)
            try checkHead(input, number)
            guard let pull = state.pulls[number] else { throw unprocessable("gone") }
            if pull.isDraft { throw unprocessable("Pull Request is still a draft") }
            if state.hasQueue { throw unprocessable("Changes must be made through the merge queue") }
            let method = (input["mergeMethod"] as? String ?? "MERGE").lowercased()
            if let words = refusal(pull, method, state) { throw unprocessable(words) }
            let title = input["commitHeadline"] as? String ?? pull.title
            let message = input["commitBody"] as? String ?? ""
            guard state.merge(number, method: method, title: title, message: message) != nil else {
                throw unprocessable("Pull Request has merge conflicts")
            }
            return payload(["pullRequest": self.pull(number, state)])
        }
        add("revertPullRequest") { [self] input in
            let number = try number(input)
            guard let pull = state.pulls[number], let merged = pull.merged else { throw unprocessable("not merged") }
            let tree = state.git.run("rev-parse", merged + "^^{tree}").output
            let tip = state.git.tip(pull.base) ?? merged
            let branch = "revert-\(number)-\(pull.branch)"
            let commit = state.git.run("commit-tree", tree, "-p", tip, "-m", "Revert").output
            state.git.run("update-ref", "refs/heads/\(branch)", commit)
            let new = state.takeNumber()
            state.pulls[new] = FakeState.Pull(
                number: new, title: input["title"] as? String ?? "", body: input["body"] as? String ?? "",
                branch: branch, owner: owner, base: pull.base, isDraft: false, author: state.viewer, lastHead: commit)
            return payload(["revertPullRequest": self.pull(new, state)])
        }
        return root
    }
}
