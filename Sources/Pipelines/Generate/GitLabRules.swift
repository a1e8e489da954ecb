import GitValues
import Settings

/// When a job is in a pipeline of GitLab: whenever one of its checks is to run, perhaps more often. What its rules cannot
/// tell, the job finds out itself.
struct GitLabRules {
    let job: PipelinePlan.Job
    let plan: PipelinePlan

    /// When a check is wanted.
    struct Occasion: Hashable {
        /// Whether merge requests want it; what is of tier complete they do only when asked for it.
        var isForRequests: Bool
        var labels: [String]
        var paths: [PathPattern]
    }

    /// When the checks of the job are wanted, for themselves or because another one needs them.
    private var occasions: [Occasion] { job.judged.flatMap { occasions(of: $0).all }.uniqued() }

    /// Whether these rules tell exactly when each check of the job is wanted.
    var areExact: Bool {
        let each = job.judged.map(occasions(of:))
        guard let first = each.first, each.allSatisfy({ $0.isExact && Set($0.all) == Set(first.all) }) else {
            return false
        }
        // What only prepares is left out where the change touches none of its paths.
        let others = job.checks.filter { !job.own.contains($0.name) }
        // A validator runs by itself what its checks need in other jobs.
        let outside = plan.terms.install == nil ? [] : job.judged.flatMap { plan.closure(of: $0.name) }
        return (others + outside).allSatisfy { check in
            check.paths.isEmpty || first.all.allSatisfy { $0.paths == check.paths }
        }
    }

    /// When a check is wanted, and whether that says it exactly: that both of two lists of paths must be touched no rule
    /// can say.
    private func occasions(of check: CheckDefinition) -> (all: [Occasion], isExact: Bool) {
        func occasion(_ wishing: CheckDefinition) -> Occasion {
            Occasion(
                isForRequests: wishing.tier != .complete || !wishing.labels.isEmpty, labels: wishing.labels,
                paths: check.paths.isEmpty ? wishing.paths : check.paths)
        }
        let dependants = plan.dependants(of: check.name)
        var all = ([check] + dependants).map(occasion).uniqued()
        let own = occasion(check)
        let isExact = dependants.allSatisfy { wishing in
            check.paths.isEmpty || wishing.paths.isEmpty || wishing.paths == check.paths
                || (own.isForRequests && own.labels.isEmpty)
        }
        if all.contains(where: \.isForRequests) { all.removeAll { !$0.isForRequests } }
        if let always = all.first(where: { $0.isForRequests && $0.labels.isEmpty && $0.paths.isEmpty }) {
            all = [always]
        }
        return (all, isExact)
    }

    var lines: [String] {
        let wanted = occasions.filter(\.isForRequests)
        let open = wanted.filter(\.labels.isEmpty)
        var lines: [String] = []
        if !open.isEmpty {
            lines.append("    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"")
            lines += changes(open)
        }
        let asked = wanted.filter { !$0.labels.isEmpty }
        if !asked.isEmpty {
            let labels = asked.flatMap(\.labels).uniqued()
            let words = labels.map { "$CI_MERGE_REQUEST_LABELS =~ /(^|,)\(Quoting.regex($0))(,|$)/" }
            let titles = labels.map { "$CI_MERGE_REQUEST_TITLE =~ /\\[\(Quoting.regex($0))\\]/" }
            let any = (words + titles).joined(separator: " || ")
            lines.append(
                "    - if: " + Quoting.yamlQuoted("$CI_PIPELINE_SOURCE == \"merge_request_event\" && (\(any))"))
            lines += changes(asked)
        }
        if !open.isEmpty {
            lines += [
                "    - if: $CI_COMMIT_BRANCH == \(Quoting.yamlQuoted(plan.terms.target))", "      variables:",
                "        CACHE_POLICY: pull-push",
            ]
        }
        return lines + [GitLabRules.complete]
    }

    /// The rule of pipelines that run everything.
    static let complete = "    - if: $CI_PIPELINE_SOURCE == \"schedule\" || $CI_PIPELINE_SOURCE == \"web\""

    /// What must have changed; nothing where one of them asks for no path.
    private func changes(_ occasions: [Occasion]) -> [String] {
        if occasions.contains(where: \.paths.isEmpty) { return [] }
        let globs = occasions.flatMap(\.paths).uniqued().flatMap { Quoting.globs($0.description) }
        return ["      changes:"] + globs.map { "        - " + Quoting.yamlQuoted($0) }
    }
}
