import GitValues
import Settings
import Validation

/// A report as JUnit XML, as CI servers read it.
enum JUnit {
    /// The XML: one suite, one case per check; an unfinished check is an error, a failed one a failure.
    static func text(_ report: ValidationReport) -> String {
        func count(_ outcomes: CheckReport.Outcome...) -> Int {
            report.checks.filter { outcomes.contains($0.outcome) }.count
        }
        let attributes =
            "name=\"git validate \(report.tier.rawValue)\" tests=\"\(report.checks.count)\" "
            + "failures=\"\(count(.failed))\" errors=\"\(count(.timeout, .cancelled))\" "
            + "skipped=\"\(count(.skipped))\" time=\"\(seconds(report.wall))\""
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites>", "  <testsuite \(attributes)>"]
        for check in report.checks { lines.append(contentsOf: testCase(check)) }
        lines += ["  </testsuite>", "</testsuites>", ""]
        return lines.joined(separator: "\n")
    }

    private static func testCase(_ check: CheckReport) -> [String] {
        let open =
            "    <testcase classname=\"git-validate\" name=\"\(XMLText.escaped(check.name))\" time=\"\(seconds(check.duration ?? 0))\""
        let message =
            "message=\"\(XMLText.escaped(check.reason ?? check.exit.map { "exit \($0)" } ?? check.outcome.rawValue))\""
        let logs = check.culprits.compactMap { part in
            part.log.flatMap { LogText.end(of: $0) }.map { check.parts == nil ? $0 : "\(part.name)\n\($0)" }
        }
        let log = logs.joined(separator: "\n")
        switch check.outcome {
        case .passed, .cached, .flaky: return [open + "/>"]
        case .skipped: return [open + ">", "      <skipped \(message)/>", "    </testcase>"]
        case .failed:
            return [open + ">", "      <failure \(message)>\(XMLText.escaped(log))</failure>", "    </testcase>"]
        case .timeout, .cancelled:
            return [open + ">", "      <error \(message)>\(XMLText.escaped(log))</error>", "    </testcase>"]
        }
    }

    private static func seconds(_ value: Double) -> String {
        let thousandths = Int((value * 1000).rounded())
        let fraction = String(thousandths % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }
}
