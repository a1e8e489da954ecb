import GitValues
import SuiteTestSupport
import Testing

/// Which remote counts where there are several.
struct RemoteTests {
    /// A repository with two remotes, neither of them `origin`.
    private func withTwoRemotes(_ body: (TestRepository) async throws -> Void) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try await repository.addBareRemote("other")
            try await repository.addBareRemote("up")
            try repository.write("a", "b\n")
            try await body(repository)
        }
    }

    @Test func theRemoteOfAPatchCountsEverywhere() async throws {
        try await withTwoRemotes { repository in
            // The branch follows 'up', because it was pushed there last.
            try await repository.mustPatch("A")
            #expect(try await repository.git("ls-remote", "up", "refs/heads/patch/a") != "")
            #expect(try await repository.git("ls-remote", "other", "refs/heads/patch/a") == "")
            for arguments in [["status"], ["enable"], ["explain"]] {
                let result = try await repository.run("git-automerge", arguments)
                #expect(result.succeeded, "\(result)")
            }
            try repository.write("a", "c\n")
            try await repository.mustPatch("B", "--auto-merge")
            #expect(try await repository.git("ls-remote", "up", "refs/heads/patch/b") != "")
            #expect(try await repository.run("git-automerge", ["status", "--json"]).output.contains("\"armed\""))
        }
    }

    @Test func whatIsNotClearIsSaidAndNotDropped() async throws {
        try await withTwoRemotes { repository in
            try await repository.git("branch", "--unset-upstream")
            let before = try await RepositoryState.read(repository)
            for arguments in [["A"], ["A", "--auto-merge"]] {
                let result = try await repository.run("git-patch", arguments)
                #expect(result.exitCode == 69)
                #expect(result.errorOutput.contains("'other', 'up'"), "\(result)")
                #expect(result.errorOutput.contains("git config remote.pushDefault"), "\(result)")
                #expect(try await RepositoryState.read(repository) == before)
            }
            let status = try await repository.run("git-automerge", ["status"])
            #expect(status.exitCode == 69 && status.errorOutput.contains("'other', 'up'"), "\(status)")
            #expect(try await repository.patch("A", "--local", "--auto-merge").exitCode == 64)
            try await repository.mustPatch("A", "--local")
        }
    }

    @Test func withoutARemoteAutoMergeIsRefused() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            let result = try await repository.patch("A", "--auto-merge")
            #expect(result.exitCode == 69)
            #expect(result.errorOutput.contains("leave --auto-merge out"), "\(result)")
            try await repository.mustPatch("A")
        }
    }
}
