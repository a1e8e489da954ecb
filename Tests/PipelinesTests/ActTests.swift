import SuiteTestSupport
import Testing

@testable import Pipelines

/// Generated workflows as act runs them: results and order are those of the plan.
@Suite(.enabled(if: Oracles.act != nil && Oracles.node != nil))
struct ActTests {
    private static let checks = """
        [check "lint"]
            run = cat a.txt && sleep 1
            tier = quick
        [check "build"]
            run = mkdir -p out && cp src/s out/b
            cacheDir = out
            tool = git --version
        [check "unit"]
            run = sleep 1 && cat out/b
            needs = build
            path = src/**
        [check "docs"]
            run = true
            path = *.md
        [check "slow"]
            run = true
            tier = complete
            isolated = true
            needs = lint
        [check "perf"]
            run = true
            label = perf

        """

    private func withRepository(
        _ extra: String = "", _ body: (TestRepository) async throws -> Void
    ) async throws {
        try await TestRepository.with { repository in
            try await repository.commit(
                "one", files: [".gitpatch": Self.checks + extra, "a.txt": "a\n", "src/s": "s\n", "x.lock": "1\n"])
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            try await repository.commit("two")
            try await repository.commit("three", files: ["src/s": "t\n"])
            try await body(repository)
        }
    }

    @Test func aPullRequestRunsWhatItConcerns() async throws {
        try await withRepository("[ci]\nlockFile = x.lock\n") { repository in
            let run = try await ActRun.run("pull_request", in: repository)
            #expect(run.exit == 0, "\(run.output)")
            // The change touches src only; nothing of tier complete, no label.
            #expect(
                run.results == [
                    "changes": "success", "lint": "success", "build-unit": "success", "gate": "success",
                ])
            for job in ["lint", "build-unit"] {
                #expect(run.happened("-changes", before: "+" + job) && run.happened("-" + job, before: "+gate"))
            }
            #expect(
                run.happened("+lint", before: "-build-unit") && run.happened("+build-unit", before: "-lint"),
                "they run side by side: \(run.order)")
            let restore = try #require(run.calls.first { $0.hasPrefix("actions/cache/restore") })
            let words = restore.split(separator: " ").map(String.init)
            let key = try #require(words.first { $0.hasPrefix("key=") }).dropFirst(4)
            let prefixes = words.drop { !$0.hasPrefix("restore-keys=") }.map { $0.replacing("restore-keys=", with: "") }
            #expect(
                prefixes.count == 2 && prefixes.allSatisfy { key.hasPrefix($0) }, "fallbacks are prefixes: \(words)")
            #expect(!run.calls.contains { $0.hasPrefix("actions/cache/save") }, "a pull request writes no cache")
        }
    }

    @Test func aLabelAndTheMergeQueueRunTheRest() async throws {
        try await withRepository { repository in
            let labelled = try await ActRun.run(
                "pull_request", in: repository,
                payload: #"{"pull_request": {"number": 1, "title": "x", "labels": [{"name": "perf"}]}}"#)
            #expect(labelled.results["perf"] == "success" && labelled.results["slow"] == nil, "\(labelled.output)")
            let marked = try await ActRun.run(
                "pull_request", in: repository, payload: #"{"pull_request": {"number": 1, "title": "[perf] x"}}"#)
            #expect(marked.results["perf"] == "success")
            let queued = try await ActRun.run("merge_group", in: repository)
            #expect(queued.results.count == 7 && queued.results.values.allSatisfy { $0 == "success" })
            #expect(queued.happened("-lint", before: "+slow"), "a gate is a gate")
        }
    }

    @Test func aFailureTurnsTheGateRed() async throws {
        try await withRepository { repository in
            try await repository.commit("four", files: ["src/s": "u\n"])
            try repository.remove("a.txt")
            try await repository.commit("five")
            let run = try await ActRun.run("merge_group", in: repository)
            #expect(run.exit == 1)
            #expect(run.results["lint"] == "failure" && run.results["gate"] == "failure", "\(run.results)")
            #expect(run.results["build-unit"] == "success")
            #expect(run.results["slow"] != "success", "what needs it does not run")
        }
    }

    @Test func theTargetWritesCachesAndValidatorAndPlatformsWork() async throws {
        let extra = "[ci]\ninstall = true\nplatform = ubuntu-24.04\nplatform = ubuntu-22.04\n"
        try await withRepository(extra) { repository in
            let run = try await ActRun.run(
                "push", in: repository,
                payload: #"{"ref": "refs/heads/main", "repository": {"default_branch": "main"}}"#)
            #expect(run.exit == 0, "\(run.output)")
            #expect(run.results["build-unit"] == "success" && run.results["gate"] == "success")
            let uploads = run.calls.filter { $0.contains("name=report-build-unit-ubuntu-2") }
            #expect(uploads.count == 2, "one report per platform: \(run.calls)")
            #expect(run.calls.contains { $0.hasPrefix("actions/cache/save") })
        }
    }
}
