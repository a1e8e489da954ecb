import Foundation
package import SuiteTestSupport

/// GitHub as far as the suite uses it: GraphQL executed field by field, asynchronous merge and branch rules in REST.
package final class FakeGitHub: FakeForge, @unchecked Sendable {
    package override var kind: String { "github" }
    /// The versions and tags that were sent, to be looked at.
    package private(set) var apiVersions: Set<String> = []
    /// How many answers cost nothing because nothing had changed.
    package private(set) var freeAnswers = 0

    package override func operation(_ request: LoopbackServer.Request) -> String {
        if request.path.hasSuffix("/graphql") {
            let text = request.object["query"] as? String ?? ""
            return text.split(whereSeparator: { " (\n{".contains($0) }).dropFirst().first.map(String.init) ?? "?"
        }
        if request.path.contains("/merge-async") { return request.method == "PUT" ? "MergeAsync" : "MergeProgress" }
        if request.path.contains("/rules/branches/") { return "Rules" }
        return request.description
    }

    override func record(_ request: LoopbackServer.Request) {
        if let version = request.headers["x-github-api-version"] { apiVersions.insert(version) }
        guard request.path.hasSuffix("/graphql"),
            let path = ProcessInfo.processInfo.environment["GITPATCH_GRAPHQL_LOG"],
            let query = request.object["query"]
        else { return }
        let line = jsonText(["query": query, "variables": request.object["variables"] ?? [:]]) + "\n"
        FakeGitHub.logLock.withLock {
            if let file = fopen(path, "a") {
                fputs(line, file)
                fclose(file)
            }
        }
    }

    private static let logLock = NSLock()

    override func answer(_ request: LoopbackServer.Request, _ state: FakeState) -> LoopbackServer.Reaction {
        if request.path == "/graphql" { return graphQL(request, state) }
        let parts = request.path.split(separator: "/").map(String.init)
        guard parts.count >= 4, parts[0] == "repos", parts[1] == owner, parts[2] == name else {
            return .json(404, #"{"message": "Not Found"}"#)
        }
        if parts[3] == "rules" { return rules(request, state) }
        if parts.count >= 6, parts[3] == "pulls", parts[5] == "merge-async", let number = Int(parts[4]) {
            guard state.hasAsynchronousMerge else { return .json(404, #"{"message": "Not Found"}"#) }
            return request.method == "PUT" ? mergeAsync(number, request, state) : mergeProgress(number, parts, state)
        }
        return .json(404, #"{"message": "Not Found"}"#)
    }

    private func rules(_ request: LoopbackServer.Request, _ state: FakeState) -> LoopbackServer.Reaction {
        var rules: [[String: Any]] = []
        if !state.requiredChecks.isEmpty && !state.hidesRules {
            let checks = state.requiredChecks.map { check -> [String: Any] in
                var entry: [String: Any] = ["context": check.name]
                if let app = check.app { entry["integration_id"] = app }
                return entry
            }
            rules.append(["type": "required_status_checks", "parameters": ["required_status_checks": checks]])
        }
        if state.requiredApprovals > 0 {
            rules.append(
                ["type": "pull_request", "parameters": ["required_approving_review_count": state.requiredApprovals]])
        }
        if state.hasQueue { rules.append(["type": "merge_queue"]) }
        let text = jsonText(rules)
        let tag = "\"\(text.hashValue)\""
        if request.headers["if-none-match"] == tag {
            freeAnswers += 1
            return .answer(304)
        }
        return .json(200, text, [("ETag", tag)])
    }

    private func mergeAsync(
        _ number: Int, _ request: LoopbackServer.Request, _ state: FakeState
    ) -> LoopbackServer.Reaction {
        guard let pull = state.pulls[number] else { return .json(404, #"{"message": "Not Found"}"#) }
        if pull.state != "open" || pull.isDraft {
            return .json(400, #"{"message": "Pull request is closed or a draft"}"#)
        }
        if let ticket = pull.ticket { return .json(409, #"{"message": "A request exists", "uuid": "\#(ticket)"}"#) }
        let body = request.object
        let head = state.head(pull)
        if let sha = body["sha"] as? String, sha != head {
            return .json(422, #"{"message": "Head branch was modified. Review and try the merge again."}"#)
        }
        let method = body["merge_method"] as? String ?? "merge"
        if let words = refusal(pull, method, state) { return .json(422, jsonText(["message": words])) }
        if state.hasQueue {
            state.pulls[number]?.isQueued = true
            return .json(200, #"{"status": "enqueued"}"#)
        }
        let ticket = "ticket-\(state.takeID())"
        if state.mergesSlowly {
            state.pulls[number]?.ticket = ticket
            state.pulls[number]?.armed = nil
            state.events.append("pending \(method)")
            pendingMethod = method
            return .json(202, #"{"status": "pending", "uuid": "\#(ticket)"}"#)
        }
        return finish(number, method, body, state)
    }

    private var pendingMethod = "squash"

    private func finish(_ number: Int, _ method: String, _ body: [String: Any], _ state: FakeState)
        -> LoopbackServer.Reaction
    {
        let title = body["commit_title"] as? String ?? state.pulls[number]?.title ?? ""
        guard
            let commit = state.merge(
                number, method: method, title: title, message: body["commit_message"] as? String ?? "")
        else { return .json(200, #"{"status": "failed", "message": "Merge conflict"}"#) }
        return .json(200, #"{"status": "merged", "sha": "\#(commit)"}"#)
    }

    private func mergeProgress(_ number: Int, _ parts: [String], _ state: FakeState) -> LoopbackServer.Reaction {
        guard let pull = state.pulls[number], parts.count == 7, pull.ticket == parts[6] else {
            return .json(404, #"{"message": "Not Found"}"#)
        }
        if state.mergesSlowly { return .json(200, #"{"status": "pending", "uuid": "\#(parts[6])"}"#) }
        if let commit = pull.merged { return .json(200, #"{"status": "merged", "sha": "\#(commit)"}"#) }
        return finish(number, pendingMethod, [:], state)
    }

    /// Why the server itself refuses a merge.
    func refusal(_ pull: FakeState.Pull, _ method: String, _ state: FakeState) -> String? {
        if !state.methods.contains(method) { return "\(method.capitalized) merges are not allowed on this repository." }
        return state.isBlocked(pull)
    }

    private func graphQL(_ request: LoopbackServer.Request, _ state: FakeState) -> LoopbackServer.Reaction {
        do {
            let document = try GraphQLDocument(request.object["query"] as? String ?? "")
            let variables = request.object["variables"] as? [String: Any] ?? [:]
            let root = document.isMutation ? mutations(state) : queries(state)
            let data = try GraphQLRunner(document: document, variables: variables).run(root)
            var errors = document.isMutation ? [] : state.partialErrors.map { ($0.type, $0.path as [Any]) }
            for (place, id) in (variables["ids"] as? [String] ?? []).enumerated() {
                guard let number = Int(id.dropFirst(3)), state.unreadable.contains(number) else { continue }
                errors.append(("SERVICE_UNAVAILABLE", ["nodes", place, "latestOpinionatedReviews"]))
            }
            guard !errors.isEmpty else { return .json(200, jsonText(["data": data])) }
            let told = errors.map { ["type": $0.0, "path": $0.1, "message": "Something is missing"] as [String: Any] }
            return .json(200, jsonText(["data": data, "errors": told]))
        } catch let fault as GraphQLFault {
            var error: [String: Any] = ["message": fault.message]
            if !fault.type.isEmpty { error["type"] = fault.type }
            return .json(200, jsonText(["data": NSNull(), "errors": [error]]))
        } catch {
            return .json(500, "{}")
        }
    }
}
