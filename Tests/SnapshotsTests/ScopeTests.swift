import GitValues
import Snapshots
import SuiteTestSupport
import Testing

/// A repository with staged, unstaged, untracked, deleted and ignored work.
func withDirtyRepository(_ body: (TestRepository) async throws -> Void) async throws {
    try await TestRepository.with { repository in
        try await repository.commit(
            "start",
            files: ["a.txt": "a\n", "b.txt": "b\n", "dir/c.txt": "c\n", "dir/d.txt": "d\n", ".gitignore": "*.log\n"])
        try repository.write("a.txt", "staged\n")
        try await repository.git("add", "a.txt")
        try repository.write("a.txt", "staged, then changed\n")
        try repository.write("b.txt", "unstaged\n")
        try repository.remove("dir/c.txt")
        try repository.write("new/e.txt", "e\n")
        try repository.write("run", "#!/bin/sh\n", executable: true)
        try repository.write("noise.log", "x")
        try await body(repository)
    }
}

struct ScopeTests {
    @Test(arguments: [true, false])
    func everythingEqualsAddAll(inGitMode: Bool) async throws {
        try await withDirtyRepository { repository in
            let before = try await repository.state()
            let truth = try await Truth(of: repository)
            let capture = try await repository.capture { $0.requiresGitMode = inGitMode }
            #expect(capture.engine == (inGitMode ? .git : .library), "\(capture.engineReason ?? "")")
            #expect(capture.tree == truth.tree)
            #expect(try await repository.state() == before)
            let index = try #require(capture.index)
            #expect(try await repository.listing(of: index) == truth.index)
            #expect(index.isCurrent)
            #expect(
                capture.changes.map { "\($0.kind.rawValue) \($0.pathText) \($0.bytes)" } == [
                    "modified a.txt 21", "modified b.txt 9", "deleted dir/c.txt 0", "added new/e.txt 2", "added run 10",
                ])
            let staged = try #require(capture.stagedOnly)
            #expect(try await repository.git("show", "\(staged):a.txt") == "staged")
            #expect(try await repository.git("ls-tree", "-r", "--name-only", staged.hex) == "a.txt")
            try await repository.git("fsck", "--strict", "--no-dangling")
        }
    }

    @Test(arguments: [true, false])
    func trackedOnlyEqualsAddUpdate(inGitMode: Bool) async throws {
        try await withDirtyRepository { repository in
            let truth = try await Truth(of: repository, adding: ["add", "-u"])
            let capture = try await repository.capture {
                $0.scope = .trackedOnly
                $0.requiresGitMode = inGitMode
            }
            #expect(capture.tree == truth.tree)
            #expect(try await repository.listing(of: #require(capture.index)) == truth.index)
        }
    }

    @Test(arguments: [true, false])
    func stagedIsTheIndexAsItIs(inGitMode: Bool) async throws {
        try await withDirtyRepository { repository in
            let before = try await repository.state()
            let truth = try await Truth(of: repository, adding: nil)
            let capture = try await repository.capture {
                $0.scope = .staged
                $0.requiresGitMode = inGitMode
            }
            #expect(capture.tree == truth.tree)
            #expect(capture.changes.map(\.pathText) == ["a.txt"])
            #expect(capture.stagedOnly == nil)
            #expect(try await repository.listing(of: #require(capture.index)) == truth.index)
            #expect(try await repository.state() == before)
        }
    }

    @Test(arguments: [true, false])
    func pathspecsNeedNoIndex(dryRun: Bool) async throws {
        try await withDirtyRepository { repository in
            let before = try await repository.state()
            for specs in [["b.txt"], ["a.txt", "dir"], ["run"]] {
                let full = try await repository.capture { $0.scope = .pathspecs(specs) }
                let capture = try await repository.capture {
                    $0.scope = .pathspecs(specs)
                    $0.indexDirectory = nil
                    $0.dryRun = dryRun
                }
                #expect(capture.tree == full.tree)
                #expect(capture.changes == full.changes)
            }
            #expect(try await repository.state() == before)
        }
    }

    @Test func pathspecsTakeNamedPathsOnlyAndKeepTheRestStaged() async throws {
        try await withDirtyRepository { repository in
            let capture = try await repository.capture { $0.scope = .pathspecs(["b.txt", "new"]) }
            #expect(capture.changes.map(\.pathText) == ["b.txt", "new/e.txt"])
            #expect(try await repository.git("show", "\(capture.tree):a.txt") == "a")
            let index = try #require(capture.index)
            let inside = repository.with(environment: ["GIT_INDEX_FILE": index.path])
            #expect(try await inside.git("show", ":a.txt") == "staged")
            #expect(try await inside.git("diff", "--cached", "--name-only", capture.tree.hex) == "a.txt")
            #expect(try await inside.git("diff", "--name-only") == "a.txt\ndir/c.txt")
        }
    }

    @Test func aPathspecWithoutAMatchIsRefused() async throws {
        try await withDirtyRepository { repository in
            let before = try await repository.state()
            let refusal = await #expect(throws: CaptureRefusal.self) {
                try await repository.capture { $0.scope = .pathspecs(["nowhere"]) }
            }
            #expect(refusal?.problemCode == "no-match")
            #expect(try await repository.state() == before)
        }
    }

    @Test(arguments: [true, false])
    func aDryRunLeavesNothing(inGitMode: Bool) async throws {
        try await withDirtyRepository { repository in
            let truth = try await Truth(of: repository)
            let before = try await repository.git("count-objects", "-v")
            let capture = try await repository.capture {
                $0.dryRun = true
                $0.requiresGitMode = inGitMode
            }
            #expect(capture.tree == truth.tree)
            #expect(capture.index == nil)
            #expect(try await repository.git("count-objects", "-v") == before)
        }
    }

    @Test(arguments: [true, false])
    func anUnbornBranchHasNoHeadTree(inGitMode: Bool) async throws {
        try await TestRepository.with { repository in
            try repository.write("one", "1\n")
            let truth = try await Truth(of: repository)
            let capture = try await repository.capture { $0.requiresGitMode = inGitMode }
            #expect(capture.tree == truth.tree)
            #expect(capture.headTree == nil)
            #expect(!capture.nothingToDo)
            #expect(capture.index?.basis == nil)
        }
    }

    @Test(arguments: [true, false])
    func aCleanTreeHasNothingToDo(inGitMode: Bool) async throws {
        try await TestRepository.with { repository in
            let empty = try await repository.capture { $0.requiresGitMode = inGitMode }
            #expect(empty.nothingToDo)
            try await repository.commit("start", files: ["a": "a\n"])
            let clean = try await repository.capture { $0.requiresGitMode = inGitMode }
            #expect(clean.nothingToDo)
            #expect(clean.tree == clean.headTree)
        }
    }
}
