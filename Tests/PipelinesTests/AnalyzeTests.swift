import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

private func analysis(_ text: String, files: [String: String] = [:], times: RunTimes = RunTimes()) throws -> Analysis {
    try Analysis(
        AnalysisRequest(path: "ci.yml", bytes: Array(text.utf8), times: times, checkLines: ["swift test"]) { path in
            files[path].map { Array($0.utf8) }
        })
}

struct AnalyzeTests {
    static let careless = """
        name: ci
        on:
          push:
            branches: [main]
          pull_request:
            paths: [src/**]
        jobs:
          lint:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v3
                with:
                  fetch-depth: 0
              - run: eslint .
          test:
            runs-on: ${{ matrix.os }}
            needs: lint
            strategy:
              fail-fast: false
              max-parallel: 1
              matrix:
                os: [ubuntu-24.04, macos-15, windows-2025]
            steps:
              - uses: some/action@main
              - uses: actions/cache@v4
                with:
                  path: deps
                  key: deps
              - uses: actions/cache@v5
                with:
                  path: x
                  key: x-${{ runner.os }}-${{ hashFiles('x.lock') }}
                  restore-keys: |
                    x-${{ runner.os }}-
                    other-
              - run: npm ci
              - run: swift test && npm test
              - run: echo "${{ github.event.pull_request.title }}"
          build:
            runs-on: ubuntu-24.04
            needs:
              - lint
              - test
            steps:
              - run: make build
              - uses: actions/upload-artifact@v4
                with: {name: out, path: out}
          smoke:
            runs-on: ubuntu-24.04
            needs: [build]
            timeout-minutes: 5
            steps:
              - uses: actions/download-artifact@v4
              - run: ./out
          done:
            runs-on: ubuntu-24.04
            if: always()
            needs: [smoke, test]
            steps:
              - run: echo done
          call:
            uses: ./.github/workflows/inner.yml
            secrets: inherit

        """

    /// The jobs of one run, as the forge tells them.
    private static let runs = {
        let ends = ["lint": "00:01", "test": "00:15", "build": "00:04", "smoke": "00:02", "done": "00:01"]
        let jobs = ends.map { name, end in
            #"{"name": "\#(name)", "conclusion": "success", "started_at": "2026-01-01T00:00:00Z", "completed_at": "2026-01-01T\#(end):00Z"}"#
        }
        return "{\"jobs\": [\(jobs.joined(separator: ", "))]}"
    }()

    @Test func everyRuleFindsWhatItIsFor() throws {
        let found = try analysis(Self.careless)
        func lines(_ rule: Rule) -> [Int] { found.findings.filter { $0.rule == rule }.map(\.line) }
        #expect(lines(.cheapGate) == [17], "test waits for lint; build would not start earlier without it")
        #expect(lines(.needlessNeed) == [42, 43], "build takes nothing from lint and test")
        #expect(lines(.noTimeout) == [8, 15, 39, 55])
        #expect(lines(.concurrency) == [2])
        #expect(lines(.filteredWorkflow) == [6])
        #expect(lines(.looseGate) == [57])
        #expect(lines(.cacheKey) == [28, 33])
        #expect(lines(.cacheFromPullRequest) == [32])
        #expect(lines(.wholeHistory) == [13])
        #expect(lines(.matrix) == [19, 20])
        #expect(lines(.dearPlatform) == [18])
        #expect(lines(.permissions) == [7])
        #expect(lines(.unpinned).contains(24) && lines(.unpinned).count == 6)
        #expect(lines(.injection) == [38])
        #expect(lines(.dangerousTrigger) == [63])
        #expect(lines(.oldAction) == [11, 25, 46, 53])
        #expect(lines(.movingImage) == [9])
        #expect(lines(.secondTruth) == [37] && lines(.unpublished) == [37])
        #expect(!found.findings.contains { $0.message.contains("'smoke' waits") }, "an artifact is a reason to wait")
        #expect(found.graph.seconds > found.secondsWithoutNeedlessWaits)
    }

    @Test func fixesApplyAndNothingToFixIsLeft() async throws {
        try await TestRepository.with { repository in
            let path = ".github/workflows/ci.yml"
            // What an unknown action leaves behind nobody knows; such a wait is told only.
            let known = Self.careless.replacing("some/action@main", with: "actions/setup-node@main")
            try await repository.commit(
                "one", files: [path: known, ".gitpatch": "[check \"a\"]\nrun = true\n"])
            // How long is enough for a job, only recorded runs tell.
            let guessed = try await repository.run("git-validate", ["ci", "analyze", "--fix"])
            #expect(guessed.succeeded && !guessed.output.contains("timeout-minutes"), "\(guessed)")
            try repository.write("runs.json", Self.runs)
            let patch = try await repository.run("git-validate", ["ci", "analyze", "--fix", "--history", "runs.json"])
            #expect(patch.succeeded, "\(patch)")
            try await repository.git(["apply", "-"], input: patch.output)
            let fixed = try #require(repository.read(path))
            let times = try RunTimes(Self.runs, path: "runs.json")
            let again = try Analysis(AnalysisRequest(path: path, bytes: Array(fixed.utf8), times: times))
            #expect(again.patch == "", "\(again.patch)")
            #expect(again.workflow.job("build")?.needs == [] && again.workflow.job("smoke")?.needs == ["build"])
            #expect(again.workflow.jobs.filter { $0.calls == nil }.allSatisfy { $0.node["timeout-minutes"] != nil })
            #expect(!again.findings.contains { [.needlessNeed, .cheapGate, .noTimeout].contains($0.rule) })
            #expect(
                abs(again.graph.seconds - (try analysis(Self.careless, times: times)).secondsWithoutNeedlessWaits)
                    < 0.01)
            #expect(fixed.contains("timeout-minutes: 45"), "three times 15 minutes")
        }
    }

    @Test func generatedWorkflowsAreFoundGood() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": GenerateTests.mixed])
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            let result = try await repository.run("git-validate", ["ci", "analyze", "--json"])
            let document = try JSONDecoder().decode(Document.self, from: Data(result.outputBytes))
            let file = try #require(document.files.first)
            #expect(file.findings.filter { $0.level != "note" }.isEmpty, "\(file.findings)")
            #expect(file.criticalPath.first == "changes" && file.criticalPath.last == "gate")
            let sarif = try await repository.run("git-validate", ["ci", "analyze", "--sarif"])
            let log = try #require(try JSONSerialization.jsonObject(with: Data(sarif.outputBytes)) as? [String: Any])
            #expect(log["version"] as? String == "2.1.0")
        }
    }

    struct Document: Decodable {
        struct Item: Decodable {
            var rule: String
            var level: String
            var line: Int
            var message: String
        }
        struct File: Decodable {
            var seconds: Double
            var secondsWithoutNeedlessWaits: Double
            var criticalPath: [String]
            var findings: [Item]
        }
        var files: [File]
    }

    @Test(arguments: [
        ("os: [a, b]\nv: [1, 2]\n", 4), ("os: [a, b]\nv: [1, 2]\nexclude: [{os: a, v: 1}]\n", 3),
        ("os: [a, b]\ninclude: [{os: a, extra: x}, {os: c}]\n", 3), ("include: [{a: 1}, {a: 2}]\n", 2),
        ("os: ${{ fromJSON(x) }}\n", 1), ("t: [{a: 1, b: 2}, {a: 2, b: 3}]\nexclude: [{t: {a: 1, b: 2}}]\n", 1),
        ("os: [a, b]\ninclude: [{extra: x}]\n", 2), ("os: []\n", 1),
    ])
    func matricesHaveTheCopiesTheForgeMakes(text: String, copies: Int) throws {
        let lines = text.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        let node = try YAMLReader.read(Array(("matrix:\n" + lines + "\n").utf8), path: "x")
        #expect(Matrix(node).copies.count == copies)
    }

    @Test func calledWorkflowsAndCompositeActionsAreLookedInto() throws {
        let outer = """
            on: push
            jobs:
              first: {runs-on: ubuntu-24.04, steps: [{run: sleep 1}]}
              call: {needs: first, uses: ./.github/workflows/inner.yml}
              last: {needs: call, runs-on: ubuntu-24.04, steps: [{uses: ./tools/act}]}

            """
        let inner = """
            on: workflow_call
            jobs:
              a: {runs-on: ubuntu-24.04, steps: [{run: echo}]}
              b: {needs: a, runs-on: macos-15, steps: [{run: echo}]}

            """
        let action = "runs: {using: composite, steps: [{run: make test, shell: bash}, {uses: ./tools/act}]}\n"
        let found = try analysis(
            outer, files: [".github/workflows/inner.yml": inner, "tools/act/action.yml": action])
        #expect(found.graph.nodes.map(\.name) == ["first", "call / a", "call / b", "last"])
        #expect(found.graph.criticalPath == ["first", "call / a", "call / b", "last"])
        #expect(found.graph.nodes[2].runners == [.macOS])
        #expect(found.graph.nodes[3].seconds > 100, "the steps of the action count, a circle ends")
    }

    @Test func slackAndCostAreWhatTheyAre() throws {
        let text = """
            on: push
            jobs:
              a: {runs-on: ubuntu-24.04, steps: [{run: x}]}
              b: {runs-on: windows-2025, needs: a, steps: [{run: x}]}
              c: {runs-on: ubuntu-24.04, needs: a, steps: [{run: x}]}

            """
        let export = """
            {"jobs": [
             {"name": "a", "started_at": "2026-01-01T00:00:00Z", "completed_at": "2026-01-01T00:00:30Z", "steps": []},
             {"name": "b", "started_at": "2026-01-01T00:00:30Z", "completed_at": "2026-01-01T00:02:00Z"},
             {"name": "c", "started_at": "2026-01-01T00:00:30Z", "completed_at": "2026-01-01T00:01:00Z"}]}
            """
        let graph = try analysis(text, times: try RunTimes(export, path: "x")).graph
        #expect(graph.seconds == 120 && graph.criticalPath == ["a", "b"])
        #expect(graph.slack() == ["a": 0, "b": 0, "c": 60])
        #expect(graph.cost.minutes == 4 && abs(graph.cost.amount - (2 * 0.006 + 2 * 0.010)) < 1e-9)
        #expect(graph.cost.wasted == 30 + 30 + 30)
        #expect(throws: HistoryProblem.self) { try RunTimes("nothing", path: "x") }
    }

    /// Whatever a text is made of, it is analysed or refused.
    @Test func brokenTextsNeverCrash() throws {
        let count = ProcessInfo.processInfo.environment["GITPATCH_LONG"] == nil ? 300 : 20_000
        for seed in 0..<count {
            var random = SeededGenerator(UInt64(seed))
            var lines = Self.careless.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0..<lines.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: lines.remove(at: index)
                case 1: lines.insert(lines.randomElement(using: &random) ?? "", at: index)
                case 2: lines[index] = String(lines[index].dropFirst(2))
                case 3:
                    lines[index] +=
                        [" []", ": {}", " &a", " *a", " ${{", "needs: [done]"].randomElement(using: &random) ?? ""
                default: lines[index] = String(lines[index].prefix(Int.random(in: 0...20, using: &random)))
                }
                if lines.isEmpty { lines = [""] }
            }
            _ = try? analysis(lines.joined(separator: "\n"))
        }
    }
}
