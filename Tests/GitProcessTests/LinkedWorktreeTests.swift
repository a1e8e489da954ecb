import Foundation
import GitProcess
import GitValues
import SuiteTestSupport
import Testing

/// Worktrees made by us are git's in every respect, and never there by half.
struct LinkedWorktreeTests {
    private func make(_ repository: TestRepository, at path: String) async throws -> String {
        try LinkedWorktree.make(
            at: path, name: "pool", commit: try await repository.id("HEAD"), commonDirectory: repository.path + "/.git",
            staging: repository.path + "/.git/staging")
    }

    @Test func gitTakesThemForItsOwn() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let path = repository.scratch.path + "/place"
            let admin = try await make(repository, at: path)
            #expect(LinkedWorktree.administrations(of: path, commonDirectory: repository.path + "/.git") == [admin])
            let place = repository.at(path)
            #expect(try await place.git("rev-parse", "--path-format=absolute", "--git-dir") == admin)
            #expect(try await place.id("HEAD") == repository.id("HEAD"))
            try await place.git("reset", "-q", "--hard")
            #expect(place.read("a") == "a\n")
            #expect(try await place.git("status", "--porcelain") == "")
            #expect(try await repository.git("worktree", "list", "--porcelain").contains("worktree \(path)\n"))
            try await repository.git("worktree", "prune", "--expire", "now")
            #expect(FileManager.default.fileExists(atPath: admin))
            #expect(try await repository.tryGit(["fsck", "--full", "--strict"]).succeeded)
            try await repository.git("worktree", "remove", "--force", path)
            #expect(!FileManager.default.fileExists(atPath: admin))
        }
    }

    @Test func whatIsThereIsNeitherTakenNorBroken() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let files = FileManager.default
            // What a kill leaves behind, and names that are somebody else's.
            try files.createDirectory(atPath: repository.path + "/.git/staging/deep", withIntermediateDirectories: true)
            try files.createDirectory(
                atPath: repository.path + "/.git/worktrees/pool", withIntermediateDirectories: true)
            let one = try await make(repository, at: repository.scratch.path + "/one")
            let two = try await make(repository, at: repository.scratch.path + "/two")
            #expect(one.hasSuffix("/pool-2") && two.hasSuffix("/pool-3"))
            #expect(try files.contentsOfDirectory(atPath: repository.path + "/.git/worktrees/pool").isEmpty)
            LinkedWorktree.remove(one, staging: repository.path + "/.git/staging")
            #expect(!files.fileExists(atPath: one) && !files.fileExists(atPath: repository.path + "/.git/staging"))
            await #expect(throws: GitProcessError.self) {
                try await make(repository, at: repository.scratch.path + "/two")
            }
            #expect(try await repository.at(repository.scratch.path + "/two").id("HEAD") == repository.id("HEAD"))
        }
    }
}
