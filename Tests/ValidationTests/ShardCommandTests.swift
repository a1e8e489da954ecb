import Foundation
import Settings
import Store
import SuiteTestSupport
import Testing

@testable import Validation

/// What the commands say of checks that are split.
struct ShardCommandTests {
    private static let checks = """
        [check "build"]
            run = true
        [check "unit"]
            run = "echo $GITPATCH_SHARD; test $GITPATCH_SHARD != 2 || test ! -e red"
            shards = 3
            needs = build

        """

    @Test func aPartIsNotToldAsTheWhole() async throws {
        let checks = "[check \"unit\"]\n    run = true\n    shards = 3\n[check \"other\"]\n    run = true\n"
        try await CheckedRepository.with(checks) { desk in
            let part = try await desk.validate("--check", "unit", "--shard", "1/3")
            #expect(part.output.contains(", standard, only unit, part 1/3, in "), "\(part)")
            let json = try await desk.validate("--check", "unit", "--shard", "1/3", "--json")
            #expect(json.output.contains("\"scope\":\"only unit, part 1/3\""), "\(json)")
            let status = try await desk.validate("status")
            #expect(status.output.contains("(standard, only unit, part 1/3): passed"), "\(status)")
            #expect(try await !desk.validate("--json").output.contains("\"scope\""))
        }
    }

    @Test func onePartAloneIsNotTheCheck() async throws {
        try await CheckedRepository.with(Self.checks) { desk in
            let part = try await desk.report("--check", "unit", "--shard", "2/3")
            #expect(part.outcomes == ["build": "passed", "unit 2/3": "passed"], "nothing says that 'unit' passed")
            let all = try await desk.report()
            #expect(all["unit"]?.parts?.map(\.outcome) == ["passed", "cached", "passed"])
            // Another number of parts is asked for where a pipeline has less room.
            let half = try await desk.report("--check", "unit", "--shard", "1/2")
            #expect(half.outcomes["unit 1/2"] == "passed")
            let whole = try await desk.report("--check", "unit", "--shard", "1/1")
            #expect(whole.outcomes["unit 1/1"] == "passed")
            for shard in ["0/3", "4/3", "2", "x/y"] {
                #expect(try await desk.validate("--shard", shard).exitCode == 64, "\(shard)")
            }
            let none = try await desk.validate("--check", "build", "--shard", "1/3")
            #expect(none.exitCode == 64 && none.errorOutput.contains("no check of this run has 'shards'"))
        }
    }

    @Test func whoNeedsAllPartsIsNotRunWithOne() async throws {
        let after = Self.checks + "[check \"after\"]\nrun = true\nneeds = unit\n"
        try await CheckedRepository.with(after) { desk in
            let result = try await desk.validate("--shard", "1/3")
            #expect(result.exitCode == 64 && result.errorOutput.contains("'after' needs all parts of 'unit'"))
        }
    }

    @Test func explainListAndHistoryShowOneCheck() async throws {
        try await CheckedRepository.with(Self.checks, files: ["red": ""]) { desk in
            let repository = desk.repository
            let before = try await repository.run("git-validate", ["explain", "unit"])
            #expect(before.output.contains("unit: would run: it never passed here"), "\(before.output)")
            _ = try await desk.report()
            let red = try await repository.run("git-validate", ["explain", "unit"])
            #expect(red.output.contains("unit: would run: 1 of 3 parts: it failed under the same key"), "\(red.output)")
            #expect(red.output.contains("part      unit 1/3 would not: it passed under the same key"))
            #expect(red.output.contains("part      unit 2/3 would run: it failed under the same key"))
            #expect(red.output.contains("of part   unit 2/3\n"))
            #expect(red.output.contains("on the critical path build > unit "))
            let list = try await repository.run("git-validate", ["list"])
            #expect(list.output.contains("3 parts, needs build"))
            let history = try await repository.run("git-validate", ["history"])
            #expect(history.output.split(separator: "\n").count == 3, "a line for each check, none for parts")
            let junit = repository.scratch.path + "/junit.xml"
            let result = try await desk.validate("--junit", junit)
            #expect(result.output.contains("part 2/3: exit 1") && result.errorOutput.contains("--- unit 2/3: "))
            let xml = try String(contentsOfFile: junit, encoding: .utf8)
            #expect(xml.contains("tests=\"2\"") && xml.contains("message=\"part 2/3: exit 1\""), "\(xml)")
            try repository.remove("red")
            try await repository.commit("two")
            let good = try await desk.validate()
            #expect(good.output.contains("3 parts, the longest "), "\(good.output)")
            let reuse = try await repository.run("git-validate", ["explain", "unit"])
            #expect(reuse.output.contains("unit: would not run: it passed under the same key"))
        }
    }

    @Test func aPushReadsOneOutcomeOfAllParts() async throws {
        try await CheckedRepository.with("[validate]\nprePush = standard\n" + Self.checks) { desk in
            let repository = desk.repository.with(environment: ["GITPATCH_LOAD_LIMIT": "0"])
            try await repository.git("init", "--bare", repository.scratch.path + "/origin.git")
            try await repository.git("remote", "add", "origin", repository.scratch.path + "/origin.git")
            let script = "#!/bin/sh\nexec '\(productsDirectory)/git-validate' hook pre-push \"$@\"\n"
            try repository.write(".git/hooks/pre-push", script, executable: true)
            try await repository.git("push", "origin", "main")
            try await repository.commit("two", files: ["red": ""])
            let held = try await repository.tryGit(["push", "origin", "main"])
            #expect(!held.succeeded && held.errorOutput.contains("unit"), "\(held)")
            #expect(held.errorOutput.contains("part 2/3: exit 1"))
        }
    }

    @Test func whatEveryPartTookIsRecordedApart() async throws {
        try await CheckedRepository.with(Self.checks) { desk in
            let report = try await desk.report()
            let store = try Store.open(directory: desk.repository.path + "/.git/gitpatch")
            let whole = try store.timings(ofCheck: "unit")
            #expect(whole.map(\.part) == [nil] && whole.first?.duration == report["unit"]?.duration)
            for number in 1...3 {
                let part = try store.timings(ofCheck: "unit", part: "\(number)/3")
                #expect(part.map(\.duration) == [report["unit"]?.parts?[number - 1].duration])
            }
            #expect(try store.timings().allSatisfy { $0.part == nil }, "parts are asked for by name only")
            // With another number of parts, each is expected to take its share.
            var check = CheckDefinition(name: "unit", run: "true")
            check.shards = 4
            let history = try History(check.parts, store)
            let share = (whole.first?.duration ?? 0) / 4
            #expect(
                check.parts.allSatisfy { abs(history.expected($0.name) - share) < 1e-9 && history.isKnown($0.name) })
        }
    }
}

/// Reports of parts put together.
struct GatheredPartsTests {
    private func gathered(_ outcomes: CheckReport.Outcome...) throws -> CheckReport {
        let reports = try outcomes.enumerated().map { index, outcome in
            let shard = try #require(Shard(of: "unit", index + 1, of: outcomes.count))
            let reason = outcome == .skipped ? "needs 'build'" : nil
            return (CheckReport(name: shard.name, outcome: outcome, duration: 1, reason: reason), Optional(shard))
        }
        return try #require(CheckReport.gathered(reports).first)
    }

    @Test func theWorstPartIsTheOutcome() throws {
        #expect(try gathered(.passed, .failed, .timeout).outcome == .failed)
        #expect(try gathered(.passed, .cancelled, .timeout).outcome == .timeout)
        #expect(try gathered(.passed, .cancelled, .cached).outcome == .cancelled)
        #expect(try gathered(.passed, .skipped, .cached).isGood == false)
        #expect(try gathered(.passed, .flaky, .cached).outcome == .flaky)
        #expect(try gathered(.passed, .cached).outcome == .passed)
        #expect(try gathered(.cached, .cached).outcome == .cached)
        #expect(try gathered(.passed, .cancelled).duration == nil)
        #expect(try gathered(.failed, .failed, .failed, .failed, .failed).reason?.hasSuffix("; and 2 more") == true)
    }

    @Test func whatIsNotWholeStaysInParts() throws {
        let one = try #require(Shard(of: "a", 1, of: 2))
        let two = try #require(Shard(of: "b", 2, of: 2))
        let reports = [one, two].map { (CheckReport(name: $0.name, outcome: .passed), Optional($0)) }
        #expect(CheckReport.gathered(reports).map(\.name) == ["a 1/2", "b 2/2"])
        #expect(CheckReport.gathered([reports[0]]).map(\.name) == ["a 1/2"])
        #expect(CheckReport.gathered([]).isEmpty)
    }
}
