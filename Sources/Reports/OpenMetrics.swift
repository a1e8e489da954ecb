import GitValues
import Store

/// A report as OpenMetrics text, for scrapers.
package enum OpenMetrics {
    /// The text, with its closing mark.
    package static func text(_ report: Report) -> String {
        var lines: [String] = []
        func family(_ name: String, _ type: String, _ help: String, unit: String? = nil) {
            lines.append("# TYPE \(name) \(type)")
            if let unit { lines.append("# UNIT \(name) \(unit)") }
            lines.append("# HELP \(name) \(help)")
        }
        family("gitpatch_check_runs", "gauge", "Runs of a check in the period, by outcome.")
        for check in report.checks {
            for (outcome, count) in [
                ("passed", check.passed), ("failed", check.failed), ("flaky", check.flaky), ("cached", check.cached),
            ] {
                lines.append("gitpatch_check_runs{check=\"\(escaped(check.name))\",outcome=\"\(outcome)\"} \(count)")
            }
        }
        family("gitpatch_check_duration_seconds", "summary", "How long a check takes.", unit: "seconds")
        for check in report.checks where !check.runs.isEmpty {
            let label = "check=\"\(escaped(check.name))\""
            if let median = check.median {
                lines.append("gitpatch_check_duration_seconds{\(label),quantile=\"0.5\"} \(number(median))")
            }
            if let high = check.high {
                lines.append("gitpatch_check_duration_seconds{\(label),quantile=\"0.95\"} \(number(high))")
            }
            lines.append("gitpatch_check_duration_seconds_count{\(label)} \(check.runs.count)")
            let sum = check.runs.reduce(0) { $0 + $1.duration }
            lines.append("gitpatch_check_duration_seconds_sum{\(label)} \(number(sum))")
        }
        family("gitpatch_cache_saved_seconds", "gauge", "Time that reused verdicts saved.", unit: "seconds")
        lines.append("gitpatch_cache_saved_seconds \(number(report.saved))")
        if let rate = report.cacheRate {
            family("gitpatch_cache_ratio", "gauge", "The share of verdicts that were reused.", unit: "ratio")
            lines.append("gitpatch_cache_ratio \(number(rate))")
        }
        family("gitpatch_patches", "gauge", "Patches by state.")
        lines.append("gitpatch_patches{state=\"landed\"} \(report.queue.landed)")
        lines.append("gitpatch_patches{state=\"waiting\"} \(report.queue.waiting)")
        lines.append("gitpatch_patches{state=\"ejected\"} \(report.queue.ejected)")
        if let median = report.queue.median, let high = report.queue.high {
            family("gitpatch_landing_seconds", "summary", "Time from git patch to landed.", unit: "seconds")
            lines.append("gitpatch_landing_seconds{quantile=\"0.5\"} \(number(median))")
            lines.append("gitpatch_landing_seconds{quantile=\"0.95\"} \(number(high))")
        }
        return (lines + ["# EOF"]).joined(separator: "\n") + "\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
