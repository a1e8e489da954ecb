import GitValues
import Settings

/// A plan as a pipeline of GitLab.
///
/// GitLab classifies changes itself (`rules: changes`), starts jobs without stages (`needs`), and its merge trains run
/// merge request pipelines, so that there is no classifying job.
struct GitLabPipeline {
    let plan: PipelinePlan

    var lines: [String] {
        var lines = [
            "workflow:", "  name: validate", "  auto_cancel:", "    on_new_commit: interruptible", "  rules:",
            "    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"", "    - if: $CI_PIPELINE_SOURCE == \"schedule\"",
            "    - if: $CI_PIPELINE_SOURCE == \"web\"",
            "    - if: $CI_COMMIT_BRANCH == \(Quoting.yamlQuoted(plan.terms.target))", "",
            "stages: [validate, gate]", "",
        ]
        if let image = plan.terms.image { lines += ["default:", "  image: \(Quoting.yaml(image))", ""] }
        lines += [
            "variables:", "  GIT_DEPTH: \"1\"", "  # Only the target's pipelines write caches; others read them.",
            "  CACHE_POLICY: pull", "",
        ]
        lines += KeptRegions.markers("head", indent: 0)
        for job in plan.jobs {
            lines.append("")
            lines += self.job(job)
        }
        lines += [
            "", "# Green only when every job of the pipeline passed; the one to look at.", "gate:", "  stage: gate",
            "  variables:", "    GIT_STRATEGY: none", "  timeout: 5 minutes", "  script:", "    - echo \"all passed\"",
        ]
        return lines + [""] + KeptRegions.markers("jobs", indent: 0)
    }

    private func job(_ job: PipelinePlan.Job) -> [String] {
        var lines = ["\(job.id):", "  stage: validate"]
        lines.append("  needs:" + (job.needs.isEmpty ? " []" : ""))
        lines += job.needs.flatMap { ["    - job: \($0)", "      optional: true"] }
        lines += ["  interruptible: true", "  timeout: \(job.timeout) minutes"]
        if job.shards > 1 { lines.append("  parallel: \(job.shards)") }
        if plan.terms.platforms.count > 1 { lines += ["  tags: [\(Quoting.yaml(plan.terms.platforms[0]))]"] }
        lines += ["  rules:"] + rules(of: job)
        if !job.cacheDirs.isEmpty { lines += cache(of: job) }
        lines += ["  before_script:"] + KeptRegions.markers(job.id, indent: 4)
        let environments = job.environments.compactMap { plan.terms.environments[$0] }.map(shell)
        let before = plan.terms.setup + (plan.terms.install.map { [$0] } ?? environments)
        if before.isEmpty { lines.append("    - \"true\"") }
        lines += before.map { "    - " + Quoting.yamlQuoted($0) }
        lines.append("  script:")
        if plan.terms.install == nil {
            lines += script(of: job).map { "    - " + Quoting.yamlQuoted($0) }
        } else {
            let names = job.checks.map { "--check " + Quoting.shell($0.name) }.joined(separator: " ")
            let part = job.wantedShards > 1 ? " --shard \(place(in: job))" : ""
            lines.append("    - " + Quoting.yamlQuoted("git validate HEAD \(names)\(part) --junit junit.xml"))
        }
        let artifacts = job.judged.flatMap(\.artifacts).uniqued()
        if plan.terms.install != nil || !artifacts.isEmpty {
            lines += ["  artifacts:", "    when: always", "    expire_in: 7 days"]
            if !artifacts.isEmpty { lines += ["    paths:"] + artifacts.map { "      - " + Quoting.yamlQuoted($0) } }
            if plan.terms.install != nil { lines += ["    reports:", "      junit: junit.xml"] }
        }
        return lines
    }

    /// The checks one after the other, each in a shell of its own, as anywhere else: what it changes in its shell, and how
    /// that ends, is no other's. All of them run, and one whose need has failed counts as failed.
    private func script(of job: PipelinePlan.Job) -> [String] {
        if job.checks.count == 1 { return job.checks.map { part(of: $0, in: job) + shell($0.run) } }
        var numbers: [String: Int] = [:]
        var lines = ["red=0"]
        for (number, check) in job.checks.enumerated() {
            numbers[check.name] = number + 1
            let needs = check.needs.compactMap { numbers[$0] }.map { "[ \"$check\($0)\" = passed ] && " }.joined()
            let name = Quoting.shell("\(check.name): ")
            lines.append(
                "check\(number + 1)=failed; if \(needs)\(part(of: check, in: job))\(shell(check.run)); then check\(number + 1)=passed; else red=1; fi; echo \(name)\"$check\(number + 1)\""
            )
        }
        return lines + ["exit \"$red\""]
    }

    private func shell(_ line: String) -> String { "sh -c " + Quoting.shell(line) }

    /// What stands before the line of a check that is split, and tells it which part it is.
    private func part(of check: CheckDefinition, in job: PipelinePlan.Job) -> String {
        guard check.shards > 1 else { return "" }
        return job.shards > 1
            ? "GITPATCH_SHARD=\"$CI_NODE_INDEX\" GITPATCH_SHARDS=\"$CI_NODE_TOTAL\" "
            : "GITPATCH_SHARD=1 GITPATCH_SHARDS=1 "
    }

    private func place(in job: PipelinePlan.Job) -> String {
        job.shards > 1 ? "\"$CI_NODE_INDEX/$CI_NODE_TOTAL\"" : "1/1"
    }

    private func rules(of job: PipelinePlan.Job) -> [String] {
        var lines: [String] = []
        if !job.judged.contains(where: { $0.labels.isEmpty }) {
            let labels = job.judged.flatMap(\.labels).uniqued()
            let words = labels.map { "$CI_MERGE_REQUEST_LABELS =~ /(^|,)\(Quoting.regex($0))(,|$)/" }
            let titles = labels.map { "$CI_MERGE_REQUEST_TITLE =~ /\\[\(Quoting.regex($0))\\]/" }
            let asked = (words + titles).joined(separator: " || ")
            lines.append(
                "    - if: " + Quoting.yamlQuoted("$CI_PIPELINE_SOURCE == \"merge_request_event\" && (\(asked))"))
        } else if job.tier != .complete {
            lines.append("    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"")
            if !job.paths.isEmpty {
                lines.append("      changes:")
                lines += job.paths.flatMap { Quoting.globs($0.description) }.map {
                    "        - " + Quoting.yamlQuoted($0)
                }
            }
            lines += [
                "    - if: $CI_COMMIT_BRANCH == \(Quoting.yamlQuoted(plan.terms.target))", "      variables:",
                "        CACHE_POLICY: pull-push",
            ]
        }
        return lines + [
            "    - if: $CI_PIPELINE_SOURCE == \"schedule\" || $CI_PIPELINE_SOURCE == \"web\""
        ]
    }

    private func cache(of job: PipelinePlan.Job) -> [String] {
        var lines = ["  cache:", "    policy: $CACHE_POLICY", "    key:"]
        // GitLab hashes two files at most.
        let files = plan.terms.lockFiles.prefix(2)
        if files.isEmpty {
            lines[2] = "    key: \"\(job.id)\""
        } else {
            lines += ["      prefix: \(job.id)", "      files:"] + files.map { "        - " + Quoting.yamlQuoted($0) }
        }
        return lines + ["    paths:"] + job.cacheDirs.map { "      - " + Quoting.yamlQuoted($0) }
    }
}

extension Quoting {
    /// A YAML scalar in double quotes whatever it is.
    static func yamlQuoted(_ text: String) -> String {
        let quoted = yaml(text)
        return quoted.first == "\"" ? quoted : "\"" + quoted + "\""
    }

    /// A text inside a regular expression, taken as it stands.
    static func regex(_ text: String) -> String {
        text.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? String($0) : "\\\($0)" }.joined()
    }

    /// The globs of GitLab that match what a pattern matches.
    static func globs(_ pattern: String) -> [String] {
        pathspecs(pattern).map { String($0.dropFirst(":(glob)".count)) }
    }
}
