import GitValues
import Settings

/// What a job tells when its checks have ended.
extension GitHubJob {
    var publishOutcomes: [String] {
        var lines = ["      - name: Publish the result", "        if: ${{ !cancelled() }}", "        env:"]
        for (number, check) in job.checks.enumerated() {
            lines.append("          OUTCOME_\(number + 1): ${{ steps.\(id(check)).outcome }}")
        }
        lines += [
            "        run: |", "          row() {",
            "            seconds=$(cat \"$RUNNER_TEMP/$4.seconds\" 2> /dev/null || :)",
            "            time=${seconds:+ time=\\\"$seconds\\\"}",
            "            printf '| %s | %s | %s |\\n' \"$1\" \"$3\" \"${seconds:+$seconds s}\" >> \"$GITHUB_STEP_SUMMARY\"",
        ]
        lines += TestCases.lines(passed: "success", into: "$RUNNER_TEMP/\(job.id).xml").map { "            " + $0 }
        lines += [
            "          }",
            "          printf '| check | outcome | time |\\n| --- | --- | --- |\\n' >> \"$GITHUB_STEP_SUMMARY\"",
            "          echo '<testsuite name=\"\(job.id)\">' > \"$RUNNER_TEMP/\(job.id).xml\"",
        ]
        for (number, check) in job.checks.enumerated() {
            let name = Quoting.shell(check.name.replacing("|", with: "\\|"))
            let escaped = Quoting.shell(XMLText.escaped(check.name))
            lines.append("          row \(name) \(escaped) \"$OUTCOME_\(number + 1)\" \(id(check))")
        }
        lines.append("          echo '</testsuite>' >> \"$RUNNER_TEMP/\(job.id).xml\"")
        return lines + keepReport
    }

    var publishReport: [String] {
        [
            "      - name: Publish the result", "        if: ${{ !cancelled() }}", "        env:",
            "          REPORT: ${{ runner.temp }}/\(job.id)", "        run: |",
            "          if [ -f \"$REPORT.txt\" ]; then",
            "            { echo '```'; cat \"$REPORT.txt\"; echo '```'; } >> \"$GITHUB_STEP_SUMMARY\"", "          fi",
        ] + keepReport
    }

    private var keepReport: [String] {
        keep(
            ["${{ runner.temp }}/\(job.id).xml"], as: "report-\(job.id)", if: "!cancelled()", isPromised: false,
            for: 7, "Keep the report")
    }

    // MARK: What scanners found

    /// Reports that checks of the job write.
    var reports: [String] { job.judged.flatMap(\.reports).uniqued() }

    /// Whether they go to code scanning.
    var scans: Bool { terms.scansCode && !reports.isEmpty && !workflow.isGitea }

    var publishFindings: [String] {
        guard !reports.isEmpty else { return [] }
        let isValidator = terms.install != nil
        let files = isValidator ? ["${{ runner.temp }}/\(job.id).sarif"] : reports
        var lines = keep(
            files, as: "found-\(job.id)", if: "!cancelled()", isPromised: false, for: 7, "Keep what was found")
        if !scans { return lines }
        for (number, file) in files.enumerated() {
            // A fork's token may not write there.
            let isOwn =
                "(github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository)"
            let isThere = isValidator ? "!cancelled()" : "!cancelled() && hashFiles(\(Quoting.expression(file))) != ''"
            let category = job.id + (files.count > 1 ? "-\(number + 1)" : "")
            lines += [
                "      - name: Show what was found", "        if: ${{ \(isThere) && \(isOwn) }}",
                "        uses: \(Pins.scanning.uses)", "        with:",
                "          sarif_file: \(Quoting.yamlQuoted(file))",
                "          category: \(category)\(suffix)",
            ]
        }
        return lines
    }
}
