package import Forge
import GitValues
package import HTTP
package import Settings
import Synchronization

/// A project on GitLab, by its REST interface.
package final class GitLabForge: Forge {
    let connection: ForgeConnection
    let site: ForgeSite
    /// The account, once it was asked for.
    let account = Mutex<String?>(nil)

    /// The headers every request carries; access tokens of every kind are taken this way.
    package static func headers(token: String) -> [HTTPHeader] {
        [HTTPHeader("Authorization", "Bearer \(token)"), HTTPHeader("Accept", "application/json")]
    }

    /// Creates the adapter; nothing is contacted.
    package init(site: ForgeSite, connection: ForgeConnection) {
        self.site = site
        self.connection = connection
    }

    var project: String { "projects/\(pathComponent(site.path))" }
    func path(_ pull: PullReference) -> String { "\(project)/merge_requests/\(pull.number)" }

    /// Asks and refuses every answer but a success.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil, to what: String
    ) throws(ForgeFailure) -> JSONValue {
        let answer = try connection.call(method, path, body?.compact)
        guard answer.isSuccess else { throw answer.failure(what) }
        return answer.json
    }

    /// Every page of a list.
    func list(_ path: String, to what: String) throws(ForgeFailure) -> [JSONValue] {
        var values: [JSONValue] = []
        for page in 1...20 {
            let next = try ask(.get, "\(path)\(path.contains("?") ? "&" : "?")per_page=100&page=\(page)", to: what)
                .array
            values += next
            if next.count < 100 { return values }
        }
        // What is on the pages that were not read may be what says no.
        throw .transient("cannot \(what): there are more than 20 pages")
    }

    func viewer() throws(ForgeFailure) -> String {
        if let known = account.withLock({ $0 }) { return known }
        guard let name = try ask(.get, "user", to: "read the account")["username"].string else {
            throw .transient("the answer names no account")
        }
        account.withLock { $0 = name }
        return name
    }

    // MARK: Looking

    package func look(
        branch: String, owner: String?, base: String
    ) throws(ForgeFailure) -> (facts: RepositoryFacts, open: [PullRequest]) {
        let viewer = try viewer()
        let json = try ask(.get, project, to: "read '\(site.displayName)'")
        guard let id = json["id"].integer else { throw .transient("the answer holds no project") }
        var methods: Set<LandingMethod> = []
        let squash = json["squash_option"].string ?? "default_off"
        if squash != "never" { methods.insert(.squash) }
        if squash != "always" { methods.insert(json["merge_method"].string == "merge" ? .merge : .rebase) }
        let facts = RepositoryFacts(
            id: String(id), viewer: viewer, defaultBranch: json["default_branch"].string ?? "main", methods: methods,
            autoMergeAllowed: true, deletesBranches: json["remove_source_branch_after_merge"].bool ?? false)
        let query = "?state=opened&source_branch=\(pathComponent(branch))&target_branch=\(pathComponent(base))"
        var source = id
        if let owner, owner != site.owner {
            let fork = pathComponent("\(owner)/\(site.name)")
            source = try ask(.get, "projects/\(fork)", to: "read '\(owner)/\(site.name)'")["id"].integer ?? -1
        }
        let nodes = try list("\(project)/merge_requests\(query)", to: "read the merge requests")
        let open = nodes.filter { $0["source_project_id"].integer ?? source == source }.compactMap(read)
        return (facts, open)
    }

    package func looks(at references: [PullReference]) throws(ForgeFailure) -> [Int: PullLook] {
        try oneByOne(references) { (reference) throws(ForgeFailure) in
            let what = "read merge request \(reference.number)"
            let answer = try connection.call(.get, path(reference))
            if answer.status == 404 {
                // A project that is not shown says nothing of its merge requests.
                _ = try ask(.get, project, to: "read '\(site.displayName)'")
                return nil
            }
            guard answer.isSuccess else { throw answer.failure(what) }
            guard var pull = read(answer.json) else { throw .transient("cannot \(what): the answer holds none") }
            if pull.state != .closed { try detail(&pull, answer.json) }
            return pull
        }
    }

    package func mayMerge() throws(ForgeFailure) -> [PullRequest] {
        try list("\(project)/merge_requests?state=opened", to: "read the open merge requests").compactMap(read)
            .filter(\.isArmed)
    }

    package func isBranchUsed(of pull: PullRequest) throws(ForgeFailure) -> Bool {
        // A branch of that name in another project counts, too: what is kept does no harm.
        let query = "?state=opened&source_branch=\(pathComponent(pull.branch))"
        return try list("\(project)/merge_requests\(query)", to: "read the merge requests of '\(pull.branch)'")
            .contains { $0["iid"].integer != pull.reference.number }
    }

    package func rules(of branch: String) throws(ForgeFailure) -> BranchRules {
        let json = try ask(.get, project, to: "read '\(site.displayName)'")
        var rules = BranchRules(queue: json["merge_trains_enabled"].bool ?? false)
        if json["only_allow_merge_if_pipeline_succeeds"].bool == true {
            rules.checks.insert(RequiredCheck(name: GitLabForge.pipeline, app: nil))
        }
        return rules
    }

    /// The name under which the pipeline of the head stands among the checks.
    static let pipeline = "pipeline"

    // MARK: Opening and closing

    package func open(_ request: NewPullRequest, in facts: RepositoryFacts) throws(ForgeFailure) -> PullReference {
        let what = "open a merge request for '\(request.branch)'"
        var body: [String: JSONValue] = [
            "source_branch": .string(request.branch), "target_branch": .string(request.base),
            "title": .string((request.draft ? "Draft: " : "") + request.title), "description": .string(request.body),
            "remove_source_branch": false, "allow_collaboration": true,
        ]
        var place = project
        if let fork = request.fork {
            // A merge request from a fork is made there, for the project it came from.
            place = "projects/\(pathComponent("\(fork.owner)/\(fork.name)"))"
            body["target_project_id"] = Int(facts.id).map { .number(Double($0)) } ?? .null
        }
        let answer = try connection.call(.post, "\(place)/merge_requests", .object(body))
        // One is open for the branch already: whoever opened it, the next look finds it.
        if answer.status == 409 { throw .unknown("cannot \(what): \(answer.message)") }
        guard answer.isSuccess else { throw answer.failure(what) }
        guard let pull = read(answer.json) else { throw .unknown("cannot \(what): the answer holds none") }
        return pull.reference
    }

    package func edit(_ pull: PullReference, title: String, body: String) throws(ForgeFailure) {
        _ = try ask(
            .put, path(pull), ["title": .string(title), "description": .string(body)],
            to: "edit merge request \(pull.number)")
    }

    package func retarget(_ pull: PullReference, to base: String) throws(ForgeFailure) {
        _ = try ask(
            .put, path(pull), ["target_branch": .string(base)],
            to: "let merge request \(pull.number) land on '\(base)'")
    }

    package func close(_ pull: PullReference) throws(ForgeFailure) {
        _ = try ask(.put, path(pull), ["state_event": "close"], to: "close merge request \(pull.number)")
    }

    package func revert(_ pull: PullReference, title: String, body: String) throws(ForgeFailure) -> PullReference? {
        nil
    }
}
