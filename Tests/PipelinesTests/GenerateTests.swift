import Foundation
import GitValues
import Settings
import SuiteTestSupport
import Testing

@testable import Pipelines

/// A repository with these checks; `git validate ci generate` has been typed.
private func withPipeline(
    _ checks: String, _ arguments: [String] = [], files: [String: String] = [:],
    _ body: (TestRepository, CommandResult) async throws -> Void
) async throws {
    try await TestRepository.with { repository in
        try await repository.commit("one", files: files.merging([".gitpatch": checks]) { $1 })
        let result = try await repository.run("git-validate", ["ci", "generate"] + arguments)
        try await body(repository, result)
    }
}

private let workflow = ".github/workflows/validate.yml"

struct GenerateTests {
    static let mixed = """
        [check "lint"]
            run = "echo lint; test -f a.txt"
            tier = quick
        [check "build"]
            run = mkdir -p out && echo built > out/b
            cacheDir = out
            tool = git --version
        [check "unit"]
            run = cat out/b
            needs = build
            path = src/**
        [check "odd 'name' | ${{ x }} <&>"]
            run = "echo '${{ no expression }}' \\"quoted\\" # comment"
            path = *.md
        [check "slow"]
            run = true
            tier = complete
            isolated = true
            needs = lint
        [check "perf"]
            run = echo perf
            label = perf
            artifact = out

        """

    @Test func theSameChecksGiveTheSameFile() async throws {
        try await withPipeline(Self.mixed) { repository, result in
            #expect(result.succeeded, "\(result)")
            let first = try #require(repository.read(workflow))
            #expect(try await repository.run("git-validate", ["ci", "generate", "--check"]).succeeded)
            let again = try await repository.run("git-validate", ["ci", "generate"])
            #expect(again.output.contains("up to date"))
            #expect(repository.read(workflow) == first)
            // Another machine, with another history, makes the same file.
            #expect(try await repository.run("git-validate", ["--no-cache"]).exitCode <= 1)
            #expect(try await repository.run("git-validate", ["ci", "generate", "--check"]).succeeded)
            try repository.write(".gitpatch", Self.mixed + "[check \"new\"]\nrun = true\n")
            let stale = try await repository.run("git-validate", ["ci", "generate", "--check"])
            #expect(stale.exitCode == 1 && stale.errorOutput.contains("git validate ci generate"))
            #expect(repository.read(workflow) == first, "--check writes nothing")
        }
    }

    @Test func measuredTimesAreKeptInTheFile() async throws {
        try await withPipeline("[check \"a\"]\nrun = true\n[check \"b\"]\nrun = true\n") { repository, _ in
            #expect(repository.read(workflow)?.contains("needs: [changes, a, b]") == true)
            _ = try await repository.run("git-validate", [])
            let unmeasured = try await repository.run("git-validate", ["ci", "generate"])
            #expect(unmeasured.output.contains("up to date"), "history alone changes nothing")
            #expect(try await repository.run("git-validate", ["ci", "generate", "--measure"]).succeeded)
            let text = try #require(repository.read(workflow))
            #expect(text.contains("needs: [changes, a-b]"), "two checks of a moment share a job")
            #expect(text.contains(#""measured":{"a":[1,1],"b":[1,1]}"#))
        }
    }

    @Test func textOfTheUserStays() async throws {
        try await withPipeline(Self.mixed) { repository, _ in
            let text = try #require(repository.read(workflow))
            let mine = "      - name: Mine\n        run: echo mine\n"
            let edited = text.replacing("      # keep-end lint\n", with: mine + "      # keep-end lint\n")
            try repository.write(workflow, edited)
            try repository.write(".gitpatch", Self.mixed + "[check \"new\"]\nrun = true\n")
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            let after = try #require(repository.read(workflow))
            #expect(after.contains(mine) && after.contains("\n  new:\n"))
            // Nothing the user wrote goes away with the check it belonged to.
            try repository.write(".gitpatch", "[check \"other\"]\nrun = true\n")
            let lost = try await repository.run("git-validate", ["ci", "generate"])
            #expect(lost.exitCode == 1 && lost.errorOutput.contains("lint"))
            #expect(repository.read(workflow) == after)
        }
    }

    @Test func aFileOfSomebodyElseIsNotReplaced() async throws {
        try await TestRepository.with { repository in
            try await repository.commit(
                "one", files: [".gitpatch": "[check \"a\"]\nrun = true\n", workflow: "name: mine\n"])
            let result = try await repository.run("git-validate", ["ci", "generate"])
            #expect(result.exitCode == 1 && result.errorOutput.contains("was not made by this command"))
            #expect(repository.read(workflow) == "name: mine\n")
            let shown = try await repository.run("git-validate", ["ci", "generate", "--stdout"])
            #expect(shown.succeeded && shown.output.contains("gate:"))
            try repository.write(".gitpatch", "")
            #expect(try await repository.run("git-validate", ["ci", "generate"]).exitCode == 78)
        }
    }

    @Test func onlyDataAndGatesMakeJobsWait() throws {
        let settings = try Settings.committedOnly(CommittedFile(bytes: Array(Self.mixed.utf8)))
        let terms = PipelinePlan.Terms(settings: settings, target: "main", exists: { _ in false })
        let plan = PipelinePlan(settings.checks, terms: terms, measured: [:])
        #expect(plan.jobs.map(\.id) == ["lint", "build-unit", "odd-name-x", "slow", "perf"])
        #expect(plan.jobs.map(\.needs) == [[], [], [], ["lint"], []])
        #expect(plan.jobs.allSatisfy { (5...360).contains($0.timeout) })
    }

    @Test func noJobWaitsForItself() throws {
        func jobs(_ text: String) throws -> [PipelinePlan.Job] {
            let settings = try Settings.committedOnly(CommittedFile(bytes: Array(text.utf8)))
            let terms = PipelinePlan.Terms(settings: settings, target: "main", exists: { _ in false })
            return PipelinePlan(settings.checks, terms: terms, measured: [:]).jobs
        }
        func check(_ name: String, _ lines: String...) -> String {
            "[check \"\(name)\"]\nrun = x\n" + lines.map { $0 + "\n" }.joined()
        }
        let alone = check("alone", "needs = build", "isolated") + check("after", "needs = build", "needs = alone")
        let plain = try jobs(check("build") + alone + check("last", "needs = after"))
        #expect(plain.map { $0.checks.map(\.name) } == [["build"], ["alone"], ["build", "after", "last"]])
        #expect(plain.map(\.needs) == [[], ["build"], ["alone"]])
        #expect(plain.map(\.own) == [["build"], ["alone"], ["after", "last"]])
        let split = try jobs(check("build") + alone.replacing("isolated", with: "isolated\nshards = 2"))
        let three = check("build") + check("alone", "needs = build", "isolated")
        let unit = try jobs(three + check("unit", "needs = build", "needs = alone", "shards = 3"))
        #expect(unit.map(\.id) == ["build", "alone", "unit"] && unit.map(\.shards) == [1, 1, 3])
        #expect(unit.map(\.needs) == [[], ["build"], ["alone"]])
        #expect(split.map(\.id) == ["build", "alone", "after"] && split.map(\.needs) == [[], ["build"], ["alone"]])
    }

    @Test func shortChecksShareAJobOnlyWhileThatIsCheaperAndNoSlower() throws {
        var checks: [CheckDefinition] = []
        var times: [String: MeasuredTime] = [:]
        for (name, seconds) in [("long", 90.0), ("a", 10), ("b", 10), ("c", 10), ("d", 80), ("unknown", -1)] {
            checks.append(CheckDefinition(name: name, run: "true"))
            if seconds > 0 { times[name] = MeasuredTime(median: seconds, high: seconds) }
        }
        let settings = try Settings.committedOnly(CommittedFile(bytes: []))
        var terms = PipelinePlan.Terms(settings: settings, target: "main", exists: { _ in false })
        let plan = PipelinePlan(checks, terms: terms, measured: times)
        #expect(plan.jobs.map { $0.checks.map(\.name) } == [["long"], ["a", "b", "c"], ["d"], ["unknown"]])
        #expect(plan.minutes(of: .standard) == nil, "a job that was never measured costs nobody knows what")
        terms.isBilled = false
        #expect(PipelinePlan(checks, terms: terms, measured: times).jobs.count == 6)
    }

    @Test func aShortCheckIsNotHeldUpByAGate() throws {
        var checks = ["slow", "lint", "after"].map { CheckDefinition(name: $0, run: "true") }
        checks[0].isolated = true
        checks[2].needs = ["slow"]
        let settings = try Settings.committedOnly(CommittedFile(bytes: []))
        let terms = PipelinePlan.Terms(settings: settings, target: "main", exists: { _ in false })
        let times = ["slow": 90.0, "lint": 5, "after": 5].mapValues { MeasuredTime(median: $0, high: $0) }
        let jobs = PipelinePlan(checks, terms: terms, measured: times).jobs
        #expect(jobs.map(\.id) == ["slow", "lint", "after"] && jobs.map(\.needs) == [[], [], ["slow"]])
    }

    @Test func jobsArePutTogetherToStayWithinTheBudget() throws {
        var checks: [CheckDefinition] = []
        var times: [String: MeasuredTime] = [:]
        for (name, seconds) in [("a", 90.0), ("b", 90), ("c", 70), ("docs", 90)] {
            var check = CheckDefinition(name: name, run: "true")
            if name == "docs" { check.paths = [try PathPattern("docs/**")] }
            checks.append(check)
            times[name] = MeasuredTime(median: seconds, high: seconds)
        }
        let settings = try Settings.committedOnly(CommittedFile(bytes: []))
        var terms = PipelinePlan.Terms(settings: settings, target: "main", exists: { _ in false })
        func groups() -> [[String]] {
            PipelinePlan(checks, terms: terms, measured: times).jobs.map { $0.checks.map(\.name) }
        }
        // Two minutes each, and two small jobs: ten started minutes at 0.006.
        #expect(groups() == [["a"], ["b"], ["c"], ["docs"]])
        let cost = try #require(PipelinePlan(checks, terms: terms, measured: times).cost(of: .complete))
        #expect(abs(cost - 0.06) < 1e-9)
        terms.maxCost = 0.06
        #expect(groups().count == 4, "what is within the budget stays as fast as it is")
        terms.maxCost = 0.0545
        #expect(groups() == [["a", "c"], ["b"], ["docs"]], "the pair that takes least")
        terms.maxCost = 0.001
        #expect(groups() == [["a", "c"], ["b"], ["docs"]], "nothing is slower for nothing, and occasions stay apart")
        let request = GenerateRequest(checks: checks, terms: terms, forge: .github, history: times)
        let error =
            #expect(throws: GenerateProblem.self) { try generatePipeline(request) }
        #expect(
            error?.description.contains("0.054 USD, over ci.maxCost = 0.001 USD") == true,
            "\(String(describing: error))")
        terms.isBilled = false
        #expect(groups().count == 4, "what costs nothing is within any budget")
    }

    @Test func pathspecsMatchWhatPatternsMatch() async throws {
        try await TestRepository.with { repository in
            let files = ["a.md", "docs/b.md", "docs/x/c.txt", "src/d.c", "x", "src/x/y", "deep/docs/z"]
            try await repository.commit("one", files: Dictionary(uniqueKeysWithValues: files.map { ($0, "1") }))
            for text in ["*.md", "docs/", "docs/**", "src/*.c", "x", "/x", "**/y", "docs/x", "a?md", "[ab].md"] {
                let pattern = try PathPattern(text)
                let listed = try await repository.git(["ls-files", "--"] + Quoting.pathspecs(text)).split(
                    separator: "\n")
                #expect(listed.map(String.init) == files.filter { pattern.matches($0) }.sorted(), "\(text)")
            }
        }
    }

    @Test func gitLabAndGiteaFilesComeFromTheSamePlan() async throws {
        let checks = Self.mixed + "[ci]\nimage = debian:12\nsetup = \"make: deps\"\n"
        try await withPipeline(checks, ["--forge", "gitlab"]) { repository, result in
            #expect(result.succeeded, "\(result)")
            let text = try #require(repository.read(".gitlab-ci.yml"))
            let file = try YAMLReader.read(Array(text.utf8), path: "x")
            let jobs = ["lint", "build-unit", "odd-name-x", "slow", "perf"]
            #expect(jobs.allSatisfy { file[$0]?["script"] != nil && file[$0]?["timeout"]?.text != nil })
            #expect(file["slow"]?["needs"]?.items.first?["job"]?.text == "lint")
            #expect(file["build-unit"]?["needs"]?.items.isEmpty == true)
            let script = file["lint"]?["script"]?.items.compactMap(\.text) ?? []
            #expect(script.filter { $0.contains("; if sh -c 'echo lint; test -f a.txt'; then ") }.count == 1)
            #expect(file["lint"]?["before_script"]?.items.first?.text == "make: deps")
            #expect(file["odd-name-x"]?["rules"]?.items.first?["changes"]?.items.first?.text == "**/*.md")
            let gitea = try await repository.run("git-validate", ["ci", "generate", "--forge", "gitea"])
            #expect(gitea.succeeded)
            #expect(repository.read(".gitea/workflows/validate.yml")?.contains("  merge_group:") == false)
        }
    }

    /// As a run refuses it; left out, a check would meet a machine that lacks what it needs.
    @Test(arguments: [
        ("deps", "path = deps\nsetup = make", "", ""),
        ("depz", "path = deps\nsetup = make", "environment 'depz' is not defined", "defined are: deps"),
        ("deps", "path = deps", "environment 'deps' has no 'setup'", "setup = "),
    ])
    func anEnvironmentThatCannotBeMadeIsRefused(name: String, lines: String, error: String, hint: String) async throws {
        let checks = "[environment \"deps\"]\n\(lines)\n[check \"a\"]\nrun = true\nenvironment = \(name)\n"
        try await withPipeline(checks) { repository, result in
            #expect(result.succeeded == error.isEmpty, "\(result)")
            #expect(error.isEmpty || result.errorOutput.contains(error), "\(result)")
            #expect(error.isEmpty || result.errorOutput.contains(hint), "\(result)")
            #expect((repository.read(".github/workflows/validate.yml") != nil) == error.isEmpty)
        }
    }

    /// A shell that lacks the program goes on, and the check has passed without a test.
    @Test(arguments: ["", "[ci]\ninstall = true\n"])
    func aJobThatLacksTheValidatorIsToldOf(install: String) async throws {
        let line = #"for t in $(ls | git validate split); do sh \"$t\"; done"#
        let checks = "[check \"unit\"]\nrun = \"\(line)\"\nshards = 2\n" + install
        try await withPipeline(checks) { repository, result in
            let isTold = result.errorOutput.contains("warning: 'unit' calls git validate, which jobs have only with")
            #expect(result.succeeded && isTold == install.isEmpty, "\(result)")
            let json = try await repository.run("git-validate", ["ci", "generate", "--json"])
            #expect(json.output.contains("\"lacking\":[\"unit\"]") == install.isEmpty, "\(json)")
        }
    }

    @Test func aCheckOfTheFileSaysOneLine() async throws {
        try await withPipeline("[check \"a\"]\nrun = true\n") { repository, result in
            #expect(result.errorOutput.contains("no time is known of 'a'"))
            let again = try await repository.run("git-validate", ["ci", "generate", "--check"])
            #expect(again.output == ".github/workflows/validate.yml: up to date\n" && again.errorOutput == "")
        }
    }
}
