import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

@Suite struct ReferenceTransactionTests {
    @Test func makesABranchAndSwitchesHeadAsGitDoes() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let branch = try name("patch/x")
            let main = try name("main")
            let commit = try repository.child(of: first)
            try repository.move(
                [
                    ReferenceMove(.head, from: .symbolic(main), to: .symbolic(branch)),
                    ReferenceMove(branch, from: .absent, to: .object(commit)),
                ], message: "branch: Created from HEAD", by: ada)
            #expect(try repository.head == .branch(branch, commit))
            #expect(try await repo.git("symbolic-ref", "HEAD") == "refs/heads/patch/x")
            #expect(try await repo.id("HEAD") == commit)
            let line =
                "\(first) \(commit) Ada Example <ada@example.com> 1700000000 +0130\tcheckout: moving from main to patch/x"
            #expect(repo.read(".git/logs/HEAD")?.split(separator: "\n").last == Substring(line))
            #expect(try await repo.git("log", "-g", "--format=%gs", "patch/x") == "branch: Created from HEAD")
            try await repo.git("switch", "-q", "-")
            #expect(try await repo.git("symbolic-ref", "HEAD") == "refs/heads/main")
            try await repo.git("fsck", "--strict")
            #expect(locks(in: repo).isEmpty)
        }
    }

    @Test func aCacheIsMovedAndComparedLikeAnythingElse() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let second = try repository.child(of: first)
            let (kept, gone) = (try name("cache/kept"), try name("cache/gone"))
            let made = [kept, gone].map { ReferenceMove($0, from: .absent, to: .object(first)) }
            try repository.move(made, message: "", by: ada, isCache: true)
            #expect(throws: GitError.self) { try repository.move(made, message: "", by: ada, isCache: true) }
            try repository.move(
                [
                    ReferenceMove(kept, from: .exactly(first), to: .object(second)),
                    ReferenceMove(gone, from: .exactly(first), to: .deleted),
                ], message: "", by: ada, isCache: true)
            #expect(try await repo.id("cache/kept") == second)
            #expect(try await repo.git("for-each-ref", "refs/heads/cache/gone").isEmpty)
            #expect(locks(in: repo).isEmpty)
        }
    }

    @Test func headsReflogFollowsItsBranch() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let commit = try repository.child(of: first)
            try repository.move(
                [ReferenceMove(try name("main"), from: .exactly(first), to: .object(commit))],
                message: "commit: second", by: ada)
            #expect(try await repo.git("log", "-g", "-1", "--format=%gs", "HEAD") == "commit: second")
            #expect(try await repo.git("log", "-g", "-1", "--format=%gs", "main") == "commit: second")
            #expect(try await repo.id("HEAD@{1}") == first)
        }
    }

    @Test func anUnbornBranchIsBornAndHeadMayLeaveIt() async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            let main = try name("main")
            let patch = try name("patch")
            let tree = try repository.writeTree([])
            let root = try repository.makeCommit(
                tree: tree, parents: [], author: ada, committer: ada, message: [UInt8]("root\n"))
            try repository.move(
                [
                    ReferenceMove(patch, from: .absent, to: .object(root)),
                    ReferenceMove(.head, from: .symbolic(main), to: .symbolic(patch)),
                ], message: "commit (initial): root", by: ada)
            #expect(try repository.head == .branch(patch, root))
            try repository.move(
                [
                    ReferenceMove(.head, from: .symbolic(patch), to: .symbolic(main)),
                    ReferenceMove(patch, from: .exactly(root), to: .deleted),
                ], message: "undo", by: ada)
            #expect(try repository.head == .unborn(main))
            #expect(try await repo.git("for-each-ref").isEmpty)
            #expect(!repo.exists(".git/logs/refs/heads/patch"))
            try await repo.git("fsck", "--strict")
        }
    }

    @Test func headMovesDetachedAndBack() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let main = try name("main")
            try repository.move(
                [ReferenceMove(.head, from: .symbolic(main), to: .object(first))], message: "checkout: detaching",
                by: ada)
            #expect(try repository.head == .detached(first))
            let second = try repository.child(of: first)
            try repository.move(
                [ReferenceMove(.head, from: .exactly(first), to: .object(second))], message: "m", by: ada)
            #expect(try await repo.id("HEAD") == second)
            try repository.move(
                [ReferenceMove(.head, from: .exactly(second), to: .symbolic(main))], message: "m", by: ada)
            #expect(try repository.head == .branch(main, first))
            #expect(
                try await repo.git("log", "-g", "-1", "--format=%gs", "HEAD")
                    == "checkout: moving from \(second) to main")
        }
    }

    @Test func nothingMovesWhenOneOldValueIsWrong() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let second = try await repo.commit("second", files: ["a": "2"])
            try await repo.git("branch", "other", first.hex)
            let repository = try await repo.open()
            let before = try await repo.git("for-each-ref")
            let cases: [(ReferenceMove, GitError.Code)] = [
                (ReferenceMove(try name("other"), from: .exactly(second), to: .object(second)), .modified),
                (ReferenceMove(try name("gone"), from: .exactly(second), to: .object(second)), .modified),
                (ReferenceMove(try name("other"), from: .absent, to: .object(second)), .exists),
                (ReferenceMove(try name("other"), from: .exactly(second), to: .deleted), .modified),
                (ReferenceMove(.head, from: .symbolic(try name("other")), to: .symbolic(try name("new"))), .modified),
                (ReferenceMove(.head, from: .exactly(second), to: .object(first)), .modified),
                (ReferenceMove(try name("other"), from: .symbolic(try name("main")), to: .object(second)), .modified),
            ]
            for (move, code) in cases {
                let error = refusal(
                    repository, [ReferenceMove(try name("new"), from: .absent, to: .object(first)), move])
                #expect(error?.code == code, "\(move)")
                #expect(error?.subject == move.name.text)
                #expect(try await repo.git("for-each-ref") == before)
                #expect(locks(in: repo).isEmpty)
            }
        }
    }

    @Test func aLockedRefIsNamedWithItsLockAndNothingMoves() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            try repo.write(".git/refs/heads/b.lock", "")
            let moves = [
                ReferenceMove(try name("a"), from: .absent, to: .object(first)),
                ReferenceMove(try name("b"), from: .absent, to: .object(first)),
                ReferenceMove(try name("c"), from: .absent, to: .object(first)),
            ]
            let error = refusal(repository, moves)
            #expect(error?.code == .locked)
            #expect(error?.path == repo.path + "/.git/refs/heads/b.lock")
            #expect(error?.exitStatus == 75)
            #expect(try repository.references(under: "refs/heads/").map(\.name) == [try name("main")])
            #expect(locks(in: repo) == ["refs/heads/b.lock"])
            try repo.remove(".git/refs/heads/b.lock")
            #expect(refusal(repository, moves) == nil)
        }
    }

    @Test func headLockedByAnotherProcessKeepsBranchAndHead() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            try repo.write(".git/HEAD.lock", "")
            let error = refusal(
                repository,
                [
                    ReferenceMove(try name("p"), from: .absent, to: .object(first)),
                    ReferenceMove(.head, from: .symbolic(try name("main")), to: .symbolic(try name("p"))),
                ])
            #expect(error?.code == .locked)
            #expect(error?.path == repo.path + "/.git/HEAD.lock")
            #expect(try repository.reference(try name("p")) == nil)
        }
    }

    @Test(arguments: [true, false])
    func namesThatCollideAsFolderAreRefused(packed: Bool) async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            try await repo.git("branch", "patch")
            try await repo.git("branch", "deep/er/still")
            if packed { try await repo.git("pack-refs", "--all") }
            let repository = try await repo.open()
            let below = refusal(repository, [ReferenceMove(try name("patch/x"), from: .absent, to: .object(first))])
            #expect(below?.code == .nameConflict)
            #expect(below?.subject == "refs/heads/patch")
            let above = refusal(repository, [ReferenceMove(try name("deep"), from: .absent, to: .object(first))])
            #expect(above?.code == .nameConflict)
            #expect(above?.subject == "refs/heads/deep/er/still")
            #expect(try await repo.git("for-each-ref", "--format=%(refname)").split(separator: "\n").count == 3)
            #expect(locks(in: repo).isEmpty)
        }
    }

    @Test func emptyFoldersLeftByDeletedRefsAreNotInTheWay() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            try repository.move(
                [ReferenceMove(try name("a/b/c"), from: .absent, to: .object(first))], message: "m", by: ada)
            try repository.move(
                [ReferenceMove(try name("a/b/c"), from: .exactly(first), to: .deleted)], message: "m", by: ada)
            try repository.move(
                [ReferenceMove(try name("a"), from: .absent, to: .object(first))], message: "m", by: ada)
            #expect(try await repo.id("a") == first)
            #expect(try await repo.git("log", "-g", "--format=%gs", "refs/heads/a", "--") == "m")
        }
    }

    @Test func refsNeverPointAtWhatIsNotThereNorBranchesAtTrees() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let missing = try #require(ObjectID(hex: String(repeating: "ab", count: 20)))
            let long = try #require(ObjectID(hex: String(repeating: "ab", count: 32)))
            let tree = try repository.tree(of: first)
            #expect(
                refusal(repository, [ReferenceMove(try name("x"), from: .absent, to: .object(missing))])?.code
                    == .notFound)
            #expect(
                refusal(repository, [ReferenceMove(try name("x"), from: .absent, to: .object(long))])?.code
                    == .unsupported)
            #expect(
                refusal(repository, [ReferenceMove(try name("x"), from: .absent, to: .object(tree))])?.code == .invalid)
            let kept = try #require(ReferenceName("refs/gitpatch/ops/1"))
            #expect(refusal(repository, [ReferenceMove(kept, from: .absent, to: .object(tree))]) == nil)
            #expect(try await repo.id(kept.text) == tree)
        }
    }

    @Test func aRefNamedTwiceIsRefused() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let move = ReferenceMove(try name("x"), from: .absent, to: .object(first))
            #expect(refusal(try await repo.open(), [move, move])?.code == .invalid)
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func aReadOnlyGitDirectoryIsReportedAsSuch() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            #expect(chmod(repo.path + "/.git/refs/heads", 0o555) == 0)
            let error = refusal(repository, [ReferenceMove(try name("x"), from: .absent, to: .object(first))])
            #expect(error?.code == .notWritable)
        }
    }

    @Test func reversingEveryMoveRestoresEveryRef() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let second = try await repo.commit("second", files: ["a": "2"])
            try await repo.git("branch", "old")
            let before = try await repo.git("for-each-ref")
            let repository = try await repo.open()
            let moves = [
                ReferenceMove(try name("main"), from: .exactly(second), to: .object(first)),
                ReferenceMove(try name("new"), from: .absent, to: .object(first)),
                ReferenceMove(try name("old"), from: .exactly(second), to: .deleted),
                ReferenceMove(.head, from: .symbolic(try name("main")), to: .symbolic(try name("new"))),
            ]
            try repository.move(moves, message: "there", by: ada)
            #expect(try await repo.git("for-each-ref") != before)
            try repository.move(moves.map(\.reversed), message: "back", by: ada)
            #expect(try await repo.git("for-each-ref") == before)
            #expect(try await repo.git("symbolic-ref", "HEAD") == "refs/heads/main")
        }
    }
}
