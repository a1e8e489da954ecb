import Foundation
import SuiteTestSupport
import Testing

/// What counts as passed, and what is refused.
struct OutcomeTests {
    @Test func withoutChecksNothingIsPassed() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            let desk = CheckedRepository(repository: repository)
            let bare = try await desk.validate()
            #expect(bare.exitCode == 78)
            #expect(bare.errorOutput.contains("no checks are defined"))
            try await repository.commit("two", files: [".gitpatch": "[check \"deep\"]\nrun = true\ntier = complete\n"])
            let empty = try await desk.validate("--tier", "quick")
            #expect(empty.exitCode == 78)
            let refused = try await desk.report("--tier", "quick")
            #expect(refused.outcome != "passed")
            #expect(try await desk.validate("--tier", "complete").exitCode == 0)
            #expect(try await desk.validate("--check", "nonesuch").exitCode == 64)
            #expect(try await desk.validate("nonesuch").exitCode == 1)
        }
    }

    @Test func aBrokenFileIsNamedWithItsLine() async throws {
        try await CheckedRepository.with("[check \"a\"]\n    run = true\n    colour = red\n") { desk in
            let result = try await desk.validate()
            #expect(result.exitCode == 78)
            #expect(result.errorOutput.contains("HEAD:.gitpatch"))
            #expect(result.errorOutput.contains("3"))
        }
    }

    @Test func onlyAnExitOfZeroIsAPass() async throws {
        let checks = """
            [check "good"]
                run = true
            [check "bad"]
                run = exit 3
            [check "missing"]
                run = no-such-program-here
            [check "signal"]
                run = kill -SEGV $$
            [check "after-bad"]
                run = true
                needs = bad
            [check "after-that"]
                run = true
                needs = after-bad
            [check "flaky"]
                run = "test -e kept/tried || { mkdir kept; touch kept/tried; exit 1; }"
                retries = 2

            """
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report()
            #expect(report.outcome == "failed")
            #expect(
                report.outcomes == [
                    "good": "passed", "bad": "failed", "missing": "failed", "signal": "failed",
                    "after-bad": "skipped", "after-that": "skipped", "flaky": "passed",
                ])
            #expect(report["bad"]?.exit == 3)
            #expect(report["missing"]?.exit == 127)
            #expect(report["signal"]?.exit == 139)
            #expect(report["flaky"]?.attempts == 2)
            #expect(report["flaky"]?.reason == "flaky: it passed at attempt 2")
            #expect(report.checks?.map(\.name).first == "good")
        }
    }

    @Test func pathsLeaveOutChecksAndBlockNobody() async throws {
        let checks = """
            [check "docs"]
                run = false
                path = docs/**
            [check "code"]
                run = true
                path = Sources/**
                needs = docs

            """
        try await CheckedRepository.with(checks, files: ["Sources/a": "1\n"]) { desk in
            let repository = desk.repository
            try await repository.git("switch", "-q", "-c", "work")
            try await repository.commit("two", files: ["Sources/a": "2\n"])
            let report = try await desk.report()
            #expect(report.outcome == "passed")
            #expect(report.outcomes == ["docs": "skipped", "code": "passed"])
            try await repository.commit("three", files: ["docs/b": "1\n"])
            #expect(try await desk.report().outcome == "failed")
            try await repository.git("switch", "-q", "-c", "other", "main")
            try await repository.commit("four", files: ["README": "1\n"])
            let none = try await desk.validate()
            #expect(none.exitCode == 0)
            #expect(none.output.contains("no check concerns the change"))
        }
    }

    @Test func failFastEndsTheOthers() async throws {
        let checks = """
            [check "quick"]
                run = "sleep 0.2; exit 1"
            [check "long"]
                run = sleep 3600
            [check "later"]
                run = true
                needs = long

            """
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report("--fail-fast", "--jobs", "2")
            #expect(report.outcomes == ["quick": "failed", "long": "cancelled", "later": "cancelled"])
        }
    }

    @Test func junitCountsWhatHappened() async throws {
        let checks = "[check \"a<b\"]\nrun = \"echo '<&>'; exit 1\"\n[check \"c\"]\nrun = true\n"
        try await CheckedRepository.with(checks) { desk in
            let file = desk.repository.scratch.path + "/junit.xml"
            #expect(try await desk.validate("--junit", file).exitCode == 1)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.contains("tests=\"2\" failures=\"1\" errors=\"0\""))
            #expect(text.contains("&lt;&amp;&gt;"))
            #expect(text.contains("name=\"a&lt;b\""))
        }
    }
}
