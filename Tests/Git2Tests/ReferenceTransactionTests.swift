import Git2
import GitValues
import SuiteTestSupport
import Testing

@Suite struct ReferenceTransactionTests {
    @Test func makesABranchAndSwitchesHeadAsGitDoes() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let branch = try #require(ReferenceName(branch: "patch/x"))
            let main = try #require(ReferenceName(branch: "main"))
            let commit = try repository.makeCommit(
                tree: repository.tree(of: first), parents: [first], author: ada, committer: ada,
                message: [UInt8]("second\n"))
            try repository.move(
                [
                    ReferenceMove(.head, from: .symbolic(main), to: .symbolic(branch)),
                    ReferenceMove(branch, from: .absent, to: .object(commit)),
                ], message: "branch: Created from HEAD", by: ada)
            #expect(try repository.head == .branch(branch, commit))
            #expect(try await repo.git("symbolic-ref", "HEAD") == "refs/heads/patch/x")
            #expect(try await repo.id("HEAD") == commit)
            #expect(
                try await repo.git("log", "-g", "-1", "--format=%gs", "HEAD") == "checkout: moving from main to patch/x"
            )
            #expect(try await repo.git("log", "-g", "--format=%gs", "patch/x") == "branch: Created from HEAD")
            try await repo.git("switch", "-q", "-")
            #expect(try await repo.git("symbolic-ref", "HEAD") == "refs/heads/main")
            try await repo.git("fsck", "--strict")
        }
    }
}
