import GitValues
import Settings
import Store
import SuiteTestSupport
import Testing

@testable import Pipelines

private let gigabyte: Int64 = 1 << 30

/// Which runner is enough, from what runs used.
struct RunnerAdviceTests {
    private func advice(
        _ used: [String: CheckUsage], _ text: String = "[check \"a\"]\nrun = x\n", processors: Int = 64
    ) throws -> [RunnerAdvice] {
        let settings = try Settings.committedOnly(CommittedFile(bytes: Array(text.utf8)))
        let terms = PipelinePlan.Terms(settings: settings, target: "main", exists: { _ in false })
        let plan = PipelinePlan(settings.checks, terms: terms, measured: [:])
        return RunnerAdvice.all(for: plan, usage: used, runsPerMonth: 100, processors: processors)
    }

    private func usage(_ seconds: Double, _ cores: Double, gigabytes: Double = 0.5) -> CheckUsage {
        CheckUsage(runs: 3, seconds: seconds, cores: cores, memory: Int64(gigabytes * Double(gigabyte)))
    }

    private func best(_ usage: CheckUsage, on platform: String = "ubuntu-24.04") throws -> Prices.Kind? {
        let text = "[ci]\nplatform = \(platform)\n[check \"a\"]\nrun = x\n"
        return try advice(["a": usage], text).first?.best?.kind
    }

    @Test func theCheapestThatIsNoSlowerIsEnough() throws {
        #expect(try best(usage(100, 0.9)) == .linuxSlim, "one core is all it uses")
        #expect(try best(usage(100, 1.04)) == .linuxSlim, "the scatter of times is larger")
        #expect(try best(usage(100, 1.5)) == .linux)
        #expect(try best(usage(100, 3.9)) == .linux4)
        #expect(try best(usage(100, 6)) == .linux8)
        #expect(try best(usage(100, 14)) == .linux16)
        #expect(try best(usage(100, 40)) == .linux16, "of those that are too small the quickest")
        #expect(try best(usage(100, 0)) == .linuxSlim)
    }

    @Test func memoryAndTimeRuleOut() throws {
        #expect(try best(usage(100, 0.9, gigabytes: 4.5)) == .linux, "the system needs a gigabyte itself")
        #expect(try best(usage(100, 0.9, gigabytes: 10)) == .linux4)
        #expect(try best(usage(100, 0.9, gigabytes: 80)) == nil)
        #expect(try best(usage(16 * 60, 0.9)) == .linux, "the small one ends jobs after 15 minutes")
        let item = try #require(try advice(["a": usage(100, 0.9, gigabytes: 10)]).first)
        #expect(item.lacksMemory && !item.fits)
    }

    @Test func theCostIsThatOfStartedMinutes() throws {
        let item = try #require(try advice(["a": usage(100, 4)]).first)
        // On two cores 200 seconds and 20 around them: four minutes; on four, two minutes.
        #expect(item.now.kind == .linux && item.now.seconds == 200 && abs(item.now.amount - 100 * 4 * 0.006) < 1e-9)
        let best = try #require(item.best)
        #expect(best.kind == .linux4 && best.seconds == 100 && abs(best.amount - 100 * 2 * 0.012) < 1e-9)
        #expect(item.cores == 4 && item.runs == 3 && !item.fits && !item.isBound)
        #expect(try advice(["a": usage(100, 1.9)], processors: 2).first?.isBound == true)
    }

    @Test func aJobIsTheSumOfItsChecksAndAPartAShare() throws {
        let chain = "[check \"a\"]\nrun = x\n[check \"b\"]\nrun = x\nneeds = a\n"
        let job = try #require(
            try advice(["a": usage(10, 8, gigabytes: 2), "b": usage(90, 1, gigabytes: 3)], chain).first)
        #expect(job.cores == 1.7 && job.memory == 3 * gigabyte, "one check at a time")
        let both = try #require(
            try advice(
                ["a": usage(10, 8, gigabytes: 2), "b": usage(90, 1, gigabytes: 3)], "[ci]\ninstall = x\n" + chain
            ).first)
        #expect(both.memory == 5 * gigabyte, "the validator runs what it can at once")
        let split = "[check \"a\"]\nrun = x\nshards = 4\n"
        let part = try #require(try advice(["a": usage(400, 1)], split).first)
        #expect(part.now.seconds == 100 && abs(part.now.amount - 100 * 4 * 2 * 0.006) < 1e-9)
    }

    @Test func nothingIsSaidOfWhatIsNotKnown() throws {
        let two = "[check \"a\"]\nrun = x\n[check \"b\"]\nrun = x\nneeds = a\n[check \"c\"]\nrun = x\n"
        #expect(try advice(["a": usage(100, 1), "c": usage(9, 1)], two).map(\.job) == ["c"], "b has no runs")
        for platform in ["windows-2025", "macos-15", "ubuntu-24.04-arm", "self-hosted", "big-box"] {
            #expect(try best(usage(100, 1), on: platform) == nil, "\(platform): there is nothing to choose")
        }
        #expect(try advice(["a": usage(100, 1)], "[ci]\nbilled = false\n[check \"a\"]\nrun = x\n").isEmpty)
        #expect(try advice([:]).isEmpty)
    }

    @Test func threePassesWithAllNumbersAreNeeded() throws {
        let tree = try #require(ObjectID(hex: String(repeating: "a", count: 40)))
        func run(_ seconds: Double, _ cpu: Double?, _ memory: Int64? = 7, _ outcome: String = "passed") -> TimingRecord
        {
            TimingRecord(
                check: "a", tree: tree, outcome: outcome, duration: seconds, cpu: cpu, memory: memory, recorded: .now())
        }
        #expect(CheckUsage([run(1, 1), run(1, 1)]) == nil)
        #expect(
            CheckUsage([
                run(1, 1), run(1, 1), run(1, nil), run(1, 1, nil), run(0, 1), run(1, 1, 7, "failed"),
                run(1, 1, 7, "cached"),
            ]) == nil)
        let usage = try #require(CheckUsage([run(1, 3), run(10, 10, 9), run(2, 1), run(2, 1, 8, "flaky")]))
        #expect(usage == CheckUsage(runs: 4, seconds: 2, cores: 1, memory: 9))
    }

    @Test func analyzeAdvisesOnceEachCheckHasRunThreeTimes() async throws {
        try await TestRepository.with { repository in
            let text = "[check \"a\"]\nrun = sleep 0.2\n[check \"b\"]\nrun = sleep 0.1\nneeds = a\n"
            try await repository.commit("one", files: [".gitpatch": text])
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            for _ in 0..<2 { #expect(try await repository.run("git-validate", ["--no-cache"]).succeeded) }
            let early = try await repository.run("git-validate", ["ci", "analyze"])
            #expect(early.succeeded && !early.output.contains("runners for the jobs"), "two runs say nothing")
            #expect(try await repository.run("git-validate", ["--no-cache"]).succeeded)
            let late = try await repository.run("git-validate", ["ci", "analyze", "--runs-per-month", "100"])
            let lines = late.output.split(separator: "\n").map(String.init)
            #expect(lines.contains { $0.hasPrefix("runners for the jobs of .gitpatch: from runs on this machine") })
            let row = try #require(lines.first { $0.contains("a-b ") && $0.contains("cores") })
            #expect(
                row.contains(" 3 ") && row.contains("0.60 USD") && row.contains("linux-slim")
                    && row.contains("0.20 USD"))
            let json = try await repository.run("git-validate", ["ci", "analyze", "--json"])
            #expect(json.output.contains("\"runner\":\"linux-slim\""))
            #expect(
                try await repository.run("git-validate", ["ci", "analyze", "--runs-per-month", "9223372036854775807"])
                    .exitCode == 64)
        }
    }
}
