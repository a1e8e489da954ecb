import GitValues
import Settings

/// One job of a pipeline of GitLab.
struct GitLabJob {
    let job: PipelinePlan.Job
    let plan: PipelinePlan
    /// Which of the platforms it runs on.
    let platform: Int
    /// What jobs are called on this platform, where that is not what they are called in the plan.
    let names: [String: String]
    /// The names of checks in the file.
    let ids: [String: String]

    var terms: PipelinePlan.Terms { plan.terms }
    private func name(_ job: String) -> String { names[job] ?? job }
    var name: String { name(job.id) }

    var lines: [String] {
        var lines = ["\(name):", "  stage: validate"]
        // What a job makes is there only for those that name it.
        let givers = terms.install == nil ? plan.givers(to: job).compactMap { plan.owner(of: $0.name)?.id } : []
        let needs = (job.needs + givers).uniqued()
        lines.append("  needs:" + (needs.isEmpty ? " []" : ""))
        lines += needs.flatMap { ["    - job: \(name($0))", "      optional: true"] }
        lines += ["  interruptible: true", "  timeout: \(job.timeout) minutes"]
        if job.shards > 1 { lines.append("  parallel: \(job.shards)") }
        if job.checks.contains(where: \.submodules) {
            lines += ["  variables:", "    GIT_SUBMODULE_STRATEGY: recursive"]
        }
        if terms.platforms.count > 1 { lines += ["  tags: [\(Quoting.yaml(terms.platforms[platform]))]"] }
        // What is beyond the platforms of tier standard runs with tier complete.
        let isRare = platform >= terms.platforms(of: .standard).count
        lines += ["  rules:"] + (isRare ? [GitLabRules.complete] : GitLabRules(job: job, plan: plan).lines)
        if !job.cacheDirs.isEmpty { lines += cache }
        lines += ["  before_script:"] + KeptRegions.markers(name, indent: 4)
        let environments = job.environments.compactMap { terms.environments[$0] }.map(GitLabJob.shell)
        let before = terms.setup + (terms.install.map { [$0] } ?? environments)
        if before.isEmpty { lines.append("    - \"true\"") }
        lines += before.map { "    - " + Quoting.yamlQuoted($0) }
        lines.append("  script:")
        if isMixed { lines += ["    - |"] + classification.map { "      " + $0 } }
        if let cache = terms.sharedCache {
            let isTarget = "[ \"${CI_COMMIT_BRANCH:-}\" = \(Quoting.shell(terms.target)) ]"
            lines += ["    - |"] + (cache.lines(isTarget: isTarget) + GitLabJob.depth).map { "      " + $0 }
        }
        if terms.install == nil { lines += ["    - |"] + scriptStart.map { "      " + $0 } }
        lines += (terms.install == nil ? script : validation).map { "    - " + Quoting.yamlQuoted($0) }
        return lines + artifacts
    }

    /// What is judged last believes nobody, and a validator that is given names has to be told.
    private static let depth = [
        "case \"${CI_PIPELINE_SOURCE:-}/${CI_MERGE_REQUEST_EVENT_TYPE:-}\" in",
        "  schedule/* | web/* | */merge_train) depth=complete ;;", "  *) depth=standard ;;", "esac",
    ]

    private var artifacts: [String] {
        let isValidator = terms.install != nil
        let promised = job.judged.flatMap(\.artifacts).uniqued()
        let reports = job.judged.flatMap(\.reports).uniqued()
        let found = isValidator && !reports.isEmpty ? ["found.sarif"] : reports
        let paths = (isValidator && !promised.isEmpty ? ["made"] : promised) + found
        var lines = ["  artifacts:", "    when: always", "    expire_in: 7 days"]
        if !paths.isEmpty { lines += ["    paths:"] + paths.map { "      - " + Quoting.yamlQuoted($0) } }
        return lines + ["    reports:", "      junit: \(isValidator ? "junit.xml" : GitLabJob.report)"]
    }

    private var cache: [String] {
        var lines = ["  cache:", "    policy: $CACHE_POLICY", "    key:"]
        // GitLab hashes two files at most.
        let files = terms.lockFiles.prefix(2)
        if files.isEmpty {
            lines[2] = "    key: \"\(name)\""
        } else {
            lines += ["      prefix: \(name)", "      files:"] + files.map { "        - " + Quoting.yamlQuoted($0) }
        }
        return lines + ["    paths:"] + job.cacheDirs.map { "      - " + Quoting.yamlQuoted($0) }
    }

    // MARK: Which checks

    /// Whether the rules of the job alone do not tell which of its checks are to run.
    var isMixed: Bool { !GitLabRules(job: job, plan: plan).areExact }

    /// What is concerned, found out in the job itself, as `wanted`.
    private var classification: [String] {
        let names = Set(job.checks.map(\.name))
        let wishing = plan.judged.filter { check in
            plan.closure(of: check.name).contains { job.own.contains($0.name) }
        }
        return facts(for: wishing) + ClassifyScript(plan: plan, ids: ids).choices(among: wishing, of: names) + [
            "wants() { case \"$wanted\" in *\" $1 \"*) return 0 ;; esac; return 1; }"
        ]
    }

    /// What the script asks for: tier, labels and title, and the commit to compare with.
    private func facts(for checks: [CheckDefinition]) -> [String] {
        var lines: [String] = []
        let hasLabels = checks.contains { !$0.labels.isEmpty }
        if hasLabels || checks.contains(where: { $0.tier != .quick }) {
            lines.append("case \"$CI_PIPELINE_SOURCE\" in schedule | web) tier=complete ;; *) tier=standard ;; esac")
        }
        if hasLabels {
            lines += [
                "LABELS=$(printf %s \"${CI_MERGE_REQUEST_LABELS:-}\" | tr , '|')", "TITLE=${CI_MERGE_REQUEST_TITLE:-}",
            ]
        }
        return lines + [
            "base=${CI_MERGE_REQUEST_TARGET_BRANCH_SHA:-${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}}",
            "# In doubt a check runs.",
            "if [ -n \"$base\" ] && ! git fetch -q --depth=1 origin \"$base\"; then base=; fi",
        ]
    }

    // MARK: What is run

    func id(_ check: CheckDefinition) -> String { ids[check.name] ?? "check" }

    private var validation: [String] {
        let part = job.wantedShards > 1 ? " --shard \(place)" : ""
        let made = job.judged.contains { !$0.artifacts.isEmpty } ? " --artifacts made" : ""
        let found = job.judged.allSatisfy(\.reports.isEmpty) ? "" : " --sarif found.sarif"
        let depth = terms.sharedCache == nil ? "" : " --tier \"$depth\""
        let rest = "\(depth)\(part)\(made)\(found) --junit junit.xml"
        guard isMixed else {
            let names = job.checks.map { "--check " + Quoting.shell($0.name) }.joined(separator: " ")
            return ["git validate HEAD \(names)\(rest)"]
        }
        return ["set --"]
            + job.checks.map { check in
                "if wants \(id(check)); then set -- \"$@\" --check \(Quoting.shell(check.name)); fi"
            } + [
                "if [ $# -gt 0 ]; then git validate HEAD \"$@\" ${base:+--since \"$base\"}\(rest); else echo \"nothing concerned\"; fi"
            ]
    }

    private var place: String { job.shards > 1 ? "\"$CI_NODE_INDEX/$CI_NODE_TOTAL\"" : "1/1" }
}
