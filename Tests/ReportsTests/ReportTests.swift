import Foundation
import Store
import SuiteTestSupport
import Testing

@testable import GitValues
@testable import Reports
@testable import Validation

private let now = Timestamp("2026-06-30T12:00:00Z") ?? .now()
private let tree = ObjectID(hex: String(repeating: "a", count: 40))

/// A store with runs of checks: one a day per value, the last one now.
private func withReport(
    _ runs: [String: [(Double, String)]], compared: Double? = nil, title: String = "demo",
    _ body: (Report) throws -> Void
) async throws {
    try await Scratch.with { scratch in
        let store = try Store.open(directory: scratch.path + "/store")
        for (check, values) in runs {
            for (index, value) in values.enumerated() {
                let time = now.adding(seconds: Double(index - values.count + 1) * 86_400)
                try store.save(
                    TimingRecord(
                        check: check, tree: try #require(tree), outcome: value.1, duration: value.0, recorded: time))
            }
        }
        let from = now.adding(seconds: -40 * 86_400)
        let request = Report.Request(
            title: title, from: compared.map { now.adding(seconds: -$0 * 86_400) } ?? from, until: now,
            comparedFrom: compared.map { now.adding(seconds: -2 * $0 * 86_400) })
        try body(try Report(request, store: store))
    }
}

struct ReportTests {
    /// One that fails at once has not got faster.
    @Test func failuresAreNoGain() async throws {
        let broken = (0..<20).map { $0 < 10 ? (10.0, "passed") : (0.1, "failed") }
        try await withReport(["broken": broken, "never": [(1, "failed"), (2, "failed")]]) { report in
            let check = try #require(report.checks.first { $0.name == "broken" })
            #expect(check.shift == nil && check.median == 10 && check.failed == 10)
            #expect(report.checks.first { $0.name == "never" }?.median == nil)
            #expect(!Page.html(report, made: now).contains("\u{25BC}"))
        }
        try await withReport(["broken": broken], compared: 10) { report in
            #expect(report.checks.first?.shift == nil)
        }
    }

    @Test func aChangeBeyondNoiseIsTold() async throws {
        let steady = (0..<20).map { (10 + Double($0 % 3) * 0.2, "passed") }
        let slower = (0..<20).map { ($0 < 10 ? 10.0 : 14 + Double($0 % 2) * 0.1, "passed") }
        let noisy = (0..<20).map { (Double([3, 18, 7, 14, 5, 16, 9, 12, 4, 17][$0 % 10]), "passed") }
        try await withReport(["steady": steady, "slower": slower, "noisy": noisy]) { report in
            #expect(report.regressions.map(\.name) == ["slower"])
            let shift = try #require(report.regressions.first?.shift)
            #expect(shift.before == 10 && abs(shift.share - 0.405) < 0.01)
            #expect(
                Page.html(report, made: now).contains(
                    "slower got 41 % slower since 2026-06-21: 10 s before, 14.1 s now."))
            #expect(Page.html(report, made: now).contains("class=\"headline warn\">\u{25B2} slower"))
        }
        // It was far slower at first; since when it is faster is no answer.
        let both = (0..<40).map { ($0 < 5 ? 40.0 : $0 < 20 ? 10 : 14, "passed") }
        try await withReport(["both": both]) { report in
            let since = try #require(report.regressions.first?.since)
            #expect(since == now.adding(seconds: -19 * 86_400))
        }
        try await withReport(["slower": slower], compared: 10) { report in
            #expect(report.regressions.count == 1, "a period against the one before it")
            #expect(report.runs == 11 || report.runs == 10)
        }
    }

    @Test func cacheAndFlakesAddUp() async throws {
        let runs = [(4.0, "passed"), (4, "flaky"), (5, "failed"), (4, "cached"), (4, "cached")]
        try await withReport(["unit": runs]) { report in
            #expect(report.runs == 3 && report.cached == 2 && report.saved == 8 && report.cacheRate == 0.4)
            // The worst is told in large letters, the rest below.
            #expect(
                Page.html(report, made: now).contains("\u{25CF} Flaky: unit passed 1 of 3 times only when tried again.")
            )
            #expect(report.flakes.map(\.flaky) == [1] && report.checks.first?.failed == 1)
            let text = OpenMetrics.text(report)
            #expect(text.contains("gitpatch_check_runs{check=\"unit\",outcome=\"flaky\"} 1\n"))
            #expect(text.contains("gitpatch_cache_ratio 0.4\n") && text.hasSuffix("# EOF\n"))
        }
    }

    @Test func namesOfChecksAreOnlyText() async throws {
        let name = "<script>alert('x')</script>&\"\u{1B}[31m\n"
        try await withReport([name: [(1, "passed"), (2, "flaky")]], title: "<b>title</b>") { report in
            let page = Page.html(report, made: now)
            #expect(!page.contains("<script") && !page.contains("<b>title") && !page.contains("\u{1B}"))
            #expect(page.contains("&lt;script&gt;"))
            #expect(!OpenMetrics.text(report).contains("\"\n\","))
        }
    }

    @Test func anEmptyPeriodIsNoError() async throws {
        try await withReport([:]) { report in
            #expect(Page.html(report, made: now).contains("Nothing was validated in this period."))
            #expect(OpenMetrics.text(report).hasSuffix("# EOF\n"))
        }
    }

    @Test func whatWasSkippedHasNotFailed() async throws {
        try await TestRepository.with { repository in
            let checks =
                "[check \"unit\"]\nrun = false\n[check \"e2e\"]\nrun = true\nneeds = unit\n[check \"lint\"]\nrun = true\n"
            try await repository.commit("one", files: [".gitpatch": checks])
            #expect(try await repository.run("git-validate", []).exitCode == 1)
            let told = try await repository.run("git-validate", ["report", "--html", "out.html"])
            #expect(told.succeeded, "\(told)")
            #expect(repository.read("out.html")?.contains("The latest run failed: unit; skipped: e2e.") == true)
            let text = try await repository.run("git-validate", ["report"])
            #expect(text.output.contains("the latest run failed: unit; skipped: e2e\n"), "\(text)")
        }
    }

    @Test func theCommandWritesPageAndMetrics() async throws {
        try await TestRepository.with { repository in
            let checks = "[check \"a\"]\nrun = true\n[check \"b\"]\nrun = true\nneeds = a\n"
            try await repository.commit("one", files: [".gitpatch": checks])
            let empty = try await repository.run("git-validate", ["report"])
            #expect(empty.succeeded && empty.errorOutput.contains("nothing was validated"))
            #expect(try await repository.run("git-validate", []).succeeded)
            #expect(try await repository.run("git-validate", []).succeeded)
            let result = try await repository.run(
                "git-validate", ["report", "--html", "out/report.html", "--metrics", "out/m.txt", "--json"])
            #expect(result.succeeded, "\(result)")
            let page = try #require(repository.read("out/report.html"))
            #expect(page.contains("Latest run") && page.contains("a \u{2192} b"), "the chain that decided the time")
            #expect(!page.contains("<script") && !page.contains("http"), "the page needs nothing else")
            #expect(repository.read("out/m.txt")?.hasSuffix("# EOF\n") == true)
            for period in ["--since=1h", "--since=2020-01-01", "--since=HEAD", "--compare=2h..1s"] {
                let text = try await repository.run("git-validate", ["report", period])
                #expect(text.succeeded, "\(text)")
            }
            #expect(try await repository.run("git-validate", ["report", "--since", "nonesuch"]).exitCode == 64)
            #expect(try await repository.run("git-validate", ["report", "--compare", "1d"]).exitCode == 64)
            #expect(try await repository.run("git-validate", ["report", "--html", "/proc/x/y"]).exitCode == 69)
        }
    }
}

struct StatisticsTests {
    @Test func theTurnIsWhereTheLevelChanges() {
        let noise = [0.1, -0.2, 0.05, 0.2, -0.1, 0, 0.15, -0.05]
        let values = (0..<24).map { (($0 < 15) ? 10 : 14) + noise[$0 % 8] }
        #expect(Statistics.turn(in: values, like: .init(before: 10, after: 14)) == 15)
        #expect(Statistics.turn(in: values, like: .init(before: 14, after: 10)) == nil, "it never got faster")
        #expect(Statistics.turn(in: values, like: .init(before: 10, after: 30)) == nil, "nor slower by so much")
        #expect(Statistics.turn(in: [1, 2, 3], like: .init(before: 1, after: 3)) == nil)
    }

    @Test func percentilesAreBetweenNeighbours() {
        #expect(Statistics.percentile([1, 2, 3, 4], 0.5) == 2.5)
        #expect(Statistics.percentile([5], 0.95) == 5)
        #expect(Statistics.percentile([], 0.5) == nil)
    }

    /// Groups drawn from one distribution are seldom taken for a change.
    @Test func noiseAloneIsSeldomAChange() {
        var random = SeededGenerator(7)
        var wrong = 0
        for _ in 0..<1000 {
            let values = (0..<24).map { _ in
                10 + Double.random(in: -3...3, using: &random) + Double.random(in: -3...3, using: &random)
            }
            if Statistics.shift(from: Array(values.prefix(12)), to: Array(values.suffix(12))) != nil { wrong += 1 }
        }
        #expect(wrong < 50, "\(wrong) of 1000")
    }
}
