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
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == between)
            try await repository.mustPatch("undo")
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
