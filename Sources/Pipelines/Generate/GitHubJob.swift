import GitValues
import Settings

/// One job of a workflow.
struct GitHubJob {
    let job: PipelinePlan.Job
    let workflow: GitHubWorkflow

    private var terms: PipelinePlan.Terms { workflow.plan.terms }
    private var hasPlatforms: Bool { terms.platforms.count > 1 }
    private var isSplit: Bool { job.shards > 1 }
    /// What is behind the names of what a job publishes: one copy of it must not take the place of another.
    private var suffix: String {
        (hasPlatforms ? "-${{ matrix.platform }}" : "") + (isSplit ? "-${{ matrix.shard }}" : "")
    }
    private var wanted: String { "needs.changes.outputs.\(job.id)" }
    private func id(_ check: CheckDefinition) -> String { workflow.ids[check.name] ?? job.id }

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
        lines += [
            "    runs-on: \(platform)", "    timeout-minutes: \(job.timeout)", "    permissions:",
            "      contents: read # to check out",
        ]
        if !copy.isEmpty {
            lines += ["    strategy:", "      fail-fast: ${{ github.event_name == 'pull_request' }}", "      matrix:"]
        }
        if hasPlatforms { lines.append("        platform: ${{ fromJSON(needs.changes.outputs.platforms) }}") }
        if isSplit { lines.append("        shard: [\((1...job.shards).map(String.init).joined(separator: ", "))]") }
        return lines + ["    steps:"] + steps
    }

    private var steps: [String] {
        var lines = workflow.checkout(depth: 1)
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
        return lines
    }

    // MARK: Caches

    /// From exact to general: system, processor and platform, toolchain, lock files, content.
    private var key: (exact: String, prefixes: [String]) {
        let platform = hasPlatforms ? "${{ matrix.platform }}" : terms.platforms[0]
        let tools = job.tools.isEmpty ? "" : "${{ steps.toolchain.outputs.id }}-"
        let base = "\(job.id)-${{ runner.os }}-${{ runner.arch }}-\(platform)-\(tools)"
        let locks = terms.lockFiles.map { "'**/\($0)'" }.joined(separator: ", ")
        let locked = locks.isEmpty ? base : base + "${{ hashFiles(\(locks)) }}-"
        return (locked + "${{ github.sha }}", locks.isEmpty ? [base] : [locked, base])
    }

    private var restore: [String] {
        var lines: [String] = []
        if !job.tools.isEmpty {
            lines += [
                "      - name: Toolchain", "        id: toolchain", "        run: |", "          {",
            ]
            lines += job.tools.map { "            sh -c " + Quoting.shell($0.replacing("\n", with: "; ")) }
            lines += [
                "          } | git hash-object --stdin > \"$RUNNER_TEMP/toolchain\"",
                "          echo \"id=$(cut -c1-12 \"$RUNNER_TEMP/toolchain\")\" >> \"$GITHUB_OUTPUT\"",
            ]
        }
        lines += [
            "      - name: Restore caches", "        id: cache", "        uses: \(Pins.cacheRestore.uses)",
            "        with:",
            "          path: |",
        ]
        lines += job.cacheDirs.map { "            " + $0 }
        lines += ["          key: \(key.exact)", "          restore-keys: |"]
        return lines + key.prefixes.map { "            " + $0 }
    }

    /// Only the default branch writes: what a pull request saved, nobody else could read, and it would push out the rest.
    /// Of several parts the first: they have one key.
    private var save: [String] {
        [
            "      - name: Save caches",
            "        if: github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"
                + (isSplit ? " && matrix.shard == 1" : ""),
            "        uses: \(Pins.cacheSave.uses)", "        with:", "          path: |",
        ] + job.cacheDirs.map { "            " + $0 } + ["          key: \(key.exact)"]
    }

    // MARK: The checks

    private var validation: [String] {
        var lines = [
            "      - name: Checks", "        env:", "          CHECKS: ${{ \(wanted) }}",
            "          REPORT: ${{ runner.temp }}/\(job.id)",
        ]
        if let shard { lines.append("          SHARD: \(shard.number)") }
        lines += [
            "        run: |", "          set --",
            "          for check in $CHECKS; do", "            case \"$check\" in",
        ]
        for check in job.checks {
            lines.append(
                "              \(id(check))) set -- \"$@\" --check \(Quoting.shell(check.name)) ;;")
        }
        return lines + [
            "            esac", "          done",
            "          git validate HEAD \"$@\"\(shard.map { " --shard \"$SHARD/\($0.count)\"" } ?? "") --junit \"$REPORT.xml\" 2>&1 | tee \"$REPORT.txt\"",
        ]
    }

    private var ownLines: [String] {
        let isFree = job.checks.allSatisfy { check in job.closure(of: check.name).count == 1 }
        let isParallel = workflow.dialect == .modern && isFree && (2...10).contains(job.checks.count)
        var lines: [String] = isParallel ? ["      - parallel:"] : []
        for check in job.checks { lines += step(of: check).map { isParallel ? "    " + $0 : $0 } }
        return lines + artifacts
    }

    /// What checks promise is kept when they passed: one that was not wanted, or failed, has made nothing.
    private var artifacts: [String] {
        let makers = job.judged.filter { !$0.artifacts.isEmpty }
        return makers.flatMap { check in
            let name = makers.count == 1 ? job.id : "\(job.id)-\(id(check))"
            return [
                "      - name: Keep what was made",
                "        if: ${{ !cancelled() && steps.\(id(check)).outcome == 'success' }}",
                "        uses: \(Pins.upload.uses)", "        with:", "          name: \(name)\(suffix)",
                "          path: |",
            ] + check.artifacts.uniqued().map { "            " + $0 } + [
                "          if-no-files-found: error", "          retention-days: 7",
            ]
        }
    }

    private func step(of check: CheckDefinition) -> [String] {
        var conditions = [
            "!cancelled()", "steps.ready.outcome == 'success'",
            "contains(format(' {0} ', \(wanted)), ' \(id(check)) ')",
        ]
        for need in job.closure(of: check.name) where check.needs.contains(need.name) {
            conditions.append("steps.\(id(need)).outcome == 'success'")
        }
        let lines = [
            "      - name: \(Quoting.yaml(Quoting.title(check.name)))", "        id: \(id(check))",
            "        if: ${{ \(conditions.joined(separator: " && ")) }}",
            "        timeout-minutes: \(max(1, Int((check.timeout.seconds / 60).rounded(.up))))",
        ]
        var variables: [String] = []
        if check.shards > 1, let shard {
            variables = ["GITPATCH_SHARD: \(shard.number)", "GITPATCH_SHARDS: \"\(shard.count)\""]
        }
        return lines + Quoting.run(check.run, variables: variables, indent: 8)
    }

    /// Which part of a check that is split this copy runs, as the file says it; `nil` where none is split.
    private var shard: (number: String, count: Int)? {
        guard job.wantedShards > 1 else { return nil }
        return (isSplit ? "${{ matrix.shard }}" : "\"1\"", job.shards)
    }

    // MARK: What is published

    private var publishOutcomes: [String] {
        var lines = ["      - name: Publish the result", "        if: ${{ !cancelled() }}", "        env:"]
        for (number, check) in job.checks.enumerated() {
            lines.append("          OUTCOME_\(number + 1): ${{ steps.\(id(check)).outcome }}")
        }
        lines += [
            "        run: |", "          row() {",
            "            printf '| %s | %s |\\n' \"$1\" \"$3\" >> \"$GITHUB_STEP_SUMMARY\"",
            "            case \"$3\" in",
            "              success) printf '<testcase name=\"%s\"/>\\n' \"$2\" ;;",
            "              skipped) printf '<testcase name=\"%s\"><skipped/></testcase>\\n' \"$2\" ;;",
            "              *) printf '<testcase name=\"%s\"><failure message=\"%s\"/></testcase>\\n' \"$2\" \"$3\" ;;",
            "            esac >> \"$RUNNER_TEMP/\(job.id).xml\"", "          }",
            "          printf '| check | outcome |\\n| --- | --- |\\n' >> \"$GITHUB_STEP_SUMMARY\"",
            "          echo '<testsuite name=\"\(job.id)\">' > \"$RUNNER_TEMP/\(job.id).xml\"",
        ]
        for (number, check) in job.checks.enumerated() {
            let name = Quoting.shell(check.name.replacing("|", with: "\\|"))
            let escaped = Quoting.shell(XMLText.escaped(check.name))
            lines.append("          row \(name) \(escaped) \"$OUTCOME_\(number + 1)\"")
        }
        lines.append("          echo '</testsuite>' >> \"$RUNNER_TEMP/\(job.id).xml\"")
        return lines + keepReport
    }

    private var publishReport: [String] {
        [
            "      - name: Publish the result", "        if: ${{ !cancelled() }}", "        env:",
            "          REPORT: ${{ runner.temp }}/\(job.id)", "        run: |",
            "          if [ -f \"$REPORT.txt\" ]; then",
            "            { echo '```'; cat \"$REPORT.txt\"; echo '```'; } >> \"$GITHUB_STEP_SUMMARY\"", "          fi",
        ] + keepReport
    }

    private var keepReport: [String] {
        [
            "      - name: Keep the report", "        if: ${{ !cancelled() }}", "        uses: \(Pins.upload.uses)",
            "        with:", "          name: report-\(job.id)\(suffix)",
            "          path: ${{ runner.temp }}/\(job.id).xml", "          if-no-files-found: ignore",
            "          retention-days: 7",
        ]
    }
}

/// Text inside XML and HTML.
package enum XMLText {
    /// The text with the five special characters escaped, and without control characters, which XML forbids.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default:
                if scalar == "\n" || scalar == "\t" || scalar.properties.generalCategory != .control {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
