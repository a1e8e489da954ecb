import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// An undo goes back only where the index and the files of then belong.
struct UndoGroundTests {
    private func patched(_ repository: TestRepository, _ options: String...) async throws {
        try await repository.commit("first", files: ["a": "a\n"])
        try repository.write("a", "b\n")
        #expect(try await repository.run("git-patch", ["One", "--local"] + options).succeeded)
    }

    /// Runs undo, which must refuse with words and change nothing.
    private func refuses(_ repository: TestRepository, _ words: String, _ arguments: [String] = []) async throws {
        let before = try await RepositoryState.read(repository)
        let look = try await repository.run("git-patch", ["undo", "--dry-run"] + arguments)
        let refused = try await repository.run("git-patch", ["undo"] + arguments)
        #expect(refused.exitCode == 1 && refused.errorOutput.contains(words), "\(refused)")
        #expect(look.exitCode == 1 && look.errorOutput == refused.errorOutput, "\(look)")
        #expect(try await RepositoryState.read(repository) == before)
    }

    @Test func notWhereTheStartBranchHasMoved() async throws {
        try await TestRepository.with { repository in
            try await patched(repository)
            try await repository.git("switch", "-q", "main")
            try await repository.commit("team", files: ["team": "t\n"])
            try await repository.git("switch", "-q", "patch/one")
            try await refuses(repository, "'main' has moved since")
        }
    }

    @Test func notWhereTheStartBranchIsGoneUntilItIsMadeAgain() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try await repository.git("switch", "-q", "-c", "feature")
            let start = try await repository.commit("second", files: ["b": "b\n"])
            try repository.write("a", "b\n")
            try await repository.mustPatch("One", "--local")
            try await repository.git("branch", "-q", "-D", "feature")
            try await refuses(repository, "git branch feature \(start.short)")
            try await repository.git("branch", "feature", start.hex)
            try await repository.mustPatch("undo")
            #expect(try await repository.git("symbolic-ref", "HEAD") == "refs/heads/feature")
        }
    }

    @Test func notWhereTheStartBranchIsCheckedOutElsewhere() async throws {
        try await TestRepository.with { repository in
            try await patched(repository)
            try await repository.git("worktree", "add", "-q", repository.scratch.path + "/other", "main")
            try await refuses(repository, "is checked out in")
        }
    }

    @Test func notBehindACommitWhereTheBranchWasKept() async throws {
        try await TestRepository.with { repository in
            try await patched(repository, "--return")
            try await repository.commit("mine", files: ["m": "m\n"])
            try await refuses(repository, "git cherry-pick -n")
        }
    }

    @Test func notFromAnotherBranchWhichHasNotMoved() async throws {
        try await TestRepository.with { repository in
            try await patched(repository)
            try repository.write("a", "c\n")
            try await repository.mustPatch("update")
            try await repository.git("switch", "-q", "main")
            try await refuses(repository, "git switch patch/one")
        }
    }

    @Test func whatWasUndoneDoesNotComeBackBehindACommit() async throws {
        try await TestRepository.with { repository in
            try await patched(repository)
            let id = try await repository.mustPatch("undo").errorOutput
            let hint = try #require(id.split(separator: "git patch undo ").last?.prefix(8))
            try await repository.git("stash", "-q")
            try await repository.commit("mine", files: ["m": "m\n"])
            try await repository.git("stash", "pop", "-q")
            try await refuses(repository, "'main' has moved since", [String(hint)])
        }
    }

    @Test(arguments: ["merge", "cherry-pick", "bisect"]) func notInTheMiddleOfSomething(_ what: String) async throws {
        try await TestRepository.with { repository in
            try await patched(repository)
            switch what {
            case "merge":
                try await repository.git("switch", "-q", "main")
                try await repository.commit("team", files: ["team": "t\n"])
                try await repository.git("switch", "-q", "patch/one")
                try await repository.git("merge", "-q", "--no-commit", "--no-ff", "main")
            case "cherry-pick": _ = try await repository.tryGit(["cherry-pick", "HEAD"])
            default: try await repository.git("bisect", "start")
            }
            try await refuses(repository, "a \(what) is in progress")
        }
    }

    /// What a hook has refused to publish is not published by the way back.
    @Test func whatWasNeverThereIsJudgedByTheHooks() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let remote = try await repository.addBareRemote()
            try repository.write(
                ".git/hooks/pre-push", "#!/bin/sh\n! git grep -q SECRET patch/one -- a || { echo no >&2; exit 1; }\n")
            try makeExecutable(repository.path + "/.git/hooks/pre-push")
            try repository.write("a", "SECRET\n")
            _ = try await repository.patch("One")
            try repository.write("a", "fine\n")
            try await repository.mustPatch("update", "--amend")
            #expect(try await repository.git("--git-dir", remote, "show", "patch/one:a") == "fine")
            _ = try await repository.patch("undo")
            #expect(try await repository.git("--git-dir", remote, "show", "patch/one:a") == "fine")
        }
    }
}
