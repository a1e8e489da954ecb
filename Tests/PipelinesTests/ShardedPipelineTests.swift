import Foundation
import GitValues
import Settings
import SuiteTestSupport
import Testing

@testable import Pipelines

private let file = ".github/workflows/validate.yml"

/// Checks that are split, as jobs of a pipeline.
struct ShardedPipelineTests {
    static let checks = """
        [check "build"]
            run = mkdir -p out && echo built > out/b
            cacheDir = out
        [check "unit"]
            run = "cat out/b && echo \\"part $GITPATCH_SHARD of $GITPATCH_SHARDS\\" | tee -a \\"$PARTS\\""
            needs = build
            shards = 3
            env = PARTS
        [check "odd ${{ x }}"]
            run = "echo '${{ x }}' \\"$GITPATCH_SHARD\\" >> \\"$PARTS\\""
            shards = 2
            tier = quick
            env = PARTS
        [check "after"]
            run = echo after
            needs = unit

        """

    private func plan(
        _ text: String, _ times: [String: Double] = [:], maxCost: Double? = nil, billed: Bool = true
    ) throws -> PipelinePlan {
        let settings = try Settings.committedOnly(CommittedFile(bytes: Array(text.utf8)))
        var terms = PipelinePlan.Terms(settings: settings, target: "main", exists: { _ in false })
        terms.maxCost = maxCost
        terms.isBilled = billed
        let measured = times.mapValues { MeasuredTime(median: $0, high: $0) }
        return PipelinePlan(settings.checks, terms: terms, measured: measured)
    }

    @Test func aSplitCheckHasAJobOfItsOwnAndIsAGate() throws {
        let plan = try plan(Self.checks)
        #expect(plan.jobs.map(\.id) == ["build-unit", "odd-x", "after"])
        #expect(plan.jobs.map(\.shards) == [3, 2, 1])
        #expect(plan.jobs.map(\.needs) == [[], [], ["build-unit"]], "after all parts")
        #expect(plan.jobs[0].checks.map(\.name) == ["build", "unit"])
    }

    @Test func whatOthersNeedTooIsJudgedByItself() throws {
        let more = Self.checks + "[check \"docs\"]\nrun = true\nneeds = build\n"
        let jobs = try plan(more).jobs
        #expect(jobs.map(\.id) == ["build-docs", "unit", "odd-x", "after"])
        let unit = try #require(jobs.first { $0.id == "unit" })
        #expect(unit.checks.map(\.name) == ["build", "unit"] && unit.own == ["unit"] && unit.needs == [])
        // Two that are split need one: each part makes it, and it has a job of its own.
        let two =
            "[check \"b\"]\nrun = x\n"
            + ["u", "v"].map { "[check \"\($0)\"]\nrun = x\nneeds = b\nshards = 2\n" }.joined()
        #expect(try plan(two).jobs.map { $0.checks.map(\.name) } == [["b"], ["b", "u"], ["b", "v"]])
        // One that runs on other occasions does not make the other start.
        let paths = "[check \"b\"]\nrun = x\n[check \"u\"]\nrun = x\nneeds = b\nshards = 2\npath = src/**\n"
        #expect(try plan(paths).jobs.map(\.id) == ["b", "u"])
        // Nothing is made for an isolated one.
        let alone = "[check \"b\"]\nrun = x\n[check \"u\"]\nrun = x\nneeds = b\nshards = 2\nisolated\n"
        #expect(try plan(alone).jobs.map(\.needs) == [[], ["b"]])
    }

    @Test func aPartTakesItsShareAndCostsARunner() throws {
        let text = "[check \"u\"]\nrun = x\nshards = 4\n"
        let four = try plan(text, ["u": 400])
        #expect(four.jobs.first?.expected == 100)
        #expect(four.minutes(of: .standard) == 2 + 4 * 2)
        let cost = try #require(four.cost(of: .complete))
        #expect(abs(cost - 10 * 0.006) < 1e-9)
        #expect(try plan(text, ["u": 400], billed: false).jobs.first?.shards == 4)
    }

    @Test func fewerPartsKeepTheBudget() throws {
        let text = "[check \"u\"]\nrun = x\nshards = 4\n"
        func shards(_ limit: Double) throws -> Int? { try plan(text, ["u": 100], maxCost: limit).jobs.first?.shards }
        // 45 seconds each with four (4 minutes), 54 with three (3), 70 with two (4), 120 with one (2); and two small jobs.
        #expect(try shards(0.036) == 4)
        #expect(try shards(0.0355) == 3, "the least delay that is enough")
        #expect(try shards(0.024) == 1, "two parts would not be cheaper")
        #expect(try shards(0.001) == 1, "and less there is not")
    }

    @Test func manyPlatformsLeaveRoomForFewerParts() throws {
        let platforms = (1...9).map { "platform = p\($0)\n" }.joined()
        let plan = try plan("[ci]\n\(platforms)[check \"u\"]\nrun = x\nshards = 64\n")
        #expect(plan.jobs.first?.shards == 28, "a matrix has 256 jobs at most")
    }

    @Test(
        .enabled(if: Oracles.zizmor != nil && Oracles.actionlint != nil), arguments: LinterTests.terms,
        ["portable", "modern"])
    func lintersFindNothing(terms: String, dialect: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks + terms])
            let result = try await repository.run("git-validate", ["ci", "generate", "--dialect", dialect])
            #expect(result.succeeded, "\(result)")
            #expect(try await repository.findings(file) == "")
            #expect(try await repository.run("git-validate", ["ci", "generate", "--check"]).succeeded)
        }
    }

    @Test(.enabled(if: Oracles.act != nil && Oracles.node != nil), arguments: ["", "[ci]\ninstall = true\n"])
    func actRunsEveryPartAndTheGateWaits(extra: String) async throws {
        try await TestRepository.with { plain in
            let repository = plain.with(environment: ["PARTS": plain.scratch.path + "/parts"])
            try await repository.commit("one", files: [".gitpatch": Self.checks + extra])
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            try await repository.commit("two")
            let run = try await ActRun.run("push", in: repository)
            #expect(run.exit == 0, "\(run.output)")
            let notes = try String(contentsOfFile: repository.scratch.path + "/parts", encoding: .utf8)
            let expected = ["${{ x }} 1", "${{ x }} 2"] + (1...3).map { "part \($0) of 3" }
            // A validator that is asked for `after` runs what that needs, where no shared cache knows of it.
            let lines = notes.split(separator: "\n").map(String.init)
            #expect(Set(lines) == Set(expected) && (lines.count == 5 || !extra.isEmpty), "\(lines)")
            #expect(run.happened("-build-unit", before: "+after") && run.happened("-after", before: "+gate"))
        }
    }

    @Test func theBudgetIsToldOf() async throws {
        let text = "[check \"u\"]\nrun = x\nshards = 4\n[ci]\nmaxCost = 0.03\n"
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": text])
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            let made = try #require(repository.read(file))
            #expect(made.contains("shard: [1, 2, 3, 4]"), "while nothing is measured nothing is taken away")
            try repository.write(file, made.replacing("\"measured\":{}", with: "\"measured\":{\"u\":[100,100]}"))
            let result = try await repository.run("git-validate", ["ci", "generate"])
            #expect(result.errorOutput.contains("u: 3 parts instead of 4: more would be over ci.maxCost"), "\(result)")
            #expect(repository.read(file)?.contains("shard: [1, 2, 3]") == true)
            let json = try await repository.run("git-validate", ["ci", "generate", "--json"])
            #expect(
                json.output.contains("\"shards\":3") && json.output.contains("\"wantedShards\":4"), "\(json.output)")
            // With one part there is no matrix, and the check is still told that it is all of it.
            try repository.write(".gitpatch", text.replacing("0.03", with: "0.024"))
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            let one = try #require(repository.read(file))
            #expect(
                !one.contains("matrix") && one.contains("GITPATCH_SHARD: \"1\"")
                    && one.contains("GITPATCH_SHARDS: \"1\""))
        }
    }

    /// GitLab collects the file of each job of `parallel`; the parts must hence all write it, and name themselves.
    @Test func eachPartLeavesAFileForTheForge() async throws {
        try await TestRepository.with { plain in
            let repository = plain.with(environment: ["PARTS": plain.scratch.path + "/parts"])
            try await repository.commit("one", files: [".gitpatch": Self.checks + "[ci]\ninstall = true\n"])
            let lab = try await repository.run("git-validate", ["ci", "generate", "--stdout", "--forge", "gitlab"])
            let job = try YAMLReader.read(Array(lab.output.utf8), path: "x")["build-unit"]
            let count = try #require(job?["parallel"]?.text.flatMap { Int($0) })
            #expect(job?["artifacts"]?["when"]?.text == "always")
            let file = try #require(job?["artifacts"]?["reports"]?["junit"]?.text)
            let script = (job?["script"]?.items ?? []).compactMap(\.text).joined(separator: "\n")
            var names: [String] = []
            for part in 1...count {
                let place = ["CI_NODE_INDEX": "\(part)", "CI_NODE_TOTAL": "\(count)"]
                let run = try await repository.with(environment: place).run("sh", ["-ec", script])
                #expect(run.succeeded, "\(run)")
                let report = try #require(repository.read(file), "\(run)")
                names += report.matches(of: /testcase [^>]*name="(unit[^"]*)"/).map { String($0.1) }
                try repository.remove(file)
            }
            #expect(names == (1...count).map { "unit \($0)/\(count)" }, "\(lab)")
        }
    }

    @Test func withTheValidatorAndOnOtherForgesAPartIsNamed() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks + "[ci]\ninstall = true\n"])
            let shown = try await repository.run("git-validate", ["ci", "generate", "--stdout"])
            #expect(shown.output.contains("git validate HEAD \"$@\" --shard \"$SHARD/3\" --junit"))
            #expect(
                shown.output.contains("SHARD: ${{ matrix.shard }}")
                    && shown.output.contains("report-build-unit-${{ matrix.shard }}"))
            let gitea = try await repository.run("git-validate", ["ci", "generate", "--stdout", "--forge", "gitea"])
            #expect(gitea.output.contains("shard: [1, 2, 3]"))
            let lab = try await repository.run("git-validate", ["ci", "generate", "--stdout", "--forge", "gitlab"])
            let tree = try YAMLReader.read(Array(lab.output.utf8), path: "x")
            #expect(tree["build-unit"]?["parallel"]?.text == "3" && tree["after"]?["parallel"] == nil)
            #expect(
                tree["build-unit"]?["script"]?.items.first?.text
                    == "git validate HEAD --check build --check unit --shard \"$CI_NODE_INDEX/$CI_NODE_TOTAL\" --junit junit.xml"
            )
            try repository.write(".gitpatch", Self.checks)
            let plain = try await repository.run("git-validate", ["ci", "generate", "--stdout", "--forge", "gitlab"])
            let lines = try YAMLReader.read(Array(plain.output.utf8), path: "x")["build-unit"]?["script"]?.items.map(
                \.text)
            let part = "GITPATCH_SHARD=\"$CI_NODE_INDEX\" GITPATCH_SHARDS=\"$CI_NODE_TOTAL\" sh -c "
            #expect(lines?.compactMap { $0 }.filter { $0.contains(part) }.count == 1, "one check of the job is split")
        }
    }
}
