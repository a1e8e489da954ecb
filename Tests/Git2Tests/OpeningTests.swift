import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

@Suite struct OpeningTests {
    @Test func readsHeadOnABranchUnbornAndDetached() async throws {
        try await TestRepository.with { repo in
            let main = try #require(ReferenceName(branch: "main"))
            #expect(try await repo.open().head == .unborn(main))
            let first = try await repo.commit("first", files: ["a": "1"])
            #expect(try await repo.open().head == .branch(main, first))
            try await repo.git("checkout", "-q", "--detach")
            #expect(try await repo.open().head == .detached(first))
        }
    }

    @Test func aFolderWithoutARepositoryIsNoRepository() async throws {
        try await Scratch.with { scratch in
            let error = refusal(
                RepositoryLocation(
                    gitDirectory: scratch.path, commonDirectory: scratch.path, worktree: "", prefix: ""))
            #expect(error?.code == .notARepository)
            #expect(error?.exitStatus == 69)
        }
    }

    @Test(arguments: ["sha1", "sha256"])
    func aRepositoryOfAnotherHashIsRefusedByName(format: String) async throws {
        try await TestRepository.with(initArguments: ["--object-format=\(format)"]) { repo in
            let error = refusal(try await repo.location())
            #expect(error?.code == (format == "sha1" ? nil : .unsupported))
            #expect(error?.subject == (format == "sha1" ? nil : "objectformat"))
        }
    }

    @Test(arguments: [
        ("refStorage", "reftable", "refstorage"), ("refStorage", "files", nil),
        ("somethingNew", "true", "somethingnew"),
        ("worktreeConfig", "true", nil), ("relativeWorktrees", "true", nil), ("preciousObjects", "true", nil),
        ("partialClone", "origin", "partialclone"),
        ("objectFormat", "sha1", nil), ("compatObjectFormat", "sha256", nil),
    ])
    func extensionsAreReadOrRefusedByName(name: String, value: String, refused: String?) async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let location = try await repo.location()
            try await repo.git("config", "core.repositoryFormatVersion", "1")
            try appendLine("[extensions]\n\t\(name) = \(value)\n", to: repo.path + "/.git/config")
            let error = refusal(location)
            #expect(error?.code == refused.map { _ in .unsupported })
            #expect(error?.subject == refused)
            if refused == nil { #expect(try Repository.open(location).head.commit == first) }
        }
    }

    @Test(arguments: ["true", "false"])
    func aPartialCloneIsLeftToGit(promisor: String) async throws {
        try await TestRepository.with { repo in
            let location = try await repo.location()
            try await repo.git("config", "remote.origin.promisor", promisor)
            #expect(refusal(location)?.subject == (promisor == "true" ? "remote.origin.promisor" : nil))
        }
    }

    @Test func aNewerFormatIsRefused() async throws {
        try await TestRepository.with { repo in
            let location = try await repo.location()
            try await repo.git("config", "core.repositoryFormatVersion", "2")
            #expect(refusal(location)?.code == .unsupported)
            #expect(refusal(location)?.subject == "core.repositoryFormatVersion")
        }
    }

    @Test func unknownExtensionsDoNotCountInFormatZeroAsInGit() async throws {
        try await TestRepository.with { repo in
            try appendLine("[extensions]\n\tsomethingNew = true\n", to: repo.path + "/.git/config")
            try await repo.git("status")
            #expect(refusal(try await repo.location()) == nil)
        }
    }

    @Test func aLinkedWorktreeHasItsOwnHeadAndSharesBranches() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            try await repo.git("worktree", "add", "-q", "-b", "side", repo.scratch.path + "/linked")
            let linked = repo.at(repo.scratch.path + "/linked")
            let side = try #require(ReferenceName(branch: "side"))
            let next = try #require(ReferenceName(branch: "next"))
            let repository = try await linked.open()
            #expect(try repository.head == .branch(side, first))
            try repository.move(
                [
                    ReferenceMove(next, from: .absent, to: .object(first)),
                    ReferenceMove(.head, from: .symbolic(side), to: .symbolic(next)),
                ], message: "branch: Created from HEAD", by: ada)
            #expect(try await linked.git("symbolic-ref", "HEAD") == "refs/heads/next")
            #expect(try await repo.git("symbolic-ref", "HEAD") == "refs/heads/main")
            #expect(try await linked.git("log", "-g", "-1", "--format=%gs") == "checkout: moving from side to next")
            #expect(try await repo.git("rev-parse", "next") == first.hex)
            #expect(repository.references.lockPath(of: .head).hasSuffix("/.git/worktrees/linked/HEAD.lock"))
            #expect(repository.references.lockPath(of: next) == repo.path + "/.git/refs/heads/next.lock")
            #expect(!linked.exists(".git/HEAD.lock"))
        }
    }

    @Test func aSeparateGitDirectoryOpens() async throws {
        try await TestRepository.with { repo in
            try await repo.git("init", "-q", "--separate-git-dir", repo.scratch.path + "/apart.git")
            let first = try await repo.commit("first", files: ["a": "1"])
            #expect(try await repo.open().head.commit == first)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a folder away"))
    func aForeignRepositoryIsRefusedAsGitRefusesIt() async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            let location = try await repo.location()
            #expect(chown(repo.path, 12345, 12345) == 0)
            try await repo.git("config", "--global", "--unset-all", "safe.directory")
            let git = try await repo.tryGit(["status"])
            let error = refusal(location)
            #expect(git.exitCode == 128 && git.errorOutput.contains("dubious ownership"))
            #expect(error?.code == .owner)
            #expect(error?.exitStatus == 69)
        }
    }
}

/// Why a repository cannot be opened; `nil` when it can.
private func refusal(_ location: RepositoryLocation) -> GitError? {
    do {
        _ = try Repository.open(location)
        return nil
    } catch {
        return error
    }
}

private func appendLine(_ text: String, to path: String) throws {
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
}
