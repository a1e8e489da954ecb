import Foundation
import Settings
import SuiteTestSupport
import Testing

@testable import Validation

/// A line that fails in part 2 while there is a file `red`, and notes in a shared file that it ran.
private func noting(_ extra: String = "") -> String {
    """
    [check "unit"]
        run = "echo $GITPATCH_SHARD of $GITPATCH_SHARDS; echo $GITPATCH_SHARD >> $NOTES; test $GITPATCH_SHARD != 2 || test ! -e $RED"
        shards = 3
        env = RED
        env = NOTES
    \(extra)

    """
}

/// Checks that are split into parts, as the whole program runs them.
struct ShardTests {
    private func with(
        _ checks: String, _ body: (CheckedRepository, _ notes: () -> [String], _ red: String) async throws -> Void
    ) async throws {
        try await CheckedRepository.with(checks) { desk in
            let scratch = desk.repository.scratch.path
            let (notes, red) = (scratch + "/notes", scratch + "/red")
            let repository = desk.repository.with(environment: ["NOTES": notes, "RED": red])
            func lines() -> [String] {
                let text = (try? String(contentsOfFile: notes, encoding: .utf8)) ?? ""
                try? FileManager.default.removeItem(atPath: notes)
                return text.split(separator: "\n").map(String.init).sorted()
            }
            try await body(CheckedRepository(repository: repository), lines, red)
        }
    }

    @Test func everyPartRunsOnceAndTheCheckIsOne() async throws {
        try await with(noting()) { desk, notes, _ in
            let report = try await desk.report("-j", "2")
            #expect(report.outcomes == ["unit": "passed"])
            #expect(notes() == ["1", "2", "3"])
            let parts = try #require(report["unit"]?.parts)
            #expect(parts.map(\.name) == ["unit 1/3", "unit 2/3", "unit 3/3"])
            #expect(parts.map { $0.output } == ["1 of 3\n", "2 of 3\n", "3 of 3\n"])
            let sum = parts.compactMap(\.duration).reduce(0, +)
            #expect(abs((report["unit"]?.duration ?? -1) - sum) < 0.001, "the work there is")
            #expect(Set(parts.compactMap(\.key)).count == 3 && report["unit"]?.key != nil)
        }
    }

    @Test func onlyTheRedPartRunsAgain() async throws {
        try await with(noting()) { desk, notes, red in
            try "".write(toFile: red, atomically: true, encoding: .utf8)
            let first = try await desk.report()
            #expect(first.outcome == "failed" && first.outcomes == ["unit": "failed"])
            #expect(first["unit"]?.reason == "part 2/3: exit 1" && first["unit"]?.exit == 1)
            #expect(first["unit"]?.output == "2 of 3\n", "its log is the red part's")
            #expect(notes() == ["1", "2", "3"])
            try FileManager.default.removeItem(atPath: red)
            let second = try await desk.report()
            #expect(notes() == ["2"])
            #expect(second.outcomes == ["unit": "passed"])
            #expect(second["unit"]?.parts?.map(\.outcome) == ["cached", "passed", "cached"])
            let third = try await desk.report()
            #expect(third.outcomes == ["unit": "cached"] && notes() == [])
            // Another number of parts is other work.
            try await desk.repository.commit("two", files: [".gitpatch": noting().replacing("= 3", with: "= 4")])
            _ = try await desk.report()
            #expect(notes() == ["1", "2", "3", "4"])
        }
    }

    @Test func needsMeanAllParts() async throws {
        let checks = noting(
            """
                needs = build
            [check "build"]
                run = echo built > b
            [check "after"]
                run = cat b
                needs = unit
            """)
        try await with(checks) { desk, notes, red in
            try "".write(toFile: red, atomically: true, encoding: .utf8)
            let report = try await desk.report("-j", "1")
            #expect(report.outcomes == ["build": "passed", "unit": "failed", "after": "skipped"])
            #expect(report["after"]?.reason == "needs 'unit 2/3'")
            #expect(notes().count == 3, "the other parts go on")
            try FileManager.default.removeItem(atPath: red)
            // What is reused made nothing here, so the parts run again for their dependant, as other checks do.
            #expect(try await desk.report().outcomes == ["build": "passed", "unit": "passed", "after": "passed"])
            try await desk.repository.commit(
                "two", files: [".gitpatch": checks.replacing("echo built > b", with: "false")])
            let blocked = try await desk.report()
            #expect(blocked["unit"]?.outcome == "skipped" && blocked["unit"]?.reason == "needs 'build'")
        }
    }

    @Test func aFirstFailureEndsTheOtherParts() async throws {
        let checks = """
            [check "unit"]
                run = "test $GITPATCH_SHARD != 1 || exit 3; sleep 60"
                shards = 4

            """
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report("--fail-fast", "-j", "2")
            #expect(report.outcomes == ["unit": "failed"])
            #expect(report["unit"]?.reason == "part 1/4: exit 3" && report["unit"]?.exit == 3)
            #expect(report["unit"]?.duration == nil, "nobody knows how long all of it takes")
            #expect(report["unit"]?.parts?.map(\.outcome) == ["failed", "cancelled", "cancelled", "cancelled"])
            let history = try await desk.repository.run("git-validate", ["history", "--json"])
            #expect(!history.output.contains("unit"), "a part of a check is no run of it")
        }
    }

    @Test func thePartThatFailedLastGoesFirst() async throws {
        try await with(noting()) { desk, notes, red in
            try "".write(toFile: red, atomically: true, encoding: .utf8)
            _ = try await desk.report("-j", "1")
            #expect(notes().count == 3)
            _ = try await desk.report("-j", "1", "--no-cache", "--fail-fast")
            #expect(notes() == ["2"], "the others are not needed to say no")
        }
    }

    @Test func twoRunsShareTheParts() async throws {
        let slow = noting().replacing("run = \"echo", with: "run = \"sleep 0.3; echo")
        try await with(slow) { desk, notes, _ in
            async let one = desk.report("-j", "2")
            async let two = desk.report("-j", "2")
            let outcomes = try await [one.outcome, two.outcome]
            #expect(outcomes == ["passed", "passed"])
            #expect(notes() == ["1", "2", "3"], "who needs a verdict that is being worked out waits for it")
        }
    }

    @Test func timeoutsAndRetriesAreThoseOfAPart() async throws {
        let checks = """
            [check "slow"]
                run = "test $GITPATCH_SHARD = 1 || sleep 60"
                shards = 2
                timeout = 1s
            [check "flaky"]
                run = "test $GITPATCH_SHARD = 1 || test -e seen || { touch seen; exit 1; }"
                shards = 2
                retries = 1

            """
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report()
            #expect(
                report["slow"]?.outcome == "timeout" && report["slow"]?.reason?.hasPrefix("part 2/2: over its") == true)
            #expect(report["flaky"]?.outcome == "passed" && report["flaky"]?.attempts == 2)
            #expect(report["flaky"]?.reason?.hasPrefix("part 2/2: flaky") == true)
            #expect(report["flaky"]?.parts?.map(\.outcome) == ["passed", "passed"])
        }
    }

    @Test func isolatedPartsShareNothing() async throws {
        let checks = """
            [check "unit"]
                run = "test ! -e mine && touch mine && pwd"
                shards = 3
                isolated = true

            """
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report("-j", "3")
            #expect(report.outcomes == ["unit": "passed"])
        }
    }

    @Test func partsShareTheirExclusiveWords() async throws {
        let checks = """
            [check "unit"]
                run = "mkdir lock && sleep 0.1 && rmdir lock"
                shards = 4
                exclusive = database

            """
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report("-j", "4")
            #expect(report.outcomes == ["unit": "passed"])
        }
    }

    @Test func aCheckThatNobodyTouchedIsSkippedAsOne() async throws {
        let checks = "[patch]\ntarget = main\n" + noting("    path = src/**")
        try await with(checks) { desk, notes, _ in
            try await desk.repository.git("switch", "-c", "topic")
            try await desk.repository.commit("two", files: ["a": "1"])
            let report = try await desk.report()
            #expect(report.outcome == "passed" && report.outcomes == ["unit": "skipped"])
            #expect(report["unit"]?.reason == CheckReport.notConcerned && notes() == [])
            #expect(try await desk.report("--check", "unit").outcomes == ["unit": "passed"])
        }
    }

    @Test func withoutTheKeyThereIsNoPart() async throws {
        let checks = """
            [check "whole"]
                run = "echo ${GITPATCH_SHARD-none} ${GITPATCH_SHARDS-none} $GITPATCH_CHECK"
                env = GITPATCH_*
            [check "split"]
                run = echo $GITPATCH_CHECK
                shards = 2

            """
        try await CheckedRepository.with(checks) { desk in
            let repository = desk.repository.with(environment: ["GITPATCH_SHARD": "1", "GITPATCH_SHARDS": "9"])
            let report = try await CheckedRepository(repository: repository).report()
            #expect(report["whole"]?.output == "none none whole\n")
            #expect(report["split"]?.parts?.map(\.output) == ["split\n", "split\n"])
        }
    }
}
