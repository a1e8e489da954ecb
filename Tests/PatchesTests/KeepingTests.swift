import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// Snapshots, restoring and cleaning up.
struct KeepingTests {
    @Test func aSnapshotTouchesNothingAndComesBackWhole() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let tree = try await repository.oracleTree()
            let staged = try await repository.git("write-tree")
            let before = try await RepositoryState.read(repository)
            let id = try await repository.mustPatch("snapshot", "-m", "half done").trimmed
            #expect(try await RepositoryState.read(repository) == before)
            let name = try await repository.git("for-each-ref", "--format=%(refname)", "refs/gitpatch/snapshots")
            #expect(try await repository.id(name + "^{tree}") == tree)
            #expect(try await repository.id(name + "^2^{tree}").hex == staged)
            try await repository.git("reset", "-q", "--hard")
            try await repository.git("clean", "-qfd")
            try await repository.mustPatch("restore", id)
            let after = try await RepositoryState.read(repository)
            #expect(after.files.mapValues(\.bytes) == before.files.mapValues(\.bytes))
            #expect(try await repository.git("write-tree") == staged)
            #expect(try await repository.git("status", "--porcelain") != "")
        }
    }

    @Test(arguments: ["../../outside", ":(bad)x"])
    func aPathspecThatGitRefusesIsAUsageError(_ pathspec: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            let id = try await repository.mustPatch("snapshot").trimmed
            let result = try await repository.patch("restore", id, pathspec, "--json")
            #expect(result.exitCode == 64 && result.output.contains("\"bad-pathspec\""), "\(result)")
        }
    }

    @Test func restoreOfAPathWritesThatPathOnlyAndUndoBringsBackWhatWasThere() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let id = try await repository.mustPatch("snapshot").trimmed
            try repository.write("both", "later work\n")
            try repository.write("kept", "more later work\n")
            let before = try await RepositoryState.read(repository)
            let result = try await repository.mustPatch("restore", id, "both", "gone")
            #expect(result.output == "both\n")
            #expect(repository.read("both") == "3 unstaged\n")
            #expect(repository.read("kept") == "more later work\n")
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func cleanupDeletesWhatIsProvenToHaveLandedAndNothingElse() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            for name in ["merged", "squashed", "rebased", "open"] {
                try repository.write(name, "\(name)\n")
                try await repository.mustPatch("create", name, "--return")
            }
            try await repository.commit("in between", files: ["a": "b\n"])
            try await repository.git("merge", "-q", "--no-edit", "patch/merged")
            try await repository.git("merge", "-q", "--squash", "patch/squashed")
            try await repository.git("commit", "-q", "-m", "squashed")
            try await repository.git("cherry-pick", "patch/rebased")
            let before = try await RepositoryState.read(repository)
            let plan = try await repository.mustPatch("cleanup", "--dry-run")
            #expect(plan.output.split(separator: "\n").count == 3)
            #expect(try await RepositoryState.read(repository) == before)
            try await repository.mustPatch("cleanup")
            #expect(
                try await repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads")
                    == "main\npatch/open")
            #expect(try await repository.mustPatch("list").output.contains("patch/open"))
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func aCheckedOutBranchIsKeptAndTheHookAlwaysSucceeds() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try await repository.mustPatch("Change a")
            try await repository.git("branch", "-f", "main", "HEAD")
            let kept = try await repository.mustPatch("cleanup")
            #expect(kept.errorOutput.contains("checked out"))
            #expect(try await repository.patch("hook", "post-merge", "0").succeeded)
            try await repository.git("switch", "-q", "main")
            #expect(try await repository.patch("hook", "post-merge", "0").succeeded)
            #expect(try await repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads") == "main")
            let outside = repository.at(try repository.scratch.makeDirectory("outside"))
            #expect(try await outside.patch("hook", "post-merge", "0").succeeded)
        }
    }
}
