import Foundation
import Settings
import SuiteTestSupport
import Testing

@testable import Pipelines

/// Files for GitLab and Gitea hold only what these know, in the form they know it.
struct OtherForgeTests {
    static let terms = [
        "", "[ci]\nplatform = linux\nplatform = arm\nplatform = macos\nschedule = 17 3 * * *\nimage = debian:12\n",
        "[ci]\ninstall = ./install.sh --yes\nsetup = \"a: b\"\nlockFile = a.lock\nsecret = TOKEN\n",
    ]
    private static let checks =
        GenerateTests.mixed + """
            [check "unit shards"]
                run = make
                shards = 3
                needs = build
                retries = 2
                submodules
                env = TOKEN
            [check "last"]
                run = make
                isolated
                needs = perf
                report = a.sarif

            """

    /// The schemas are those that the forges' own editors use, as check-jsonschema carries them.
    @Test(.enabled(if: Oracles.schemas != nil), arguments: terms, ["gitlab", "gitea", "github"])
    func theSchemaTakesTheFile(terms: String, forge: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks + terms, "a.lock": ""])
            let made = try await repository.run("git-validate", ["ci", "generate", "--forge", forge])
            #expect(made.succeeded, "\(made)")
            let file =
                forge == "gitlab" ? ".gitlab-ci.yml" : ".\(forge)/workflows/validate.yml"
            let schema = forge == "gitlab" ? "vendor.gitlab-ci" : "vendor.github-workflows"
            let judged = try await repository.run(
                Oracles.schemas ?? "check-jsonschema", ["--builtin-schema", schema, file])
            #expect(judged.succeeded, "\(judged)")
        }
    }

    @Test(.enabled(if: Oracles.shellcheck != nil), arguments: terms)
    func scriptsOfGitLabAreSound(terms: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks + terms, "a.lock": ""])
            let made = try await repository.run("git-validate", ["ci", "generate", "--forge", "gitlab", "--stdout"])
            for pair in try YAMLReader.read(Array(made.output.utf8), path: "x").pairs {
                guard let script = pair.value["script"]?.items.compactMap(\.text) else { continue }
                let lines = ["#!/bin/sh"] + script
                try repository.write("script", lines.joined(separator: "\n") + "\n")
                let judged = try await repository.run(
                    Oracles.shellcheck ?? "shellcheck", ["--severity=warning", "script"])
                #expect(judged.succeeded, "\(pair.key.text ?? ""): \(judged)")
            }
        }
    }

    @Test func eachPlatformOfGitLabHasItsJobs() async throws {
        try await TestRepository.with { repository in
            let text = Self.checks + Self.terms[1]
            try await repository.commit("one", files: [".gitpatch": text])
            #expect(try await repository.run("git-validate", ["ci", "generate", "--forge", "gitlab"]).succeeded)
            let source = try #require(repository.read(".gitlab-ci.yml"))
            let file = try YAMLReader.read(Array(source.utf8), path: "x")
            for (name, tag) in [("lint", "linux"), ("lint-arm", "arm"), ("lint-macos", "macos")] {
                let job = try #require(file[name], "\(name)")
                #expect(job["tags"]?.items.map(\.text) == [tag])
                let conditions = (job["rules"]?.items ?? []).compactMap { $0["if"]?.text }
                // Of a merge request two platforms, all of them with tier complete.
                #expect(conditions.contains { $0.contains("merge_request_event") } == (tag != "macos"), "\(conditions)")
                #expect(conditions.contains { $0.contains("schedule") })
            }
            #expect(file["gate"]?["tags"]?.items.map(\.text) == ["linux"])
            #expect(file["last-arm"]?["needs"]?.items.map { $0["job"]?.text } == ["perf-arm"])
            #expect(Set(file.pairs.compactMap(\.key.text)).count == file.pairs.count)
        }
    }

    /// GitLab reads braces in a path as alternatives; in `.gitpatch` they stand for themselves.
    @Test func bracesInAPathAreNoAlternatives() {
        #expect(Quoting.globs("/src/{a,b}.c") == ["src/\\{a,b\\}.c", "src/\\{a,b\\}.c/**"])
    }

    @Test func onlyMergeRequestsOfGitLabAreCancelled() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": "[check \"a\"]\nrun = true\n"])
            let made = try await repository.run("git-validate", ["ci", "generate", "--forge", "gitlab", "--stdout"])
            let rules = try YAMLReader.read(Array(made.output.utf8), path: "x")["workflow"]?["rules"]?.items ?? []
            let cancelled = rules.filter { $0["auto_cancel"] == nil }.compactMap { $0["if"]?.text }
            #expect(cancelled == ["$CI_PIPELINE_SOURCE == \"merge_request_event\""], "\(rules)")
            #expect(rules.compactMap { $0["auto_cancel"]?["on_new_commit"]?.text } == ["none", "none"])
        }
    }

    /// Newer versions of these actions refuse to work anywhere but on GitHub (go-gitea/gitea#31256).
    @Test func artifactsOfGiteaAreKeptByWhatWorksThere() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks])
            let made = try await repository.run("git-validate", ["ci", "generate", "--forge", "gitea", "--stdout"])
            let uses = made.output.split(separator: "\n").filter { $0.contains("-artifact@") }
            #expect(uses.count > 4 && uses.allSatisfy { $0.contains("# v3.") }, "\(uses)")
            #expect(uses.contains { $0.contains("download-artifact") })
        }
    }

    /// Not a matter of milliseconds: with a cost that grows with the fourth power this takes minutes.
    @Test(.timeLimit(.minutes(1)), arguments: [ForgeKind.gitlab, .github])
    func manyChecksAreNoTrouble(forge: ForgeKind) throws {
        let text = (0..<300).map { number in
            let need = number % 3 == 0 ? "" : "needs = c\(number - 1)\n"
            return "[check \"c\(number)\"]\nrun = true\nisolated\npath = p\(number)/**\nartifact = o\(number)\n\(need)"
        }.joined()
        let settings = try Settings.committedOnly(CommittedFile(bytes: Array(text.utf8)))
        let terms = PipelinePlan.Terms(settings: settings, target: "main", exists: { _ in false })
        let made = try generatePipeline(GenerateRequest(checks: settings.checks, terms: terms, forge: forge))
        #expect(made.plan.jobs.count == 300 && made.text.contains("c299"))
    }

    /// Nobody bills them, and what is found would be about GitHub.
    @Test(arguments: [".gitea", ".forgejo"])
    func filesElsewhereAreNotJudgedAsGitHubs(folder: String) async throws {
        let path = "\(folder)/workflows/validate.yml"
        try await TestRepository.with { repository in
            let checks = "[ci]\nplatform = ubuntu-24.04\n" + Self.checks
            try await repository.commit("one", files: [".gitpatch": checks, "a.lock": ""])
            let made = try await repository.run("git-validate", ["ci", "generate", "--forge", "gitea", "--stdout"])
            try repository.write(path, made.output)
            for arguments in [[], ["./" + path]] {
                let run = try await repository.run("git-validate", ["ci", "analyze"] + arguments)
                #expect(run.output.contains("on machines of your own, which nobody bills"), "\(run)")
                #expect(!run.output.contains("USD") && !run.output.contains("R4") && !run.output.contains("R17"))
                #expect(run.errorOutput.contains("'~' is a guess"), "\(run)")
            }
            let fix = try await repository.run("git-validate", ["ci", "analyze", "--fix"])
            #expect(fix.output == "" && fix.succeeded, "\(fix)")
        }
    }
}
