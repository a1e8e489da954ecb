import Foundation
import SuiteTestSupport
import Testing

@testable import HookInput

/// The helper must find what git would find, without git.
struct HookRepositoryTests {
    @Test func agreesWithGitInEveryKindOfRepository() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: ["a/b/c": "1"])
            try await check(repository, repository.path)
            try await check(repository, repository.path + "/a/b")
            try await repository.git("worktree", "add", "-q", "../linked")
            try await check(repository, repository.scratch.path + "/linked")
            try await check(repository, repository.scratch.path + "/linked/a")
            let bare = try await repository.addBareRemote()
            try await check(repository, bare)
            try await repository.git("submodule", "--quiet", "add", bare, "sub")
            try await check(repository, repository.path + "/sub")
            try await repository.git("init", "-q", "--separate-git-dir", "../elsewhere.git", "../split")
            try await check(repository, repository.scratch.path + "/split")
            try FileManager.default.createSymbolicLink(
                atPath: repository.scratch.path + "/alias", withDestinationPath: repository.path)
            try await check(repository, repository.scratch.path + "/alias")
        }
    }

    @Test func theEnvironmentComesFirst() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try await repository.git("worktree", "add", "-q", "../linked")
            let gitDirectory = repository.path + "/.git/worktrees/linked"
            let found = HookRepository.find(environment: HookVariables(["GIT_DIR": gitDirectory]), from: "/")
            #expect(found?.gitDirectory == gitDirectory)
            #expect(found?.commonDirectory == repository.path + "/.git")
            let linkFile = HookRepository.find(
                environment: HookVariables(["GIT_DIR": repository.scratch.path + "/linked/.git"]), from: "/")
            #expect(linkFile == found)
        }
    }

    @Test func nothingIsFoundWhereThereIsNothing() async throws {
        try await Scratch.with { scratch in
            #expect(HookRepository.find(environment: HookVariables([:]), from: scratch.path) == nil)
            #expect(HookRepository.find(environment: HookVariables(["GIT_DIR": "/nowhere"]), from: scratch.path) == nil)
        }
    }

    private func check(_ repository: TestRepository, _ folder: String) async throws {
        let facts = try await repository.at(folder)
            .git("rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir")
            .split(separator: "\n").map(String.init)
        let found = HookRepository.find(environment: HookVariables([:]), from: folder)
        #expect([found?.gitDirectory, found?.commonDirectory] == facts, "in \(folder)")
    }
}
