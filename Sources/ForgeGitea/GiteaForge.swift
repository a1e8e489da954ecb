package import Forge
import GitValues
package import HTTP
package import Settings

/// A repository on Gitea or Forgejo, by the REST interface they share.
package final class GiteaForge: Forge {
    let connection: ForgeConnection
    let site: ForgeSite

    /// The headers every request carries.
    package static func headers(token: String) -> [HTTPHeader] {
        [HTTPHeader("Authorization", "token \(token)"), HTTPHeader("Accept", "application/json")]
    }

    /// Creates the adapter; nothing is contacted.
    package init(site: ForgeSite, connection: ForgeConnection) {
        self.site = site
        self.connection = connection
    }

    var repository: String { "repos/\(pathComponent(site.owner))/\(pathComponent(site.name))" }
    func path(_ pull: PullReference) -> String { "\(repository)/pulls/\(pull.number)" }

    /// Asks and refuses every answer but a success.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil, to what: String
    ) throws(ForgeFailure) -> JSONValue {
        let answer = try connection.call(method, path, body?.compact)
        guard answer.isSuccess else { throw answer.failure(what) }
        return answer.json
    }

    /// Every page of a list; how many fit on one the server decides.
    func list(
        _ path: String, to what: String, of key: String? = nil
    ) throws(ForgeFailure) -> [JSONValue] {
        var values: [JSONValue] = []
        for page in 1...100 {
            let answer = try connection.call(
                .get, "\(path)\(path.contains("?") ? "&" : "?")limit=50&page=\(page)")
            guard answer.isSuccess else { throw answer.failure(what) }
            let next = key.map { answer.json[$0].array } ?? answer.json.array
            values += next
            if next.isEmpty || isLast(answer, count: values.count) { return values }
        }
        // What is on the pages that were not read may be what says no.
        throw .transient("cannot \(what): there are more than 100 pages")
    }

    /// Whether nothing follows, by what the server says of the whole list; without a word, a page more shows it.
    private func isLast(_ answer: ForgeAnswer, count: Int) -> Bool {
        if let total = answer.response[header: "x-total-count"].flatMap({ Int($0) }) { return count >= total }
        if let links = answer.response[header: "link"] { return !links.contains("rel=\"next\"") }
        return false
    }

    // MARK: Looking

    package func look(
        branch: String, owner: String?, base: String
    ) throws(ForgeFailure) -> (facts: RepositoryFacts, open: [PullRequest]) {
        guard let viewer = try ask(.get, "user", to: "read the account")["login"].string else {
            throw .transient("the answer names no account")
        }
        let json = try ask(.get, repository, to: "read '\(site.displayName)'")
        guard let id = json["id"].integer else { throw .transient("the answer holds no repository") }
        var methods: Set<LandingMethod> = []
        if json["allow_merge_commits"].bool ?? true { methods.insert(.merge) }
        if json["allow_squash_merge"].bool ?? true { methods.insert(.squash) }
        if json["allow_rebase"].bool ?? true { methods.insert(.rebase) }
        let facts = RepositoryFacts(
            id: String(id), viewer: viewer, defaultBranch: json["default_branch"].string ?? "main", methods: methods,
            autoMergeAllowed: true, deletesBranches: json["default_delete_branch_after_merge"].bool ?? false)
        let wanted = (owner ?? site.owner).lowercased()
        let open = try list("\(repository)/pulls?state=open", to: "read the pull requests").compactMap(read)
            .filter { $0.branch == branch && $0.base == base && $0.headOwner?.lowercased() == wanted }
        return (facts, open)
    }

    package func looks(at references: [PullReference]) throws(ForgeFailure) -> [Int: PullLook] {
        try oneByOne(references) { (reference) throws(ForgeFailure) in
            let answer = try connection.call(.get, path(reference))
            if answer.status == 404 {
                // A repository that is not shown says nothing of its pull requests.
                _ = try ask(.get, repository, to: "read '\(site.displayName)'")
                return nil
            }
            guard answer.isSuccess else { throw answer.failure("read pull request \(reference.number)") }
            guard var pull = read(answer.json) else { throw .transient("the answer holds no pull request") }
            if pull.state != .closed { try detail(&pull) }
            return pull
        }
    }

    package func mayMerge() throws(ForgeFailure) -> [PullRequest] {
        try list("\(repository)/pulls?state=open&sort=oldest", to: "read the open pull requests").compactMap { node in
            var pull = read(node)
            pull?.mayHaveComments = (node["comments"].integer ?? 1) > 0
            return pull
        }
    }

    package func isBranchUsed(of pull: PullRequest) throws(ForgeFailure) -> Bool {
        try list("\(repository)/pulls?state=open", to: "read the pull requests of '\(pull.branch)'").compactMap(read)
            .contains {
                $0.branch == pull.branch && $0.reference.number != pull.reference.number
                    && ($0.headOwner == nil || $0.headOwner?.lowercased() == pull.headOwner?.lowercased())
            }
    }

    package func rules(of branch: String) throws(ForgeFailure) -> BranchRules {
        let answer = try connection.call(.get, "\(repository)/branches/\(pathComponent(branch))")
        if answer.status == 404 { return BranchRules() }
        guard answer.isSuccess else { throw answer.failure("read the rules of '\(branch)'") }
        var rules = BranchRules(approvals: answer.json["required_approvals"].integer ?? 0)
        if answer.json["enable_status_check"].bool == true {
            // Names may be patterns; which checks those mean only the server knows, and it holds to them itself.
            for name in answer.json["status_check_contexts"].array.compactMap(\.string) where !name.contains("*") {
                rules.checks.insert(RequiredCheck(name: cleaned(name), app: nil))
            }
        }
        return rules
    }

    // MARK: Opening and closing

    package func open(_ request: NewPullRequest, in facts: RepositoryFacts) throws(ForgeFailure) -> PullReference {
        let what = "open a pull request for '\(request.branch)'"
        let head = request.fork.map { "\($0.owner):\(request.branch)" } ?? request.branch
        let body: JSONValue = [
            "base": .string(request.base), "head": .string(head),
            "title": .string((request.draft ? "WIP: " : "") + request.title), "body": .string(request.body),
        ]
        let answer = try connection.call(.post, "\(repository)/pulls", body)
        if answer.status == 409 { throw .unknown("cannot \(what): \(answer.message)") }
        guard answer.isSuccess else { throw answer.failure(what) }
        guard let pull = read(answer.json) else { throw .unknown("cannot \(what): the answer holds none") }
        return pull.reference
    }

    package func edit(_ pull: PullReference, title: String, body: String) throws(ForgeFailure) {
        _ = try ask(
            .patch, path(pull), ["title": .string(title), "body": .string(body)], to: "edit pull request \(pull.number)"
        )
    }

    package func retarget(_ pull: PullReference, to base: String) throws(ForgeFailure) {
        _ = try ask(
            .patch, path(pull), ["base": .string(base)], to: "let pull request \(pull.number) land on '\(base)'")
    }

    package func close(_ pull: PullReference) throws(ForgeFailure) {
        _ = try ask(.patch, path(pull), ["state": "closed"], to: "close pull request \(pull.number)")
    }

    package func revert(_ pull: PullReference, title: String, body: String) throws(ForgeFailure) -> PullReference? {
        nil
    }
}
