import Foundation
import GitValues
import SuiteTestSupport
import Testing

struct UndoTests {
    @Test(arguments: [[], ["--stay"]])
    func undoRestoresStagedAndUnstagedSeparately(_ options: [String]) async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let before = try await RepositoryState.read(repository)
            let made = try await repository.run("git-patch", ["Fix the greeting"] + options)
            #expect(made.succeeded, "\(made)")
            let between = try await RepositoryState.read(repository)
            #expect(between != before)
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == before)
            try await repository.mustUndoNewest()
            #expect(try await RepositoryState.read(repository) == between)
            try await repository.mustUndoNewest()
            #expect(try await RepositoryState.read(repository) == before)
            #expect(try await repository.tryGit(["fsck", "--full", "--strict"]).succeeded)
        }
    }

    @Test func intentToAddAndFlagsComeBack() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try repository.write("intended", "later\n")
            try await repository.git("add", "-N", "intended")
            try await repository.git("update-index", "--assume-unchanged", "kept")
            let before = try await RepositoryState.read(repository)
            try await repository.mustPatch("Fix the greeting")
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func theWayBackNeverMovesAnotherBranch() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("Fix the greeting", "--return")
            try await repository.git("switch", "-q", "patch/fix-the-greeting")
            try await repository.commit("later", files: ["later": "later\n"])
            let there = try await repository.patch("undo")
            #expect(there.errorOutput.contains("then: git reset "), "\(there)")
            try await repository.git("switch", "-q", "main")
            let here = try await repository.patch("undo")
            #expect(here.exitCode == 1)
            #expect(here.errorOutput.contains("then: git branch -f patch/fix-the-greeting "), "\(here)")
            #expect(!here.errorOutput.contains("reset"))
        }
    }

    @Test func undoOfACreateNamesTheUpdateThatCameAfterIt() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("Fix the greeting")
            let create = try await repository.newest()
            try repository.write("kept", "more\n")
            try await repository.mustPatch("update", "-m", "More")
            let update = try await repository.newest()
            let refused = try await repository.patch("undo", create)
            #expect(refused.exitCode == 1)
            #expect(refused.errorOutput.contains("take that back first: git patch undo \(update)"), "\(refused)")
            try await repository.mustPatch("undo", update)
            try await repository.mustPatch("undo", create)
        }
    }

    @Test func aSnapshotThatWasUndoneIsNotLost() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("snapshot")
            let id = try await repository.newest()
            try await repository.mustPatch("undo")
            let undo = try await repository.newest()
            let refused = try await repository.patch("restore", id)
            #expect(refused.errorOutput.contains("was undone"), "\(refused)")
            #expect(refused.errorOutput.contains("git patch undo \(undo)"), "\(refused)")
            try await repository.mustPatch("undo", undo)
            try repository.write("both", "later\n")
            try await repository.mustPatch("restore", id)
        }
    }

    @Test func undoRefusesToLoseACommit() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("Fix the greeting")
            try await repository.commit("more", files: ["more": "more\n"])
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("undo")
            #expect(result.exitCode == 1)
            #expect(result.errorOutput.contains("has a commit made since"))
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func undoRefusesToLoseWhatWasStagedSinceAndKeepsEdits() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("Fix the greeting")
            try repository.write("later", "later\n")
            try await repository.git("add", "later")
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("undo", "--json")
            #expect(result.exitCode == 1)
            #expect(result.output.contains("\"paths\":[\"later\"]"), "\(result)")
            #expect(try await RepositoryState.read(repository) == before)
            try await repository.git("restore", "--staged", "later")
            try repository.write("both", "4 edited since\n")
            try await repository.mustPatch("undo")
            #expect(repository.read("both") == "4 edited since\n")
            #expect(repository.read("later") == "later\n")
        }
    }

    /// Only what is nowhere else would be lost: git may write a file again as the commit has it.
    @Test func aFileWithTheContentOfTheCommitIsNotChanged() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a [x]": "a\n", "b": "b\n", ".gitattributes": "b eol=crlf\n"])
            try await repository.git("checkout", "-q", "--", ".")
            try repository.write("a [x]", "mine\n")
            try repository.write("b", "mine\r\n")
            try repository.write("new", "new\n")
            let before = try await RepositoryState.read(repository)
            try await repository.mustPatch("First", "--local", "--return")
            for name in ["a [x]", "b"] {
                try repository.remove(name)
                try await repository.git("checkout", "-q", "--", ":(literal)\(name)")
            }
            try repository.write("a [x]", "theirs\n")
            try repository.write("new", "new\n")
            let refused = try await repository.patch("undo")
            #expect(refused.exitCode == 1, "\(refused)")
            #expect(refused.errorOutput.contains("a [x]") && refused.errorOutput.contains("new"), "\(refused)")
            #expect(!refused.errorOutput.contains("  b\n"), "\(refused)")
            try repository.write("a [x]", "a\n")
            try repository.remove("new")
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func undoRefusesWhenHeadIsElsewhere() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("Fix the greeting")
            try await repository.git("switch", "-q", "main")
            let result = try await repository.patch("undo")
            #expect(result.exitCode == 1)
            #expect(result.errorOutput.contains("hint: git switch patch/fix-the-greeting"))
            try await repository.git("switch", "-q", "patch/fix-the-greeting")
            try await repository.mustPatch("undo")
            #expect(repository.read("both") == "3 unstaged\n")
        }
    }

    @Test func logSaysWhatCanBeUndone() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("Fix the greeting")
            try await repository.mustPatch("undo")
            let log = try await repository.mustPatch("log", "--json").output
            #expect(log.components(separatedBy: "\"undoable\":true").count == 2)
            #expect(log.contains("\"state\":\"undone\""))
            #expect(try await repository.mustPatch("list", "--json").output == "{\"patches\":[],\"version\":1}\n")
        }
    }
}

extension TestRepository {
    /// The beginning of the id of the newest operation.
    fileprivate func newest() async throws -> String {
        String(try await mustPatch("log").output.prefix(8))
    }
}
