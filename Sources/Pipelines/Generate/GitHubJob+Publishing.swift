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

    var publishReport: [String] {
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
