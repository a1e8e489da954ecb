import GitValues
import Settings

/// One job of a workflow.
struct GitHubJob {
    let job: PipelinePlan.Job
    let workflow: GitHubWorkflow

    var terms: PipelinePlan.Terms { workflow.plan.terms }
    var hasPlatforms: Bool { terms.platforms.count > 1 }
    var isSplit: Bool { job.shards > 1 }
    /// What is behind the names of what a job publishes: one copy of it must not take the place of another.
    var suffix: String {
        (hasPlatforms ? "-${{ matrix.platform }}" : "") + (isSplit ? "-${{ matrix.shard }}" : "")
    }
    var wanted: String { "needs.changes.outputs.\(job.id)" }
    func id(_ check: CheckDefinition) -> String { workflow.ids[check.name] ?? job.id }

    var lines: [String] {
        let platform = hasPlatforms ? "${{ matrix.platform }}" : Quoting.yaml(terms.platforms[0])
        let copy =
            (hasPlatforms ? ["${{ matrix.platform }}"] : []) + (isSplit ? ["${{ matrix.shard }}/\(job.shards)"] : [])
        let title = Quoting.title(job.title) + (copy.isEmpty ? "" : " (\(copy.joined(separator: ", ")))")
        var lines = ["  \(job.id):", "    name: \(Quoting.yaml(title))"]
        let reason =
            job.needs.isEmpty
            ? "it says which checks are wanted" : "a check asks for \(job.needs.joined(separator: ", "))"
        lines.append("    needs: [\((["changes"] + job.needs).joined(separator: ", "))] # \(reason)")
        // With a need that was skipped because nothing concerned it, the job still runs.
        lines.append(
            job.needs.isEmpty
                ? "    if: \(wanted) != ''" : "    if: ${{ !failure() && !cancelled() && \(wanted) != '' }}")
        if hasSecrets, !workflow.isGitea {
            lines.append("    environment: \(Quoting.yaml(terms.environment)) # it keeps the secrets")
        }
        lines += [
            "    runs-on: \(platform)", "    timeout-minutes: \(job.timeout)", "    permissions:",
            "      contents: read # to check out",
        ]
        if scans {
            lines += [
                "      security-events: write # to show what scanners found",
                "      actions: read # code scanning asks for it in private repositories",
            ]
        }
        if !copy.isEmpty {
            lines += ["    strategy:", "      fail-fast: ${{ github.event_name == 'pull_request' }}", "      matrix:"]
        }
        if hasPlatforms { lines.append("        platform: ${{ fromJSON(needs.changes.outputs.platforms) }}") }
        if isSplit { lines.append("        shard: [\((1...job.shards).map(String.init).joined(separator: ", "))]") }
        return lines + ["    steps:"] + steps
    }

    private var steps: [String] {
        // A validator that is told what is concerned compares with the base itself.
        var lines = workflow.checkout(
            depth: comparesItself ? workflow.baseDepth : 1, submodules: job.checks.contains { $0.submodules })
        for (number, line) in terms.setup.enumerated() {
            let name = terms.setup.count == 1 ? "Set up" : "Set up \(number + 1)"
            lines.append("      - name: \(name)")
            lines += Quoting.run(line, indent: 8)
        }
        if let install = terms.install {
            lines.append("      - name: Install git-validate")
            lines += Quoting.run(install, indent: 8)
        }
        if !job.cacheDirs.isEmpty { lines += restore }
        lines += KeptRegions.markers(job.id, indent: 6)
        if terms.install == nil {
            lines += gifts
            for name in job.environments {
                guard let line = terms.environments[name] else { continue }
                lines.append("      - name: \(Quoting.yaml(Quoting.title("Environment " + name)))")
                lines += Quoting.run(line, indent: 8)
            }
            lines += ["      - name: Ready", "        id: ready", "        run: 'true'"]
            lines += ownLines
        } else {
            lines += validation
        }
        if !job.cacheDirs.isEmpty { lines += save }
        lines += terms.install == nil ? publishOutcomes : publishReport
        lines += publishFindings
        return lines
    }

    // MARK: The checks

    private var validation: [String] {
        var lines = [
            "      - name: Checks", "        env:", "          CHECKS: ${{ \(wanted) }}",
            "          REPORT: ${{ runner.temp }}/\(job.id)",
        ]
        let given = job.checks.flatMap(workflow.plan.forgeVariables(of:)).uniqued()
        lines += given.map { "          " + self.line(of: $0) }
        let cache = terms.sharedCache
        for secret in cache?.given.uniqued() ?? [] where !given.contains(where: { $0.name == secret }) {
            lines.append("          \(secret): ${{ secrets.\(secret) }}")
        }
        if comparesItself || cache != nil { lines.append("          EVENT: ${{ github.event_name }}") }
        if comparesItself { lines += workflow.base }
        if cache != nil { lines.append("          TIER: ${{ needs.changes.outputs.tier }}") }
        if let shard { lines.append("          SHARD: \(shard.number)") }
        lines +=
            [
                "        run: |"
            ] + (cache?.lines(isTarget: "[ \"$EVENT\" = push ]") ?? []).map { "          " + $0 }
            + given.map { "          " + Quoting.unsetting($0.name) } + [
                "          set --",
                "          for check in $CHECKS; do", "            case \"$check\" in",
            ]
        for check in job.checks {
            lines.append(
                "              \(id(check))) set -- \"$@\" --check \(Quoting.shell(check.name)) ;;")
        }
        lines += ["            esac", "          done"]
        if comparesItself, workflow.isGitea {
            lines += [
                "          " + ClassifyScript.unmergedBase,
                "          if [ -n \"$base\" ]; then set -- \"$@\" --since \"$base\"; fi",
            ]
        } else if comparesItself {
            lines += [
                "          if [ \"$EVENT\" = pull_request ] && git rev-parse --quiet --verify 'HEAD^1' > /dev/null; then",
                "            set -- \"$@\" --since 'HEAD^1'", "          fi",
            ]
        }
        // What is judged last believes nobody, and a validator that is given names has to be told.
        if cache != nil { lines.append("          [ \"$TIER\" != complete ] || set -- \"$@\" --tier complete") }
        let part = shard.map { " --shard \"$SHARD/\($0.count)\"" } ?? ""
        let found = reports.isEmpty ? "" : " --sarif \"$REPORT.sarif\""
        let made = makers.isEmpty ? "" : " --artifacts \"$REPORT.made\""
        return lines + [
            "          git validate HEAD \"$@\"\(part)\(made)\(found) --junit \"$REPORT.xml\" 2>&1 | tee \"$REPORT.txt\""
        ] + artifacts
    }

    /// Whether a validator must know what changed: a check needs one that the change may not concern.
    private var comparesItself: Bool {
        terms.install != nil
            && job.judged.contains { check in
                workflow.plan.closure(of: check.name).contains { $0.name != check.name && !$0.paths.isEmpty }
            }
    }

    private var ownLines: [String] {
        let isFree = job.checks.allSatisfy { check in job.closure(of: check.name).count == 1 }
        let isParallel = workflow.dialect == .modern && isFree && (2...10).contains(job.checks.count)
        var lines: [String] = isParallel ? ["      - parallel:"] : []
        for check in job.checks { lines += step(of: check).map { isParallel ? "    " + $0 : $0 } }
        return lines + handedOn + artifacts
    }

    /// An expression: whether a check is among those of an output.
    func isWanted(_ check: CheckDefinition, by output: String) -> String {
        "contains(format(' {0} ', \(output)), ' \(id(check)) ')"
    }

    private func step(of check: CheckDefinition) -> [String] {
        var conditions = [
            "!cancelled()", "steps.ready.outcome == 'success'",
            isWanted(check, by: wanted),
        ]
        for need in job.closure(of: check.name) where check.needs.contains(need.name) {
            let passed = "steps.\(id(need)).outcome == 'success'"
            // A need that the change does not concern holds up nobody; any other is wanted with this one.
            conditions.append(need.paths.isEmpty ? passed : "(\(passed) || !\(isWanted(need, by: wanted)))")
        }
        let lines = [
            "      - name: \(Quoting.yaml(Quoting.title(check.name)))", "        id: \(id(check))",
            "        if: ${{ \(conditions.joined(separator: " && ")) }}",
            "        timeout-minutes: \(minutes(of: check))",
        ]
        let given = workflow.plan.forgeVariables(of: check)
        var variables = given.map(line(of:))
        if check.shards > 1, let shard {
            variables += ["GITPATCH_SHARD: \(shard.number)", "GITPATCH_SHARDS: \"\(shard.count)\""]
        }
        // The forge tells nobody within the job how long a step took.
        let clock = "trap 'echo \"$SECONDS\" > \"$RUNNER_TEMP/\(id(check)).seconds\"' EXIT"
        let before = [clock] + given.map { Quoting.unsetting($0.name) }
        return lines
            + Quoting.run(check.run, tries: check.retries + 1, variables: variables, after: before, indent: 8)
    }

    private var hasSecrets: Bool {
        terms.sharedCache != nil
            || job.checks.contains { check in workflow.plan.forgeVariables(of: check).contains { $0.kind == .secret } }
    }

    /// A line of `env` that passes a variable on.
    private func line(of variable: ForgeVariable) -> String {
        "\(variable.name): ${{ \(variable.kind == .secret ? "secrets" : "vars").\(variable.name) }}"
    }

    private func minutes(of check: CheckDefinition) -> Int {
        max(1, Int((check.timeout.seconds * Double(check.retries + 1) / 60).rounded(.up)))
    }

    /// Which part of a check that is split this copy runs, as the file says it; `nil` where none is split.
    private var shard: (number: String, count: Int)? {
        guard job.wantedShards > 1 else { return nil }
        return (isSplit ? "${{ matrix.shard }}" : "\"1\"", job.shards)
    }
}
