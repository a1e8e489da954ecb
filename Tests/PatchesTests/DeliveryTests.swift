import Foundation
import GitValues
import SuiteTestSupport
import Testing

struct DeliveryTests {
    /// A repository with a bare remote that has its first commit, and a change.
    private func withRemote(_ body: (TestRepository, TestRepository) async throws -> Void) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let remote = try await repository.addBareRemote()
            try repository.write("a", "b\n")
            try await body(repository, repository.at(remote))
        }
    }

    @Test func thePatchReachesTheRemoteAndUndoTakesItBack() async throws {
        try await withRemote { repository, remote in
            let result = try await repository.mustPatch("Change a", "--auto-merge", "--delay", "5m", "--json")
            #expect(result.output.contains("\"state\":\"armed\""), "\(result)")
            let head = try await repository.id("HEAD")
            #expect(try await remote.id("refs/heads/patch/change-a") == head)
            #expect(try await remote.git("for-each-ref", "refs/patches").split(separator: "\n").count == 1)
            try await repository.mustPatch("undo")
            #expect(try await remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main")
            #expect(repository.read("a") == "b\n")
            try await repository.mustUndoNewest()
            #expect(try await remote.id("refs/heads/patch/change-a") == head)
            #expect(try await repository.mustPatch("list", "--json").output.contains("\"state\":\"armed\""))
        }
    }

    @Test func localStaysLocalAndSoDoesItsUpdate() async throws {
        try await withRemote { repository, remote in
            let result = try await repository.mustPatch("Change a", "--local", "--json")
            #expect(result.output.contains("\"state\":\"local\""))
            #expect(result.output.contains("\"requests\":[]"))
            try repository.write("a", "c\n")
            try await repository.mustPatch("update")
            #expect(try await remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main")
        }
    }

    @Test func offlineIsQueuedAndDeliveredLater() async throws {
        try await withRemote { repository, remote in
            try FileManager.default.moveItem(atPath: remote.path, toPath: remote.path + ".away")
            let result = try await repository.mustPatch("Change a")
            #expect(result.output == "patch/change-a\n")
            #expect(result.errorOutput.contains("warning: queued for 'origin', not delivered yet"), "\(result)")
            let waited = try await repository.patch("resume")
            #expect(waited.succeeded, "\(waited)")
            let status = try await repository.mustPatch("status")
            #expect(status.output.contains("next: git patch resume"))
            try FileManager.default.moveItem(atPath: remote.path + ".away", toPath: remote.path)
            try await repository.mustPatch("resume")
            #expect(try await remote.id("refs/heads/patch/change-a") == repository.id("HEAD"))
        }
    }

    @Test func waitMakesAnUnreachableRemoteAFailure() async throws {
        try await withRemote { repository, remote in
            try FileManager.default.moveItem(atPath: remote.path, toPath: remote.path + ".away")
            let result = try await repository.patch("Change a", "--wait", "--json")
            #expect(result.exitCode == 69)
            #expect(result.output.contains("\"remote-unreachable\""))
            #expect(try await repository.git("log", "-1", "--format=%s") == "Change a")
        }
    }

    @Test func aRefusedPushKeepsThePatchAndSaysWhy() async throws {
        try await withRemote { repository, remote in
            let hook = remote.path + "/hooks/pre-receive"
            try "#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n".write(toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            let result = try await repository.patch("Change a")
            #expect(result.exitCode == 1)
            #expect(result.errorOutput.contains("not on a Friday"), "\(result)")
            #expect(result.errorOutput.contains("git patch resume"))
            #expect(try await repository.git("symbolic-ref", "--short", "HEAD") == "patch/change-a")
            try FileManager.default.removeItem(atPath: hook)
            try await repository.mustPatch("resume")
            #expect(try await remote.id("refs/heads/patch/change-a") == repository.id("HEAD"))
            #expect(try await remote.git("for-each-ref", "refs/patches").split(separator: "\n").count == 1)
        }
    }

    @Test func updateMovesTheRemoteBranchWithALease() async throws {
        try await withRemote { repository, remote in
            try await repository.mustPatch("Change a")
            try repository.write("a", "c\n")
            try await repository.mustPatch("update", "-m", "More")
            #expect(try await remote.id("refs/heads/patch/change-a") == repository.id("HEAD"))
            try repository.write("a", "d\n")
            try await repository.mustPatch("update", "--amend")
            #expect(try await repository.git("log", "--format=%s", "main..HEAD") == "More\nChange a")
            #expect(try await remote.id("refs/heads/patch/change-a") == repository.id("HEAD"))
            let other = try await repository.clone(remote.path, as: "other")
            try await other.git("switch", "-q", "patch/change-a")
            try await other.commit("theirs", files: ["theirs": "theirs\n"])
            try await other.git("push", "-q")
            try repository.write("a", "e\n")
            let refused = try await repository.patch("update", "-m", "Even more")
            #expect(refused.exitCode == 1, "\(refused)")
            #expect(try await remote.id("refs/heads/patch/change-a") == other.id("HEAD"))
            // What it says to type is what helps.
            let command = "git pull --rebase --autostash origin patch/change-a"
            #expect(refused.errorOutput.contains("somebody else has pushed to 'patch/change-a' since"))
            #expect(refused.errorOutput.contains("type '\(command)', then 'git patch update'"))
            let status = try await repository.mustPatch("status")
            #expect(status.output.contains("next: \(command)  ("), "\(status)")
            #expect(!status.output.contains("git patch resume"))
            try await repository.git("pull", "-q", "--rebase", "origin", "patch/change-a")
            let updated = try await repository.mustPatch("update")
            #expect(updated.errorOutput.components(separatedBy: "open on 'origin'").count == 2, "\(updated)")
            #expect(try await remote.id("refs/heads/patch/change-a") == repository.id("HEAD"))
            #expect(try await remote.git("show", "refs/heads/patch/change-a:theirs") == "theirs")
            #expect(try await remote.git("show", "refs/heads/patch/change-a:a") == "e")
        }
    }

    @Test func undoOfARefusedUpdateAsksTheRemoteForNothing() async throws {
        try await withRemote { repository, remote in
            try await repository.mustPatch("Change a")
            let other = try await repository.clone(remote.path, as: "other")
            try await other.git("switch", "-q", "patch/change-a")
            try await other.commit("theirs", files: ["theirs": "theirs\n"])
            try await other.git("push", "-q")
            try repository.write("a", "c\n")
            #expect(try await repository.patch("update", "-m", "More").exitCode == 1)
            let undone = try await repository.mustPatch("undo")
            #expect(!undone.errorOutput.contains("push"), "\(undone)")
            let status = try await repository.mustPatch("status")
            #expect(!status.output.contains("refused"), "\(status)")
            #expect(try await remote.id("refs/heads/patch/change-a") == other.id("HEAD"))
            // Undone in turn, it is asked for again.
            #expect(try await repository.patch("undo").exitCode == 1)
        }
    }

    @Test func aNameThatTheRemoteCannotKeepIsRefused() async throws {
        try await withRemote { repository, remote in
            try await remote.git("update-ref", "refs/heads/patch/change-a/deeper", "refs/heads/main")
            let refused = try await repository.patch("Change a")
            #expect(refused.exitCode == 1, "\(refused)")
            #expect(refused.errorOutput.contains("the remote has 'patch/change-a/deeper'"))
            #expect(refused.errorOutput.contains("make it again with --branch NAME"))
            try await repository.mustPatch("undo")
            try await repository.mustPatch("Change a", "--branch", "patch/other")
            #expect(try await remote.id("refs/heads/patch/other") == repository.id("HEAD"))
        }
    }

    @Test func patchesOnAPatchAreStacked() async throws {
        try await withRemote { repository, _ in
            try await repository.mustPatch("One")
            try repository.write("b", "b\n")
            let result = try await repository.mustPatch("Two", "--stack", "--json")
            #expect(result.errorOutput.contains("stacked on 'patch/one'"))
            #expect(result.output.contains("\"stackedOn\""))
            #expect(result.output.contains("\"target\":\"main\""))
        }
    }

    @Test func commitsThatRideAlongAreListed() async throws {
        try await withRemote { repository, _ in
            try await repository.git("stash", "-q")
            try await repository.commit("not pushed", files: ["c": "c\n"])
            try await repository.git("stash", "pop", "-q")
            let result = try await repository.mustPatch("Change a", "--stay")
            #expect(result.errorOutput.contains("carries 1 commit that 'main' lacks"))
            #expect(result.errorOutput.contains("not pushed"))
            let alone = try await repository.mustPatch("Alone", "--base", "origin/main")
            #expect(!alone.errorOutput.contains("lacks"))
            #expect(try await repository.id("patch/alone^") == repository.id("origin/main"))
            #expect(try await repository.git("diff", "--name-only", "patch/alone^", "patch/alone") == "a")
            #expect(try await repository.git("symbolic-ref", "--short", "HEAD") == "main")
        }
    }

    @Test func aBaseThatConflictsIsRefusedWithThePaths() async throws {
        try await withRemote { repository, _ in
            try await repository.git("stash", "-q")
            try await repository.git("switch", "-q", "-c", "other")
            try await repository.commit("other", files: ["a": "z\n"])
            try await repository.git("switch", "-q", "main")
            try await repository.git("stash", "pop", "-q")
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("Change a", "--base", "other", "--json")
            #expect(result.exitCode == 1)
            #expect(result.output.contains("\"code\":\"merge-conflict\""))
            #expect(result.output.contains("\"paths\":[\"a\"]"))
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func dryRunTouchesNothing() async throws {
        try await withRemote { repository, remote in
            let before = try await RepositoryState.read(repository)
            let objects = try await repository.git("count-objects", "-v")
            let result = try await repository.mustPatch("Change a", "--dry-run", "--json")
            #expect(result.output.contains("\"outcome\":\"planned\""))
            #expect(result.output.contains("\"branch\":\"patch/change-a\""))
            #expect(try await RepositoryState.read(repository) == before)
            #expect(try await repository.git("count-objects", "-v") == objects)
            #expect(!repository.exists(".git/gitpatch"))
            #expect(try await remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main")
        }
    }
}
