import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

/// Variables that checks declare with `env` and that come from the forge.
struct ForgeVariableTests {
    private static let file = ".github/workflows/validate.yml"
    private static let checks = """
        [ci]
            secret = TOKEN
            secret = UNUSED
            variable = LEVEL
        [check "unit"]
            run = "echo \\"unit ${TOKEN-none} ${LEVEL-none}\\" >> \\"$NOTES\\""
            env = TOKEN
            env = LEV*
            env = NOTES
            env = HOME
        [check "odd ${{ x }}"]
            run = "echo 'odd ${{ x }}' ${TOKEN-none} ${LEVEL-none} >> $NOTES"
            env = LEVEL
            retries = 1
        [check "lint"]
            run = true
            isolated = true

        """

    @Test(
        .enabled(if: Oracles.zizmor != nil && Oracles.actionlint != nil), arguments: ["", "[ci]\ninstall = true\n"])
    func theyArePassedAndToldOf(extra: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks + extra])
            let made = try await repository.run("git-validate", ["ci", "generate"])
            #expect(made.succeeded, "\(made)")
            #expect(try await repository.findings(Self.file) == "")
            let text = try #require(repository.read(Self.file))
            let jobs = try #require(try YAMLReader.read(Array(text.utf8), path: "x")["jobs"])
            #expect(jobs["unit"]?["environment"]?.text == "validate")
            #expect(
                jobs["lint"]?["environment"] == nil && jobs["odd-x"]?["environment"] == nil, "only where one is used")
            let environments = (jobs["unit"]?["steps"]?.items ?? []).compactMap { $0["env"] }
            let given = try #require(environments.first { $0["TOKEN"] != nil })
            #expect(given["TOKEN"]?.text == "${{ secrets.TOKEN }}" && given["LEVEL"]?.text == "${{ vars.LEVEL }}")
            #expect(!text.contains("secrets.UNUSED"))
            for words in [
                "environment 'validate' first: gh api -X PUT repos/{owner}/{repo}/environments/validate",
                "TOKEN: a secret of environment 'validate' (gh secret set TOKEN --env validate); for unit",
                "LEVEL: a variable (gh variable set LEVEL); for unit, odd",
                "UNUSED: a secret of environment 'validate' (gh secret set UNUSED --env validate); no check declares it",
                "NOTES: not passed: name it under [ci] as 'secret' or 'variable'; for unit",
            ] {
                #expect(made.errorOutput.contains("  " + words), "\(made)")
                #expect(text.contains("#   " + words), "\(text.prefix(900))")
            }
            #expect(!made.errorOutput.contains("HOME") && !made.errorOutput.contains("LEV*"))
            #expect(try await repository.run("git-validate", ["ci", "generate", "--check"]).succeeded)
            let json = try await repository.run("git-validate", ["ci", "generate", "--json"]).output
            #expect(json.contains(#"{"checks":["unit"],"kind":"secret","name":"TOKEN"}"#), "\(json)")
        }
    }

    @Test(.enabled(if: Oracles.act != nil && Oracles.node != nil))
    func aCheckSeesThemAndSeesNoneThatTheForgeDoesNotGive() async throws {
        try await TestRepository.with { plain in
            let notes = plain.scratch.path + "/notes"
            let repository = plain.with(environment: ["NOTES": notes])
            try await repository.commit("one", files: [".gitpatch": Self.checks])
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            try await repository.commit("two")
            func lines(_ arguments: String...) async throws -> Set<String> {
                let run = try await ActRun.run("push", in: repository, more: arguments)
                #expect(run.exit == 0, "\(run.output)")
                let text = try String(contentsOfFile: notes, encoding: .utf8)
                try FileManager.default.removeItem(atPath: notes)
                return Set(text.split(separator: "\n").map(String.init))
            }
            #expect(
                try await lines("--secret", "TOKEN=abc", "--secret", "UNUSED=x", "--var", "LEVEL=2")
                    == ["unit abc 2", "odd ${{ x }} none 2"])
            // As in a pull request of a fork: no secret, and nothing in its place.
            #expect(try await lines() == ["unit none none", "odd ${{ x }} none none"])
        }
    }

    @Test func otherForgesAreToldOfInTheirWords() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks])
            let lab = try await repository.run("git-validate", ["ci", "generate", "--forge", "gitlab"])
            #expect(lab.errorOutput.contains("glab variable set TOKEN --masked"), "\(lab)")
            #expect(repository.read(".gitlab-ci.yml")?.contains("#   TOKEN: a masked CI/CD variable") == true)
            let gitea = try await repository.run("git-validate", ["ci", "generate", "--forge", "gitea"])
            #expect(gitea.errorOutput.contains("TOKEN: a secret, in the settings of the repository"), "\(gitea)")
            let text = try #require(repository.read(".gitea/workflows/validate.yml"))
            #expect(text.contains("TOKEN: ${{ secrets.TOKEN }}") && !text.contains("environment:"))
            try repository.write(".gitpatch", "[ci]\nsecret = SWIFT_*\n")
            let bad = try await repository.run("git-validate", ["ci", "generate"])
            #expect(bad.exitCode == 78 && bad.errorOutput.contains("ci.secret"), "\(bad)")
        }
    }

    /// On GitLab every variable is in the environment of a job: a check sees those that it declares.
    @Test func checksOfGitLabSeeWhatTheyDeclare() async throws {
        try await TestRepository.with { plain in
            let notes = plain.scratch.path + "/notes"
            let repository = plain.with(environment: ["NOTES": notes])
            try await repository.commit("one", files: [".gitpatch": Self.checks])
            #expect(try await repository.run("git-validate", ["ci", "generate", "--forge", "gitlab"]).succeeded)
            try await repository.commit("two")
            let given = ["TOKEN": "abc", "LEVEL": "2", "UNUSED": "x"]
            let run = try await GitLabRun.run(in: repository, variables: given)
            let text = try String(contentsOfFile: notes, encoding: .utf8)
            #expect(
                Set(text.split(separator: "\n")) == ["unit abc 2", "odd ${{ x }} none 2"], "\(run.output)")
        }
    }

    /// A variable that takes the place of one of the pipeline's own would make the file invalid, or worse.
    @Test(arguments: [
        "REPORT", "CHECKS", "EVENT", "TIER", "SHARD", "LINE", "BASE", "GITPATCH_SHARD", "PATH",
    ])
    func namesOfThePipelineAreRefused(name: String) async throws {
        try await TestRepository.with { repository in
            for key in [
                "secret = \(name)", "variable = \(name)",
                "install = x\nremoteCache = http://127.0.0.1:9/x\ncacheKey = \(name)",
            ] {
                try repository.write(".gitpatch", "[ci]\n\(key)\n[check \"a\"]\nrun = true\n")
                let made = try await repository.run("git-validate", ["ci", "generate"])
                #expect(made.exitCode == 78, "\(made)")
                #expect(made.errorOutput.contains("'\(name)'") && made.errorOutput.contains("hint: "), "\(made)")
            }
        }
    }

    /// A variable of the forge by such a name would be overwritten before a check sees it, or change what a script does.
    @Test(arguments: OtherForgeTests.terms, ["github", "gitlab", "gitea"])
    func whatScriptsSetIsReserved(terms: String, forge: String) async throws {
        try await TestRepository.with { repository in
            let checks = Self.checks + GenerateTests.mixed
            let cache = "[ci]\nremoteCache = http://127.0.0.1:9/c\ncacheKey = KEY\n"
            try await repository.commit("one", files: [".gitpatch": checks + cache + terms, "a.lock": ""])
            let made = try await repository.run("git-validate", ["ci", "generate", "--forge", forge, "--stdout"])
            #expect(made.succeeded, "\(made)")
            // Behind what begins a command; and what a loop goes through.
            let set = made.output.matches(
                of: #/(?:^\s*(?:-\s"|export\s)?|;\s|then\s|\)\s|do\s|for\s)([A-Za-z_]\w*)(?:=|\sin\s|;\sdo)/#
                    .anchorsMatchLineEndings())
            let names = Set(set.map { String($0.1) }).subtracting(["esac"])
            let validates = terms.contains("install")
            let some = forge == "gitlab" ? ["base", validates ? "depth" : "check1"] : ["tier", "id"]
            #expect(names.isSuperset(of: some), "\(names)")
            for name in names { #expect(ReservedVariables.contain(name), "\(name)") }
        }
    }
}
