import Foundation
import GitProcess
import GitValues
import SuiteTestSupport
import SystemPackage
import Testing

/// Finding the repository, in every place a command may be started.
struct LocateTests {
    @Test func findsTopPrefixAndCommonDirectory() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: ["a b/ü/x": "1"])
            try await repository.git("worktree", "add", "-q", "../linked")
            let top = try await program(in: repository.path, repository).locate()
            #expect(top.worktree == repository.path && top.prefix.isEmpty)
            #expect(top.gitDirectory == repository.path + "/.git" && top.commonDirectory == top.gitDirectory)
            let below = try await program(in: repository.path + "/a b/ü", repository).locate()
            #expect(below.worktree == repository.path && below.prefix == "a b/ü/")
            let linked = try await program(in: repository.scratch.path + "/linked", repository).locate()
            #expect(linked.worktree == repository.scratch.path + "/linked")
            #expect(linked.commonDirectory == top.gitDirectory && linked.gitDirectory != top.gitDirectory)
            #expect(linked.storeDirectory == top.storeDirectory)
        }
    }

    @Test func saysWhyThereIsNone() async throws {
        try await TestRepository.with { repository in
            let remote = try await repository.addBareRemote()
            await #expect(throws: LocationProblem.bare) { try await program(in: remote, repository).locate() }
            await #expect(throws: LocationProblem.insideGitDirectory) {
                try await program(in: repository.path + "/.git/refs", repository).locate()
            }
            let outside = try repository.scratch.makeDirectory("outside")
            let problem = await #expect(throws: LocationProblem.self) {
                try await program(in: outside, repository).locate()
            }
            #expect(problem?.problemCode == "not-a-repository" && problem?.exitStatus == 69)
            #expect(problem?.description.contains("not a git repository") == true && problem?.hints.isEmpty == false)
        }
    }

    @Test func aLineFeedInThePathIsRefusedByName() async throws {
        try await TestRepository.with { repository in
            let odd = try repository.scratch.makeDirectory("two\nlines")
            try await repository.git("init", "-q", odd)
            await #expect(throws: LocationProblem.unusablePath(odd)) { try await program(in: odd, repository).locate() }
        }
    }

    @Test func gitsOwnVariablesAreHonoured() async throws {
        try await TestRepository.with { repository in
            let outside = try repository.scratch.makeDirectory("outside")
            let pointed = repository.with(environment: [
                "GIT_DIR": repository.path + "/.git", "GIT_WORK_TREE": repository.path,
            ])
            let found = try await program(in: outside, pointed).locate()
            #expect(found.worktree == repository.path && found.gitDirectory == repository.path + "/.git")
            await #expect(throws: LocationProblem.self) {
                var git = program(in: outside, pointed)
                git.environment = git.environment.withoutRepository()
                return try await git.locate()
            }
        }
    }
}

/// The git of a test, in any folder.
func program(in directory: String, _ repository: TestRepository) -> GitProgram {
    GitProgram(directory: FilePath(directory), environment: .only(repository.environment).withPlainMessages())
}
