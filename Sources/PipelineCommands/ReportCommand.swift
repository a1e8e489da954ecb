package import ArgumentParser
import CommandOptions
import Console
import GitProcess
import GitValues
import Reports
import Store
import SystemPackage

/// `git validate report`.
package struct ReportCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Show what validation and the queue did over a period.",
        discussion: """
            Times are a duration before now (7d), a day (2026-11-01), a moment (2026-11-01T12:00:00Z) or a commit. \
            The page is one file that needs nothing else.
            """)

    @Option(help: "Write the page to this file.")
    var html: String?

    @Option(help: "Write OpenMetrics text to this file; - for standard output.")
    var metrics: String?

    @Option(help: "Where the period starts.")
    var since = "30d"

    @Option(help: "Two times A..B: the period between them, against an equally long one before it.")
    var compare: String?

    @OptionGroup var options: OutputOptions

    package init() {}

    package func run() async throws {
        let git = GitProgram(directory: ".")
        let location = try await git.locate()
        let console = options.console
        let now = Timestamp.now()
        let name = location.worktree.split(separator: "/").last.map(String.init) ?? "repository"
        var request = Report.Request(title: name, from: try await time(since, now, git), until: now)
        if let compare {
            guard let dots = compare.firstRange(of: "..") else {
                throw ValidationError("--compare takes two times: A..B")
            }
            request.from = try await time(String(compare[..<dots.lowerBound]), now, git)
            let end = String(compare[dots.upperBound...])
            request.until = end.isEmpty ? now : try await time(end, now, git)
            guard request.from < request.until else { throw ValidationError("--compare takes the earlier time first") }
            request.comparedFrom = request.from.adding(seconds: -request.until.seconds(since: request.from))
        }
        let directory = location.storeDirectory
        let store =
            Store.exists(in: directory) ? try Store.open(directory: directory) : try Store.empty(directory: directory)
        let report = try Report(request, store: store)
        if let metrics, metrics == "-" { return console.raw(OpenMetrics.text(report)) }
        if let metrics { try write(OpenMetrics.text(report), to: metrics) }
        if let html { try write(Page.html(report), to: html) }
        if options.json { return console.result(try JSONText.encode(ReportSummary(report, html: html))) }
        if let html { console.result(html) }
        if html == nil && metrics == nil { show(report, console) }
    }

    private func write(_ text: String, to path: String) throws {
        do {
            try TextFile.replace(FilePath(path), with: text)
        } catch {
            throw ReportProblem.cannotWrite(path, "\(error)")
        }
    }

    private func time(_ text: String, _ now: Timestamp, _ git: GitProgram) async throws -> Timestamp {
        if let span = TimeSpan(text), text.last?.isNumber == false { return now.adding(seconds: -span.seconds) }
        if let time = Timestamp(text) ?? Timestamp(text + "T00:00:00Z") { return time }
        let answer = try await git.readOnly.run(["log", "-1", "--format=%ct", "--end-of-options", text, "--"])
        if answer.succeeded, let seconds = Int64(answer.text) { return Timestamp(seconds: seconds) }
        throw ReportProblem.noTime(text)
    }

    private func show(_ report: Report, _ console: Console) {
        guard report.runs + report.cached > 0 else {
            return console.note("nothing was validated since \(report.from.day)")
        }
        let rate = report.cacheRate.map { "\(Int(($0 * 100).rounded())) %" } ?? "-"
        let runs = report.runs == 1 ? "1 check" : "\(report.runs) checks"
        console.result(
            "\(runs) run, \(rate) of verdicts reused, \(TimeSpan(seconds: report.saved)) saved")
        if let bad = report.latestFailure {
            let names = bad.isEmpty ? "" : ": \(safeForTerminal(bad))"
            console.result("the latest run failed\(names)")
        }
        if let from = report.comparedFrom, !report.checks.contains(where: { $0.shift != nil }) {
            console.result("no change beyond noise against the period from \(from.day), as far as both were measured")
        }
        for check in report.regressions {
            guard let shift = check.shift else { continue }
            let (before, after) = (TimeSpan(seconds: shift.before), TimeSpan(seconds: shift.after))
            let since = check.since.map { ", since \($0.day)" } ?? ""
            console.result("slower: \(safeForTerminal(check.name)), \(before) before, \(after) now\(since)")
        }
        for check in report.flakes {
            console.result("flaky: \(safeForTerminal(check.name)), \(check.flaky) of \(check.runs.count)")
        }
        if let median = report.queue.median, let high = report.queue.high {
            let (middle, most) = (TimeSpan(seconds: median), TimeSpan(seconds: high))
            let patches = report.queue.landed == 1 ? "1 patch" : "\(report.queue.landed) patches"
            console.result("\(patches) landed, in \(middle) (median), \(most) (95 of 100)")
        }
        console.hint("type 'git validate report --html report.html' for the whole picture")
    }
}

/// Why there is no report.
private enum ReportProblem: ProblemReport {
    case noTime(String)
    case cannotWrite(String, String)

    var problemCode: String {
        switch self {
        case .noTime: "no-time"
        case .cannotWrite: "cannot-write"
        }
    }

    var exitStatus: Int32 {
        switch self {
        case .noTime: 64
        case .cannotWrite: 69
        }
    }

    var description: String {
        switch self {
        case .noTime(let text): "'\(text)' is neither a duration, nor a day, nor a commit"
        case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
        }
    }

    var hints: [String] {
        switch self {
        case .noTime: ["type for example: git validate report --since 7d"]
        case .cannotWrite: []
        }
    }
}

/// `git validate report --json`.
private struct ReportSummary: Encodable {
    struct Check: Encodable {
        var name: String
        var runs: Int
        var passed: Int
        var failed: Int
        var flaky: Int
        var cached: Int
        var median: Double?
        var p95: Double?
        var before: Double?
        var after: Double?
        /// When the change began.
        var since: Timestamp?
        var saved: Double
    }

    var version = 1
    var from: Timestamp
    var until: Timestamp
    var checks: [Check]
    var cacheRate: Double?
    var saved: Double
    var landed: Int
    var landingMedian: Double?
    var landingP95: Double?
    var html: String?

    init(_ report: Report, html: String?) {
        from = report.from
        until = report.until
        checks = report.checks.map { check in
            Check(
                name: check.name, runs: check.runs.count, passed: check.passed, failed: check.failed,
                flaky: check.flaky,
                cached: check.cached, median: check.median, p95: check.high, before: check.shift?.before,
                after: check.shift?.after, since: check.since, saved: check.saved)
        }
        cacheRate = report.cacheRate
        saved = report.saved
        landed = report.queue.landed
        landingMedian = report.queue.median
        landingP95 = report.queue.high
        self.html = html
    }
}
