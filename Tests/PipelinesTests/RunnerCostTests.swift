import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

/// What is said of groups that are one for all runs, and of machines of one's own.
struct RunnerCostTests {
    private func findings(_ text: String) throws -> [Finding] {
        try Analysis(AnalysisRequest(path: "ci.yml", bytes: Array(text.utf8))).findings
    }

    private func workflow(_ concurrency: String, on: String = "pull_request", job: String = "") -> String {
        """
        on: \(on)
        permissions: {}
        \(concurrency)
        jobs:
          a:
            runs-on: ubuntu-24.04
            timeout-minutes: 5
            \(job)
            steps:
              - run: true

        """
    }

    @Test(arguments: ["ci", "${{ github.workflow }}", "x-${{github.repository}}-y"])
    func aGroupThatIsOneForAllIsTold(name: String) throws {
        func said(_ text: String) throws -> [String] {
            try findings(text).filter { $0.rule == .concurrency }.map(\.message)
        }
        let cancels = try said(workflow("concurrency:\n  group: \(name)\n  cancel-in-progress: true"))
        #expect(cancels.count == 1 && cancels[0].contains("ends that of another"), "\(cancels)")
        let waits = try said(workflow("concurrency: \(name)"))
        #expect(waits.count == 1 && waits[0].contains("all but the newest are ended"), "\(waits)")
        let inner = try said(
            workflow("concurrency: a-${{ github.ref }}", job: "concurrency: \(name)"))
        #expect(inner.count == 1 && inner[0].contains("of 'a'"), "\(inner)")
        // For deployments that is the way: one at a time, and none is ended.
        #expect(try said(workflow("concurrency: \(name)", on: "workflow_dispatch")).isEmpty)
        #expect(try said(workflow("concurrency: a-${{ github.ref }}", job: "if: x\n    concurrency: \(name)")).isEmpty)
        #expect(try said(workflow("concurrency: \(name)-${{ github.head_ref || github.run_id }}")).isEmpty)
    }

    @Test func copiesThatTakeTurnsAreBilledOnce() throws {
        let text = """
            on: push
            permissions: {}
            jobs:
              a:
                runs-on: ubuntu-24.04
                timeout-minutes: 5
                strategy: {max-parallel: 1, matrix: {n: [1, 2, 3]}}
                steps: [{run: make}]

            """
        let graph = try Analysis(AnalysisRequest(path: "ci.yml", bytes: Array(text.utf8))).graph
        #expect(graph.seconds == 3 * 95 && graph.cost.minutes == 3 * 2)
    }

    @Test func nobodyBillsAMachineOfOnesOwn() async throws {
        let mixed = """
            on: push
            permissions: {}
            jobs:
              here: {runs-on: [self-hosted, linux], timeout-minutes: 5, steps: [{run: make}]}
              there: {runs-on: ubuntu-24.04, timeout-minutes: 5, steps: [{run: make}]}

            """
        let cost = try Analysis(AnalysisRequest(path: "ci.yml", bytes: Array(mixed.utf8))).graph.cost
        #expect(cost.minutes == 2 && cost.own == 95 && cost.wasted == 25 && abs(cost.amount - 0.012) < 1e-9)
        try await TestRepository.with { repository in
            let path = ".github/workflows/ci.yml"
            try await repository.commit("one", files: [path: mixed])
            let both = try await repository.run("git-validate", ["ci", "analyze"]).output
            #expect(both.contains("2 started minutes, of which 25 s are rounding"), "\(both)")
            #expect(both.contains("and ~1 m 35 s on machines of your own, which nobody bills"), "\(both)")
            try repository.write(path, mixed.replacing("ubuntu-24.04", with: "self-hosted"))
            let own = try await repository.run("git-validate", ["ci", "analyze"]).output
            #expect(own.contains("cost           ~3 m 10 s on machines of your own") && !own.contains("USD"), "\(own)")
        }
    }

    @Test func checksWithoutTimesAreNamed() async throws {
        try await TestRepository.with { repository in
            let checks = "[check \"a\"]\nrun = true\n[check \"b c\"]\nrun = true\nlabel = perf\ntier = complete\n"
            try await repository.commit("one", files: [".gitpatch": checks])
            #expect(try await repository.run("git-validate", []).succeeded)
            let result = try await repository.run("git-validate", ["ci", "generate", "--measure"])
            #expect(result.errorOutput.contains("no time is known of 'b c'\n"), "\(result)")
            let next = "git validate --check 'b c' && git validate ci generate --measure"
            #expect(result.errorOutput.contains("hint: run what lacks one, then plan anew: \(next)"), "\(result)")
            let json = try await repository.run("git-validate", ["ci", "generate", "--json"]).output
            #expect(json.contains("\"unmeasured\":[\"b c\"]"), "\(json)")
            #expect(try await repository.run("git-validate", ["--check", "b c"]).succeeded)
            let after = try await repository.run("git-validate", ["ci", "generate", "--measure"])
            #expect(!after.errorOutput.contains("no time is known"), "\(after)")
        }
    }

    @Test func aGeneratedFileIsJudgedByTheTimesItWasPlannedWith() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": "[check \"u\"]\nrun = make test\n"])
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            let file = ".github/workflows/validate.yml"
            let made = try #require(repository.read(file))
            let times = "\"measured\":{\"u\":[700,900]}"
            try repository.write(file, made.replacing("\"measured\":{}", with: times))
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            let result = try await repository.run("git-validate", ["ci", "analyze"])
            #expect(result.output.contains(/\* +u +12 s +~11 m [5-9]/) || result.output.contains("~12 m"), "\(result)")
        }
    }

    @Test func runnersOfOthersAreNotPricedAsTheForges() async throws {
        #expect(Prices.kind(of: ["ubuntu-24.04"]) == .linux && Prices.kind(of: ["macos-15-xlarge"]) == .macOS)
        #expect(Prices.kind(of: ["rented-ubuntu-24.04-16"]) == .unknown)
        #expect(Prices.kind(of: ["${{ inputs.runner }}"]) == .unknown)
        #expect(Prices.kind(of: ["self-hosted", "ubuntu"]) == .ownMachine)
        try await TestRepository.with { repository in
            let text =
                "on: push\npermissions: {}\njobs:\n  a: {runs-on: rented-ubuntu-24.04, timeout-minutes: 5, steps: [{run: make}]}\n"
            try await repository.commit("one", files: [".github/workflows/ci.yml": text])
            let result = try await repository.run("git-validate", ["ci", "analyze"])
            #expect(result.output.contains("; 1 runner of unknown kind counted as linux"), "\(result)")
        }
    }
}
