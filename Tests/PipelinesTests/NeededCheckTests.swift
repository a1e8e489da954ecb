import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

/// Checks that need one another run in a pipeline as `git validate` runs them: what no path concerns runs nowhere and holds
/// up nobody, whatever else is needed runs, and what it makes is there.
struct NeededCheckTests {
    /// A case: the checks, each of which writes down its name, and what is particular about them.
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var checks: String

        init(_ description: String, _ checks: [(name: String, line: String, keys: String)]) {
            testDescription = description
            self.checks = checks.map { check in
                """
                [check "\(check.name)"]
                    run = "echo \(check.name) >> \\"$NOTES\\"; \(check.line)"
                    env = NOTES
                    \(check.keys.split(separator: ";").joined(separator: "\n    "))

                """
            }.joined()
        }
    }

    static let cases = [
        Case(
            "a need in the same job that nothing concerns",
            [("gen", "exit 1", "path = x/**"), ("unit", "true", "needs = gen")]),
        Case(
            "a gate that nothing concerns",
            [("gen", "exit 1", "path = x/**;isolated"), ("unit", "true", "needs = gen")]),
        Case(
            "one that nothing concerns, and what only it needs",
            [
                ("a", "true", "path = src/**"), ("b", "exit 1", "path = x/**;needs = a"),
                ("c", "true", "needs = b;isolated"),
            ]),
        Case(
            "a gate of a higher tier comes along",
            [("deep", "true", "tier = complete;isolated"), ("fast", "true", "tier = quick;needs = deep")]),
        Case(
            "a need of a higher tier comes along in the same job",
            [
                ("deep", "true", "tier = complete"), ("fast", "true", "tier = quick;needs = deep"),
                ("end", "exit 1", "tier = complete;needs = fast"),
            ]),
        Case(
            "what a gate makes is there",
            [
                (
                    "build", "mkdir -p out/bin; printf '#!/bin/sh\\\\necho made' > out/bin/app; chmod +x out/bin/app",
                    "artifact = out;isolated"
                ),
                ("middle", "true", "needs = build;isolated"),
                ("unit", "test \\\"$(out/bin/app)\\\" = made", "needs = middle;isolated"),
                ("docs", "test \\\"$(out/bin/app)\\\" = made", "needs = build"),
            ]),
        Case(
            "what a gate would make that nothing concerns is not",
            [("build", "exit 1", "artifact = out;isolated;path = x/**"), ("unit", "test ! -e out", "needs = build")]),
        Case(
            "parts and what they need",
            [
                ("gen", "exit 1", "path = x/**"), ("unit", "true", "needs = gen;shards = 2"),
                ("docs", "true", "needs = gen"),
            ]),
        Case(
            "one that is tried again", [("flaky", "test -e out.again || { touch out.again; exit 1; }", "retries = 1")]),
    ]

    /// Checks in a change of `src/a` alone, a pipeline of it, then `git validate`: both run the same and pass.
    private func compare(
        _ item: Case, _ more: String, forge: String,
        _ pipeline: (TestRepository) async throws -> (ok: Bool, output: String)
    ) async throws {
        try await TestRepository.with { plain in
            let notes = plain.scratch.path + "/notes"
            let repository = plain.with(environment: ["NOTES": notes])
            func ran() throws -> Set<String> {
                let text = (try? String(contentsOfFile: notes, encoding: .utf8)) ?? ""
                try Data().write(to: URL(fileURLWithPath: notes))
                return Set(text.split(separator: "\n").map(String.init))
            }
            try await repository.commit(
                "one", files: [".gitpatch": item.checks + more, "src/a": "1\n", "x/a": "1\n"])
            let made = try await repository.run("git-validate", ["ci", "generate", "--forge", forge])
            #expect(made.succeeded, "\(made)")
            try await repository.commit("two")
            try await repository.git("switch", "-q", "-c", "work")
            try await repository.commit("three", files: ["src/a": "2\n"])
            // First there: act copies the repository with all that is recorded in it.
            let there = try await pipeline(repository)
            #expect(there.ok, "\(there.output)")
            let found = try ran()
            let here = try await repository.run("git-validate", [])
            #expect(here.succeeded, "\(here)")
            #expect(try found == ran(), "\(there.output)")
        }
    }

    @Test(
        .enabled(if: Oracles.act != nil && Oracles.node != nil), arguments: cases, ["", "[ci]\ninstall = true\n"])
    func aWorkflowRunsWhatIsRunHere(item: Case, extra: String) async throws {
        try await compare(item, extra, forge: "github") { repository in
            let run = try await ActRun.run("pull_request", in: repository)
            return (run.exit == 0 && run.results["gate"] == "success", run.output)
        }
    }

    @Test(arguments: cases, ["", "[ci]\ninstall = true\n"])
    func aPipelineOfGitLabRunsWhatIsRunHere(item: Case, extra: String) async throws {
        try await compare(item, extra, forge: "gitlab") { repository in
            let run = try await GitLabRun.run(
                in: repository, variables: ["CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "2"])
            return (run.results.values.allSatisfy { $0 }, run.output)
        }
    }

    @Test(.enabled(if: Oracles.zizmor != nil && Oracles.actionlint != nil), arguments: cases)
    func lintersFindNothing(item: Case) async throws {
        try await TestRepository.with { repository in
            for extra in ["", "[ci]\ninstall = true\n"] {
                try await repository.commit("one", files: [".gitpatch": item.checks + extra])
                #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
                #expect(try await repository.findings(".github/workflows/validate.yml") == "")
            }
        }
    }

    /// A label counts for the check that asks for it, not for all of its job.
    @Test func aLabelWantsOneCheckOfAJobOfGitLab() async throws {
        let item = Case("", [("unit", "true", ""), ("perf", "true", "needs = unit;label = perf")])
        try await TestRepository.with { plain in
            let notes = plain.scratch.path + "/notes"
            let repository = plain.with(environment: ["NOTES": notes])
            try await repository.commit("one", files: [".gitpatch": item.checks])
            #expect(try await repository.run("git-validate", ["ci", "generate", "--forge", "gitlab"]).succeeded)
            try await repository.commit("two")
            _ = try await GitLabRun.run(in: repository)
            #expect(try String(contentsOfFile: notes, encoding: .utf8) == "unit\n")
            _ = try await GitLabRun.run(in: repository, labels: "a,perf")
            #expect(try String(contentsOfFile: notes, encoding: .utf8) == "unit\nunit\nperf\n")
        }
    }

    /// Who asks for a check by its label wants it now, not when everything runs.
    @Test(.enabled(if: Oracles.act != nil && Oracles.node != nil), arguments: ["github", "gitlab"], ["", "isolated"])
    func aLabelBringsWhatTheTierAloneDoesNot(forge: String, more: String) async throws {
        let item = Case("", [("unit", "true", ""), ("perf", "true", "tier = complete;label = perf;\(more)")])
        try await TestRepository.with { plain in
            let notes = plain.scratch.path + "/notes"
            let repository = plain.with(environment: ["NOTES": notes])
            try await repository.commit("one", files: [".gitpatch": item.checks])
            #expect(try await repository.run("git-validate", ["ci", "generate", "--forge", forge]).succeeded)
            try await repository.commit("two")
            func ran(labels: [String], title: String) async throws -> Set<String> {
                try Data().write(to: URL(fileURLWithPath: notes))
                if forge == "gitlab" {
                    _ = try await GitLabRun.run(
                        in: repository, labels: labels.joined(separator: ","), title: title)
                } else {
                    let words = labels.map { "{\"name\": \"\($0)\"}" }.joined(separator: ",")
                    let payload =
                        #"{"pull_request": {"number": 1, "title": "\#(title)", "labels": [\#(words)]}}"#
                    _ = try await ActRun.run("pull_request", in: repository, payload: payload)
                }
                return Set(try String(contentsOfFile: notes, encoding: .utf8).split(separator: "\n").map(String.init))
            }
            #expect(try await ran(labels: ["bug"], title: "x") == ["unit"])
            #expect(try await ran(labels: ["bug", "perf"], title: "x") == ["unit", "perf"])
            #expect(try await ran(labels: [], title: "[perf] x") == ["unit", "perf"])
        }
    }
}
