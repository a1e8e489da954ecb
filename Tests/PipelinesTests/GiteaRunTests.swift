import SuiteTestSupport
import Testing

@testable import Pipelines

/// Where a run of a pull request has its last commit, not a merge with the base, as Gitea and Forgejo have it.
@Suite(.enabled(if: Oracles.act != nil && Oracles.node != nil))
struct GiteaRunTests {
    /// What is run for a pull request whose two commits touch `a` and `b`, and whose base has got on with `c`.
    private func ran(_ policy: String, base: String?) async throws -> Set<Substring> {
        try await TestRepository.with { repository in
            let file = ["a", "b", "c"].map { name in
                "[check \"\(name)\"]\nrun = \"echo ran-\(name) >> $CALLS\"\npath = \(name)/\nenv = CALLS\n"
            }
            try await repository.commit("one", files: [".gitpatch": file.joined() + policy])
            let made = try await repository.run("git-validate", ["ci", "generate", "--forge", "gitea"])
            #expect(made.succeeded, "\(made)")
            try await repository.commit("two")
            try await repository.git("checkout", "-q", "-b", "topic")
            try await repository.commit("first", files: ["a/x": "1"])
            try await repository.commit("second", files: ["b/x": "1"])
            try await repository.git("checkout", "-q", "main")
            try await repository.commit("other", files: ["c/x": "1"])
            let sha = "\(try await repository.id("main"))"
            try await repository.git("checkout", "-q", "topic")
            let payload = "{\"pull_request\":{\"number\":1,\"base\":{\"sha\":\"\(base ?? sha)\"}}}"
            let run = try await ActRun.run(
                "pull_request", in: repository, payload: payload, more: ["-W", ".gitea/workflows/validate.yml"])
            #expect(run.exit == 0, "\(run.output)")
            return Set(run.calls.filter { $0.hasPrefix("ran-") }.map { $0.dropFirst(4) })
        }
    }

    private static let validator = "[ci]\ninstall = true\n[check \"d\"]\nrun = true\nneeds = a\nneeds = c\n"

    @Test(arguments: ["", validator])
    func everyCommitOfAPullRequestCounts(policy: String) async throws {
        #expect(try await ran(policy, base: nil) == ["a", "b"])
    }

    @Test(arguments: ["", validator])
    func inDoubtEveryCheckRuns(policy: String) async throws {
        let nowhere = String(repeating: "1", count: 40)
        #expect(try await ran(policy, base: nowhere) == ["a", "b", "c"])
    }
}
