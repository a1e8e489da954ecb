import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// What an undo asks of the remote where others, or hands, have moved the branch of a patch.
struct UndoOfUpdateTests {
    /// A patch 'P' of one file on a remote.
    private func withPatch(_ body: (_ repository: TestRepository, _ remote: String) async throws -> Void) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let remote = try await repository.addBareRemote("origin")
            try repository.write("a", "b\n")
            try await repository.mustPatch("P")
            try await body(repository, remote)
        }
    }

    /// The same, whose branch somebody else has moved on since.
    private func withForeignCommit(
        _ body: (_ repository: TestRepository, _ remote: String, _ foreign: String) async throws -> Void
    ) async throws {
        try await withPatch { repository, remote in
            try await body(repository, remote, try await pushForeignCommit(repository, remote).hex)
        }
    }

    /// Somebody else pushes a commit on top of the patch.
    private func pushForeignCommit(_ repository: TestRepository, _ remote: String) async throws -> ObjectID {
        let other = try await repository.clone(remote, as: "other")
        try await other.git("switch", "-q", "patch/p")
        let foreign = try await other.commit("foreign", files: ["theirs": "x\n"])
        try await other.git("push", "-q")
        return foreign
    }

    @Test(arguments: [false, true]) func theCommitsOfOthersStayOnTheBranch(amends: Bool) async throws {
        try await withForeignCommit { repository, remote, foreign in
            try await repository.git("pull", "-q", "--ff-only", "origin", "patch/p")
            try repository.write("a", "c\n")
            try await repository.mustPatch("update", "-m", "more")
            if amends {
                try repository.write("a", "d\n")
                try await repository.mustPatch("update", "--amend")
                try await repository.mustPatch("undo")
            }
            try await repository.mustPatch("undo")
            #expect(try await repository.git("--git-dir", remote, "rev-parse", "patch/p") == foreign)
            #expect(try await repository.git("rev-parse", "HEAD") == foreign)
            #expect(repository.read("a") == (amends ? "d\n" : "c\n"))
            // The patch is what the branch holds, and goes on from there.
            try await repository.mustPatch("update", "-m", "again")
            #expect(try await repository.git("--git-dir", remote, "rev-parse", "patch/p~1") == foreign)
        }
    }

    @Test func whatOthersHaveBuiltOnIsBroughtBackBeforeTheirsIsTaken() async throws {
        try await withPatch { repository, remote in
            try repository.write("a", "c\n")
            try await repository.mustPatch("update", "-m", "u")
            let foreign = try await pushForeignCommit(repository, remote)
            let refused = try await repository.patch("undo")
            #expect(refused.exitCode == 1, "\(refused)")
            let words = refused.errorOutput.split(separator: "\n").filter { $0.hasPrefix("hint: ") }.suffix(2)
            let undo = try #require(words.first?.split(separator: " ").last.map(String.init))
            let pull = try #require(words.last?.split(separator: ":").last?.split(separator: " ").dropFirst())
            _ = try await repository.patch("undo", undo)
            try await repository.git(pull.map(String.init))
            #expect(try await repository.id("HEAD") == foreign)
        }
    }

    @Test func whatWasRebasedOntoThemStaysThere() async throws {
        try await withForeignCommit { repository, remote, foreign in
            try repository.write("a", "c\n")
            let refused = try await repository.patch("update", "-m", "two")
            #expect(refused.exitCode == 1, "\(refused)")
            try await repository.git("pull", "-q", "--rebase", "origin", "patch/p")
            try await repository.mustPatch("update")
            let undone = try await repository.patch("undo")
            #expect(undone.exitCode == 1 && undone.errorOutput.contains("made nothing to take back"), "\(undone)")
            let commits = try await repository.git("--git-dir", remote, "rev-list", "patch/p")
            #expect(commits.contains(foreign), "\(commits)")
        }
    }

    /// An update that never arrived takes nothing to the remote when it is undone, commits made by hand included.
    @Test func whatNeverArrivedPublishesNothing() async throws {
        try await withPatch { repository, remote in
            let pushed = try await repository.git("--git-dir", remote, "rev-parse", "patch/p")
            try await repository.commit("by hand", files: ["h": "h\n"])
            try repository.write("a", "c\n")
            let hook = "\(repository.path)/.git/hooks/pre-push"
            try Data("#!/bin/sh\nexit 1\n".utf8).write(to: URL(fileURLWithPath: hook))
            try makeExecutable(hook)
            #expect(try await repository.patch("update", "-m", "more").exitCode == 1)
            try FileManager.default.removeItem(atPath: hook)
            try await repository.mustPatch("undo")
            try await repository.mustPatch("resume")
            #expect(try await repository.git("--git-dir", remote, "rev-parse", "patch/p") == pushed)
        }
    }

    @Test func undoGoesFurtherBackAndPublishesNothingAgain() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let remote = try await repository.addBareRemote("origin")
            try repository.write("a", "b\n")
            try await repository.mustPatch("A", "--return")
            try repository.write("b", "b\n")
            try await repository.mustPatch("B")
            let undone = try await repository.mustPatch("undo")
            let id = undone.outputText
            #expect(undone.errorOutput.contains("git patch undo \(id)"), "\(undone)")
            #expect(try await repository.mustPatch("undo").errorOutput.contains("undid create 'A'"))
            #expect(try await repository.git("--git-dir", remote, "for-each-ref", "refs/heads/patch") == "")
            let nothing = try await repository.patch("undo")
            #expect(nothing.exitCode == 1 && nothing.errorOutput.contains("no operation to undo"), "\(nothing)")
            let redone = try await repository.mustPatch("undo", id)
            #expect(redone.errorOutput.contains("brought back 'create: B'"), "\(redone)")
            #expect(
                try await repository.git("--git-dir", remote, "for-each-ref", "--format=%(refname)", "refs/heads/patch")
                    == "refs/heads/patch/b")
            #expect(try await repository.mustPatch("undo").errorOutput.contains("undid create 'B'"))
        }
    }

    @Test func aBranchThatSomebodyElseDeletedIsNotToldAsDeleted() async throws {
        try await withPatch { repository, remote in
            try await repository.git("--git-dir", remote, "update-ref", "-d", "refs/heads/patch/p")
            let undone = try await repository.mustPatch("undo")
            #expect(undone.errorOutput.contains("the branch was gone from 'origin' already"), "\(undone)")
            #expect(!undone.errorOutput.contains("deleted the branch"), "\(undone)")
            #expect(try await repository.git("--git-dir", remote, "for-each-ref", "refs/patches") == "")
        }
    }

    /// One effect has one record that can be undone, however often it went and came.
    @Test func whatWasBroughtBackIsUndoneByItsOwnID() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("b", "b\n")
            try await repository.mustPatch("Base", "--return")
            try repository.write("a", "b\n")
            try await repository.mustPatch("First")
            let undo = try await repository.mustPatch("undo").outputText
            let redo = try await repository.mustPatch("undo", undo).outputText
            let refused = try await repository.patch("undo", redo)
            #expect(refused.exitCode == 1 && refused.errorOutput.contains("by its own id"), "\(refused)")
            #expect(try await repository.mustPatch("undo").errorOutput.contains("undid create 'First'"))
            #expect(try await repository.mustPatch("undo").errorOutput.contains("undid create 'Base'"))
            #expect(try await repository.patch("undo").errorOutput.contains("there is no operation to undo"))
        }
    }

    @Test func aCommitUnderAnUpdateIsNotToldAsMadeByAnUndo() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try await repository.mustPatch("First")
            try await repository.commit("hand", files: ["h": "h\n"])
            try repository.write("a", "c\n")
            try await repository.mustPatch("update", "-m", "u")
            try await repository.mustPatch("undo")
            let refused = try await repository.patch("undo")
            #expect(refused.errorOutput.contains("git branch kept"), "\(refused)")
            #expect(!refused.errorOutput.contains("by 'undo'"), "\(refused)")
        }
    }

    /// What a look before says is what the command then does, refusals included.
    @Test func aLookRefusesWhatTheUndoRefuses() async throws {
        try await withPatch { repository, _ in
            let id = try #require(try await repository.mustPatch("log").output.split(separator: " ").first)
            try await repository.git("switch", "-q", "main")
            try await repository.git("worktree", "add", "-q", "../beside", "patch/p")
            let beside = repository.at(repository.scratch.path + "/beside")
            let looked = try await beside.patch("undo", String(id), "--dry-run")
            let undone = try await beside.patch("undo", String(id))
            #expect(looked.exitCode == 1 && looked.errorOutput == undone.errorOutput, "\(looked)\n\(undone)")
            #expect(looked.errorOutput.contains("ran in another worktree"), "\(looked)")
        }
    }

    @Test func aRefusedPushIsMendedByWhatStatusSays() async throws {
        try await withForeignCommit { repository, remote, foreign in
            try repository.write("a", "c\n")
            #expect(try await repository.patch("update", "-m", "two").exitCode == 1)
            try repository.write("new", "n\n")
            let status = try await repository.mustPatch("status").output
            let next = status.split(separator: "\n").filter { $0.hasPrefix("next: ") }
            #expect(next.count { $0.hasPrefix("next: git patch update") } == 1, "\(status)")
            let words = next[0].dropFirst("next: git ".count).prefix { $0 != "(" }.split(separator: " ")
            // The tree is dirty, and the pull goes over it.
            try await repository.git(words.map(String.init))
            #expect(repository.read("new") == "n\n")
            try await repository.mustPatch("update")
            #expect(try await repository.git("--git-dir", remote, "rev-list", "patch/p").contains(foreign))
        }
    }

    @Test func aNameThatIsOnlyToBeAddedIsNothingStaged() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try repository.write("n", "n\n")
            try await repository.git("add", "-N", "n")
            try await repository.mustPatch("P", "--", "a")
            try await repository.git("update-index", "--force-write-index")
            try await repository.mustPatch("undo")
            #expect(try await repository.git("status", "--porcelain") == "M a\n A n")
        }
    }

    @Test func whatWasUnstagedSinceIsNothingStaged() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try await repository.git("add", "a")
            try await repository.mustPatch("P")
            let undo = try await repository.mustPatch("undo").outputText
            try await repository.git("restore", "--staged", "a")
            try await repository.mustPatch("undo", undo)
            #expect(try await repository.git("status", "--porcelain") == "")
            #expect(try await repository.git("show", "HEAD:a") == "b")
        }
    }

    @Test func theWayBackBehindACommitByHandEnds() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try await repository.mustPatch("P")
            try await repository.commit("by hand", files: ["h": "h\n"])
            let refused = try await repository.patch("undo")
            let lines = refused.errorOutput.split(separator: "\n").filter { $0.contains("git ") }
            for line in lines {
                let words = line.drop { $0 != "g" }.split(separator: " ").dropFirst().map(String.init)
                try await repository.git(words)
            }
            try await repository.mustPatch("undo")
            #expect(repository.read("h") == "h\n")
        }
    }
}

extension CommandResult {
    /// The result of a command, without the end of its line.
    fileprivate var outputText: String { String(output.prefix { $0 != "\n" }) }
}
