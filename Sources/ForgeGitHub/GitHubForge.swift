package import Forge
import GitValues
package import HTTP
package import Settings
import Synchronization

/// A repository on GitHub: GraphQL for everything the schema offers, REST for asynchronous merges and branch rules.
package final class GitHubForge: Forge {
    /// The version of the REST interface this was written for.
    static let version = "2026-03-10"

    let connection: ForgeConnection
    let site: ForgeSite
    let graphQL: HTTPURL
    /// Rules of branches with the tag by which asking again costs nothing.
    let knownRules = Mutex<[String: (tag: String, rules: BranchRules)]>([:])
    /// Whether the server was seen to lack asynchronous merges.
    let lacksAsynchronousMerge = Mutex(false)

    /// The headers every request carries.
    package static func headers(token: String) -> [HTTPHeader] {
        [
            HTTPHeader("Authorization", "Bearer \(token)"), HTTPHeader("Accept", "application/vnd.github+json"),
            HTTPHeader("X-GitHub-Api-Version", version),
        ]
    }

    /// Creates the adapter; nothing is contacted.
    package init(site: ForgeSite, connection: ForgeConnection) {
        self.site = site
        self.connection = connection
        // GitHub Enterprise has REST under /api/v3 and GraphQL beside it.
        let api = connection.api
        let root = api.target.hasSuffix("/") ? String(api.target.dropLast()) : api.target
        graphQL =
            root.hasSuffix("/api/v3")
            ? api.with(target: String(root.dropLast("/v3".count)) + "/graphql") : api.appending("graphql")
    }

    var repositoryPath: String { "repos/\(pathComponent(site.owner))/\(pathComponent(site.name))" }
    var names: [String: JSONValue] { ["owner": .string(site.owner), "name": .string(site.name)] }

    func variables(_ more: [String: JSONValue]) -> JSONValue { .object(names.merging(more) { $1 }) }

    // MARK: Looking

    package func look(
        branch: String, owner: String?, base: String
    ) throws(ForgeFailure) -> (facts: RepositoryFacts, open: [PullRequest]) {
        let data = try ask(
            .look, variables(["branch": .string(branch), "base": .string(base)]), to: "read '\(site.displayName)'")
        let repository = data["repository"]
        guard let id = repository["id"].string, let viewer = data["viewer"]["login"].string else {
            throw .gone("there is no repository '\(site.displayName)' that the token can see")
        }
        var methods: Set<LandingMethod> = []
        if repository["mergeCommitAllowed"].bool == true { methods.insert(.merge) }
        if repository["squashMergeAllowed"].bool == true { methods.insert(.squash) }
        if repository["rebaseMergeAllowed"].bool == true { methods.insert(.rebase) }
        let facts = RepositoryFacts(
            id: id, viewer: viewer, defaultBranch: repository["defaultBranchRef"]["name"].string ?? "main",
            methods: methods, autoMergeAllowed: repository["autoMergeAllowed"].bool ?? false,
            deletesBranches: repository["deleteBranchOnMerge"].bool ?? false)
        var open: [PullRequest] = []
        for node in repository["pullRequests"]["nodes"].array {
            guard let pull = try read(node) else { continue }
            let wanted = (owner ?? site.owner).lowercased()
            if pull.headOwner?.lowercased() == wanted { open.append(pull) }
        }
        return (facts, open)
    }

    package var looksAtOnce: Int { 100 }

    package func looks(at references: [PullReference]) throws(ForgeFailure) -> [Int: PullLook] {
        var found: [Int: PullLook] = [:]
        var rest = references[...]
        while !rest.isEmpty {
            let batch = rest.prefix(looksAtOnce)
            rest = rest.dropFirst(looksAtOnce)
            let what = "read the pull requests"
            var broken: [Int: GraphQLErrors] = [:]
            let data = try ask(.poll, ["ids": .strings(batch.map(\.id))], to: what, broken: &broken)
            for (place, (node, reference)) in zip(data["nodes"].array, batch).enumerated() {
                if let errors = broken[place] {
                    found[reference.number] = .failure(errors.incomplete(what))
                } else if node["number"].integer == reference.number {
                    found[reference.number] = try PullLook { () throws(ForgeFailure) in
                        guard let pull = try read(node) else { throw .transient("cannot \(what): it is none") }
                        return pull
                    }
                }
            }
        }
        return found
    }

    package func mayMerge() throws(ForgeFailure) -> [PullRequest] {
        var kept: [PullRequest] = []
        var after = JSONValue.null
        for _ in 0..<100 {
            let data = try ask(.list, variables(["after": after]).compact, to: "read the open pull requests")
            let page = data["repository"]["pullRequests"]
            guard !page.isNull else {
                throw .gone("there is no repository '\(site.displayName)' that the token can see")
            }
            for node in page["nodes"].array {
                if let pull = try read(node), pull.isArmed || pull.isQueued { kept.append(pull) }
            }
            guard page["pageInfo"]["hasNextPage"].bool == true else { return kept }
            after = page["pageInfo"]["endCursor"]
        }
        throw .transient("cannot read the open pull requests: there are more than 100 pages")
    }

    package func isOurs(_ pull: PullRequest) throws(ForgeFailure) -> Bool {
        if Marker.isOurs(pull.body, .proposal) { return true }
        return try newestComment(on: pull.reference) { Marker.isOurs($0["body"].string ?? "", .safety) } != nil
    }

    // MARK: Opening and closing

    package func open(
        _ request: NewPullRequest, in facts: RepositoryFacts
    ) throws(ForgeFailure) -> PullReference {
        var input: [String: JSONValue] = [
            "repositoryId": .string(facts.id), "baseRefName": .string(request.base),
            "headRefName": .string(request.branch), "title": .string(request.title), "body": .string(request.body),
            "draft": .bool(request.draft), "maintainerCanModify": true,
        ]
        if let fork = request.fork {
            let data = try ask(
                .fork, ["owner": .string(fork.owner), "name": .string(fork.name)],
                to: "read '\(fork.owner)/\(fork.name)'")
            input["headRepositoryId"] = data["repository"]["id"]
        }
        let what = "open a pull request for '\(request.branch)'"
        let data = try change(.open, .object(input), to: what) { errors in
            // The same error type says "exists already": whoever opened it, the next look finds it.
            errors.words.lowercased().contains("already exists") ? .unknown("cannot \(what): \(errors.words)") : nil
        }
        return try reference(data["createPullRequest"]["pullRequest"], what)
    }

    func reference(_ node: JSONValue, _ what: String) throws(ForgeFailure) -> PullReference {
        guard let id = node["id"].string, let number = node["number"].integer, let url = node["url"].string else {
            throw .unknown("cannot \(what): the answer lacks id, number or url")
        }
        return PullReference(id: id, number: number, url: cleaned(url))
    }

    package func edit(_ pull: PullReference, title: String, body: String) throws(ForgeFailure) {
        _ = try change(
            .edit, ["pullRequestId": .string(pull.id), "title": .string(title), "body": .string(body)],
            to: "edit pull request \(pull.number)")
    }

    package func retarget(_ pull: PullReference, to base: String) throws(ForgeFailure) {
        _ = try change(
            .edit, ["pullRequestId": .string(pull.id), "baseRefName": .string(base)],
            to: "let pull request \(pull.number) land on '\(base)'")
    }

    package func close(_ pull: PullReference) throws(ForgeFailure) {
        _ = try change(.close, ["pullRequestId": .string(pull.id)], to: "close pull request \(pull.number)")
    }

    package var opensReverts: Bool { true }

    package func revert(
        _ pull: PullReference, title: String, body: String
    ) throws(ForgeFailure) -> PullReference? {
        let what = "open a pull request that reverts \(pull.number)"
        let data = try change(
            .revert, ["pullRequestId": .string(pull.id), "title": .string(title), "body": .string(body)], to: what)
        return try reference(data["revertPullRequest"]["revertPullRequest"], what)
    }
}
