import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

/// Refs read and written in their files are those that git reads and writes.
@Suite struct ReferenceFilesTests {
    @Test func theListIsThatOfGit() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            try await repo.commit("second", files: ["a": "2"])
            for branch in ["a", "a-b", "deep/er/x", "deep/er-x", "ünder", "packed/1", "packed/2"] {
                try await repo.git("branch", branch)
            }
            try await repo.git("tag", "-a", "-m", "t", "v1")
            try await repo.git("pack-refs", "--all")
            // Packed and loose with another value, loose only, and gone from the files.
            try await repo.git("update-ref", "refs/heads/packed/1", first.hex)
            try await repo.git("branch", "loose/1", first.hex)
            try await repo.git("branch", "-D", "packed/2")
            try await repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/a")
            try await repo.git("symbolic-ref", "refs/heads/dangling", "refs/heads/nowhere")
            try repo.write(".git/refs/heads/left.lock", "")
            try repo.write(".git/refs/heads/bad..name", first.hex + "\n")
            let repository = try await repo.open()
            for prefix in [
                "refs/", "refs/heads/", "refs/heads/deep/", "refs/heads/packed/", "refs/tags/", "refs/none/",
            ] {
                let listed = try await repo.git("for-each-ref", "--format=%(objectname) %(refname)", prefix)
                let expected = listed.split(separator: "\n").map(String.init)
                #expect(try repository.references(under: prefix).map { "\($0.id) \($0.name)" } == expected)
            }
            for text in ["refs/heads/packed/1", "refs/heads/deep/er/x", "refs/tags/v1", "refs/remotes/origin/HEAD"] {
                let name = try #require(ReferenceName(text))
                #expect(try repository.reference(name)?.hex == (try await repo.git("rev-parse", text)))
            }
            // A folder of refs is no ref, and neither is part of a name.
            for text in ["refs/heads/deep", "refs/heads/packed", "refs/heads/packed/", "refs/heads/er/x"] {
                guard let name = ReferenceName(text) else { continue }
                #expect(try repository.reference(name) == nil)
            }
        }
    }

    @Test func headMayBeALinkAsInTheOldDays() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            try repo.remove(".git/HEAD")
            try FileManager.default.createSymbolicLink(
                atPath: repo.path + "/.git/HEAD", withDestinationPath: "refs/heads/main")
            let main = try #require(ReferenceName(branch: "main"))
            #expect(try await repo.git("rev-parse", "HEAD") == first.hex)
            #expect(try await repo.open().head == .branch(main, first))
        }
    }

    @Test(arguments: [nil, "true", "false", "always", "0", "1"], [true, false])
    func reflogsAreKeptWhereGitKeepsThem(policy: String?, hasLog: Bool) async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            if let policy { try await repo.git("config", "core.logAllRefUpdates", policy) }
            let refs = ["heads/x/y", "tags/t", "remotes/o/x", "notes/n", "gitpatch/ops/1", "other"].map { "refs/" + $0 }
            if hasLog { for ref in refs { try repo.write(".git/logs/" + ref + "-git", "") } }
            if hasLog { for ref in refs { try repo.write(".git/logs/" + ref + "-ours", "") } }
            let repository = try await repo.open()
            for ref in refs {
                try await repo.git("update-ref", "-m", "word  by\n word", ref + "-git", first.hex)
                let name = try #require(ReferenceName(ref + "-ours"))
                try repository.move(
                    [ReferenceMove(name, from: .absent, to: .object(first))], message: "word  by\n word", by: ada)
                let theirs = repo.read(".git/logs/" + ref + "-git")
                let ours = repo.read(".git/logs/" + ref + "-ours")
                #expect((theirs == nil) == (ours == nil), "\(ref) with \(policy ?? "nothing")")
                #expect(theirs?.split(separator: "\t").last == ours?.split(separator: "\t").last)
            }
        }
    }

    @Test func emptyFoldersOfRefsGoAsTheyDoInGit() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let name = try #require(ReferenceName(branch: "a/b/c"))
            for _ in 0..<2 {
                try repository.move([ReferenceMove(name, from: .absent, to: .object(first))], message: "m", by: ada)
                #expect(repo.exists(".git/logs/refs/heads/a/b/c"))
                try repository.move([ReferenceMove(name, from: .exactly(first), to: .deleted)], message: "m", by: ada)
                #expect(!repo.exists(".git/refs/heads/a") && !repo.exists(".git/logs/refs/heads/a"))
                #expect(repo.exists(".git/refs/heads/main") && repo.exists(".git/logs/refs/heads/main"))
            }
        }
    }

    @Test func refsOfOneWorktreeStayThere() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            try await repo.git("worktree", "add", "-q", "-b", "side", repo.scratch.path + "/linked")
            let linked = repo.at(repo.scratch.path + "/linked")
            let repository = try await linked.open()
            let mine = try #require(ReferenceName("refs/worktree/mine"))
            try repository.move([ReferenceMove(mine, from: .absent, to: .object(first))], message: "m", by: ada)
            #expect(try await linked.git("rev-parse", "refs/worktree/mine") == first.hex)
            #expect(try await repo.tryGit(["rev-parse", "-q", "--verify", "refs/worktree/mine"]).exitCode == 1)
            #expect(try repository.references(under: "refs/worktree/").map(\.name) == [mine])
            let shared = try await linked.git("for-each-ref", "--format=%(refname)").split(separator: "\n").map(
                String.init)
            #expect(try repository.references(under: "refs/").map(\.name.text) == shared)
        }
    }
}
