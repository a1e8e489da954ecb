package import Forge
import HTTP
import Synchronization

extension GitHubForge {
    /// The active rules of a branch; asked with a tag, so that an unchanged answer costs no part of the limit.
    package func rules(of branch: String) throws(ForgeFailure) -> BranchRules {
        let known = knownRules.withLock { $0[branch] }
        var rules = BranchRules()
        var tag: String?
        for page in 1...10 {
            let path = "\(repositoryPath)/rules/branches/\(pathComponent(branch))?per_page=100&page=\(page)"
            let headers = page == 1 ? known.map { [HTTPHeader("If-None-Match", $0.tag)] } ?? [] : []
            let answer = try connection.call(.get, path, headers: headers)
            if answer.status == 304, let known { return known.rules }
            // Servers without rulesets lack the route, and plans without them say so; what classic protection requires
            // came with the pull request. Any other no hides what may be required.
            let isWithout = answer.status == 403 && answer.message.lowercased().contains("upgrade to github")
            if answer.status == 404 || isWithout { return rules }
            guard answer.isSuccess else { throw answer.failure("read the rules of '\(branch)'") }
            if page == 1 { tag = answer.response[header: "etag"] }
            for rule in answer.json.array { GitHubForge.add(rule, to: &rules) }
            if answer.json.array.count < 100 { break }
            tag = nil
        }
        if let tag { knownRules.withLock { $0[branch] = (tag, rules) } }
        return rules
    }

    private static func add(_ rule: JSONValue, to rules: inout BranchRules) {
        let parameters = rule["parameters"]
        switch rule["type"].string {
        case "required_status_checks":
            for check in parameters["required_status_checks"].array {
                guard let name = check["context"].string else { continue }
                rules.checks.insert(RequiredCheck(name: cleaned(name), app: check["integration_id"].integer))
            }
        case "pull_request":
            rules.approvals = max(rules.approvals, parameters["required_approving_review_count"].integer ?? 0)
        case "merge_queue": rules.queue = true
        default: break
        }
    }
}
