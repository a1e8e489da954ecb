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

    @Test(arguments: [[], ["--", "both", "gone"], ["new", "linked"]], ["library", "git", "unborn"])
    func aLookAtARestoreSaysWhatTheRestoreDoesAndWritesNothing(pathspecs: [String], shape: String) async throws {
        try await TestRepository.with { repository in
            if shape == "unborn" {
                for name in ["both", "gone", "new"] { try repository.write(name, "\(name)\n") }
                try await repository.git("add", "both")
            } else {
                try await repository.makeDirty()
            }
            if shape == "git" { try await repository.git("config", "core.untrackedCache", "true") }
            try repository.write("new", "new\n")
            try repository.write("linked", "a file\n")
            let id = try await repository.mustPatch("snapshot").trimmed
            try repository.write("both", "later work\n")
            try repository.remove("new")
            try repository.remove("linked")
            _ = try await repository.run("ln", ["-s", "kept", "linked"])
            if shape == "library" { try repository.write("gone", "back again\n") }
            try await repository.git("add", "-A")
            let before = try await RepositoryState.read(repository)
            let stored = KeepingTests.stored(repository)
            let look = try await repository.run("git-patch", ["restore", id, "--dry-run"] + pathspecs)
            let document = try await repository.run(
                "git-patch", ["restore", id, "--dry-run", "--json"] + pathspecs
            ).output
            #expect(KeepingTests.stored(repository) == stored)
            #expect(try await RepositoryState.read(repository) == before)
            let result = try await repository.run("git-patch", ["restore", id] + pathspecs)
            let done = result.output.split(separator: "\n").map(String.init)
            let told = look.output.split(separator: "\n").map(String.init)
            #expect(!done.isEmpty && told.map { $0.split(separator: "'").last.map(String.init) } == done)
            for (line, path) in zip(told, done) {
                let isThere = try await repository.run("test", ["-f", path]).succeeded
                #expect(line == "would \(isThere ? "write" : "remove") '\(path)'")
            }
            let words = try #require(result.errorOutput.split(separator: ";").first)
            #expect(look.errorOutput.contains("would \(words.replacing("restored", with: "restore"))"), "\(look)")
            #expect(document.contains(#""outcome":"planned""#) && !document.contains("operation"), "\(document)")
        }
    }

    /// Every file of the git directory but the store, which a reader opens, too.
    private static func stored(_ repository: TestRepository) -> [String: RepositoryState.File] {
        RepositoryState.files(in: repository.path + "/.git").filter { !$0.key.hasPrefix("gitpatch/store.sqlite") }
    }

    @Test func aLookAtARestoreRefusesWhatTheRestoreRefuses() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try repository.write("spot", "kept\n")
            let id = try await repository.mustPatch("snapshot").trimmed
            var cases = [[id], [id, ":(bad)x"], [id, "../../outside"], [id, "nothing"], ["beef"], [""]]
            func compare() async throws {
                for arguments in cases {
                    let look = try await repository.run(
                        "git-patch", ["restore", "--json", "--dry-run"] + arguments)
                    let real = try await repository.run("git-patch", ["restore", "--json"] + arguments)
                    #expect(look.exitCode != 0 && look.exitCode == real.exitCode, "\(arguments) \(look) \(real)")
                    #expect(look.output == real.output, "\(arguments)")
                }
            }
            try await compare()
            // A folder that holds what is ignored is in the way of a file that is kept.
            try repository.remove("spot")
            try repository.write("spot/hidden", "mine\n")
            try await repository.git("config", "core.excludesFile", repository.scratch.path + "/ignored")
            try "hidden\n".write(toFile: repository.scratch.path + "/ignored", atomically: true, encoding: .utf8)
            cases = [[id]]
            try await compare()
            #expect(repository.read("spot/hidden") == "mine\n")
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
