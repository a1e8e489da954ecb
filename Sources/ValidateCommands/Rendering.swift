import CommandOptions
import Console
import GitValues
import Settings
import Store
import Validation

/// Shows the report of a validation.
struct Rendering: Sendable {
    let console: Console

    /// Prints the report to standard output: a table with a last line that sums it up, or one JSON object.
    ///
    /// - Parameter problem: what went wrong besides; text says it elsewhere.
    func show(
        _ report: ValidationReport, artifacts: [WrittenArtifact]? = nil, asJSON: Bool,
        problem: (any ProblemReport)? = nil
    ) throws {
        if asJSON {
            var document = ReportDocument(report, problem)
            document.artifacts = artifacts
            console.result(try JSONText.encode(document))
            return
        }
        for line in table(report) { console.result(line) }
        showEnds(report)
        console.result(summary(report))
    }

    /// Prints why nothing was judged, and the report of that as one JSON object.
    func refuse(_ report: ValidationReport, over problem: some ProblemReport, asJSON: Bool) throws {
        if asJSON { try show(report, asJSON: true, problem: problem) }
        console.report(problem.description, paths: problem.problemPaths, hints: problem.hints)
    }

    /// Prints the same to standard error, without the last line: for hooks, whose last word is an error.
    func explain(_ report: ValidationReport) {
        for line in table(report) { console.note(line) }
        showEnds(report)
    }

    private func table(_ report: ValidationReport) -> [String] {
        var table = Table()
        for check in report.checks { table.add(cells(check)) }
        return table.lines()
    }

    private func showEnds(_ report: ValidationReport) {
        for check in report.checks.flatMap(\.culprits) { showEnd(of: check) }
        for warning in report.warnings { console.warning(safeForTerminal(warning)) }
    }

    /// One check on one line, without alignment.
    static func line(_ check: CheckReport) -> String {
        let time = check.duration.map { " in \(TimeSpan(seconds: $0))" } ?? ""
        return "\(check.name): \(check.outcome.rawValue)\(time)" + (check.reason.map { " (\($0))" } ?? "")
    }

    private func cells(_ check: CheckReport) -> [String] {
        let style: TextStyle =
            check.isGood ? (check.outcome == .skipped ? .dim : .green) : check.outcome == .failed ? .red : .yellow
        return [
            console.styled(check.outcome.rawValue, style), safeForTerminal(check.name),
            check.duration.map { TimeSpan(seconds: $0).description } ?? "",
            safeForTerminal(check.reason ?? check.exit.flatMap { $0 == 0 ? nil : "exit \($0)" } ?? parts(of: check)),
        ]
    }

    private func parts(of check: CheckReport) -> String {
        guard let parts = check.parts, let longest = parts.compactMap(\.duration).max() else { return "" }
        return "\(parts.count) parts, the longest \(TimeSpan(seconds: longest))"
    }

    /// The last lines of a log, where a failure mostly says why.
    private func showEnd(of check: CheckReport) {
        guard let log = check.log, let text = LogText.end(of: log) else { return }
        console.note("--- \(safeForTerminal(check.name)): \(log)")
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).suffix(12) where !line.isEmpty {
            console.note("    " + safeForTerminal(String(line)))
        }
    }

    private func summary(_ report: ValidationReport) -> String {
        let name = report.commit?.short ?? report.tree.short
        let time = TimeSpan(seconds: report.wall)
        let bad = report.checks.filter { !$0.isGood }.count
        let tier = report.scope.map { "\(report.tier.rawValue), \(safeForTerminal($0))" } ?? report.tier.rawValue
        switch report.outcome {
        case .passed where report.allSkipped:
            return
                "\(console.styled("passed", .green)): no check concerns the change (\(name), \(tier))"
        case .passed: return "\(console.styled("passed", .green)): \(name), \(tier), in \(time)"
        case .failed where report.lateness != nil:
            return "\(console.styled("failed", .red)): over the target of tier \(report.tier.rawValue) (\(name))"
        case .failed:
            return
                "\(console.styled("failed", .red)): \(bad) of \(report.checks.count) checks did not pass (\(name), \(tier), in \(time))"
        case .refused: return "\(console.styled("refused", .yellow)): \(name)"
        }
    }
}

/// `git validate --json`.
struct ReportDocument: Encodable {
    var version = 1
    var commit: ObjectID?
    /// Absent when it was not found out what was to be judged.
    var tree: ObjectID?
    var tier: String
    /// What part of the tier was asked for; absent for all of it.
    var scope: String?
    var outcome: String
    var wall: Double
    var checks: [CheckReport]
    var warnings: [String]
    var errors: [ProblemDocument]?
    /// How long the tier takes, and should take.
    var time: TierTime?
    /// What was written with `--artifacts`.
    var artifacts: [WrittenArtifact]?

    /// Creates the document of a report.
    init(_ report: ValidationReport, _ problem: (any ProblemReport)? = nil) {
        errors = problem.map { $0.parts.map { ProblemDocument($0) } }
        commit = report.commit
        tree = report.tree
        tier = report.tier.rawValue
        scope = report.scope
        // A report that could not be written where it was wanted is no success.
        outcome = problem != nil && report.outcome == .passed ? "failed" : report.outcome.rawValue
        wall = (report.wall * 1000).rounded() / 1000
        checks = report.checks.map(\.inContract)
        warnings = report.warnings
        time = report.time
    }

    /// Creates the document of a problem that let nothing be judged.
    ///
    /// - Parameter request: what was to be judged, as far as that was found out.
    init(refused request: ValidationRequest?, _ tier: Tier, _ problem: any ProblemReport) {
        errors = problem.parts.map { ProblemDocument($0) }
        commit = request?.commit
        tree = request?.tree
        self.tier = tier.rawValue
        outcome = ValidationReport.Outcome.refused.rawValue
        wall = 0
        checks = []
        warnings = []
    }
}
