import Foundation
import GitProcess
import GitValues
import SuiteTestSupport
import SystemPackage
import Testing

@testable import Validation

/// How a pooled worktree goes from one commit to another.
struct SwitchTests {
    private func with(
        folders: Int, _ body: (TestRepository, PooledWorktree, [PooledWorktree.Holding]) async throws -> Void
    ) async throws {
        try await TestRepository.with { repository in
            for folder in 0..<folders {
                for file in 0..<100 {
                    try repository.write(
                        "d\(folder)/f\(file).txt", String(repeating: "line \(folder) \(file)\n", count: 40))
                }
            }
            try await repository.commit("one")
            for folder in 0..<min(20, folders) { try repository.write("d\(folder)/f7.txt", "changed\n") }
            try await repository.commit("two")
            try await repository.git("repack", "-adq")
            let git = GitProgram(directory: FilePath(repository.path))
            let location = try await git.locate()
            var holdings: [PooledWorktree.Holding] = []
            for revision in ["HEAD~1", "HEAD"] {
                holdings.append(
                    PooledWorktree.Holding(
                        commit: try await repository.id(revision), tree: try await repository.id(revision + "^{tree}"),
                        kept: ["kept"], conversion: "x"))
            }
            let worktree = try WorktreePool(location).lease(wanting: holdings[0].tree)
            defer { worktree.release() }
            try await body(repository, worktree, holdings)
        }
    }

    /// Whatever happened to the worktree meanwhile, it holds the tree and nothing else afterwards.
    @Test func everySwitchEndsWithExactlyTheTree() async throws {
        try await with(folders: 2) { repository, worktree, holdings in
            let pool = repository.path + "/.git/gitpatch/worktrees"
            func spoil(_ round: Int) throws {
                let path = worktree.path
                switch round % 9 {
                case 0: try "x".write(toFile: path + "/d0/f7.txt", atomically: false, encoding: .utf8)
                case 1: try FileManager.default.removeItem(atPath: path + "/d0/f8.txt")
                case 2: try "x".write(toFile: path + "/new", atomically: false, encoding: .utf8)
                case 3:
                    try FileManager.default.removeItem(atPath: path + "/d1")
                    try "x".write(toFile: path + "/d1", atomically: false, encoding: .utf8)
                case 4: try FileManager.default.removeItem(atPath: pool + "/1.index")
                case 5: try Data("DIRC".utf8).write(to: URL(fileURLWithPath: pool + "/1.index"))
                case 6:
                    // Git does not look at this name, not even where it cleans up.
                    for folder in ["/d0", "/d1/new", "/other"] {
                        let inside = path + folder + "/.git"
                        try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: true)
                        try "ref: refs/heads/main\n".write(toFile: inside + "/HEAD", atomically: false, encoding: .utf8)
                    }
                    try "gitdir: elsewhere\n".write(toFile: path + "/d1/.git", atomically: false, encoding: .utf8)
                case 7:
                    // As large as before, with the time of before, and with other rights.
                    let file = path + "/d0/f9.txt"
                    let before = try FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as Any
                    let size = try #require(FileManager.default.contents(atPath: file)).count
                    let handle = try #require(FileHandle(forWritingAtPath: file))
                    try handle.write(contentsOf: Data(repeating: 120, count: size))
                    try handle.close()
                    try FileManager.default.setAttributes([.modificationDate: before], ofItemAtPath: file)
                    try FileManager.default.setAttributes(
                        [.posixPermissions: 0o755], ofItemAtPath: path + "/d0/f10.txt")
                default: break
                }
            }
            for round in 0..<27 {
                let holding = holdings[round % 3 == 0 ? 0 : 1]
                try await worktree.hold(holding)
                let there = repository.at(worktree.path)
                let strays = try await there.run("find", [".", "-mindepth", "2", "-name", ".git"])
                #expect(strays.output == "", "round \(round)")
                #expect(try await there.git("status", "--porcelain", "--ignored") == "", "round \(round)")
                try await there.git("add", "-A")
                #expect(try await there.git("write-tree") == holding.tree.hex, "round \(round)")
                #expect(try await there.git("rev-parse", "HEAD") == holding.commit.hex)
                try spoil(round)
            }
        }
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["GITPATCH_LONG"] != nil, "set GITPATCH_LONG"))
    func aSwitchTouchesOnlyWhatDiffers() async throws {
        try await with(folders: 100) { _, worktree, holdings in
            try await worktree.hold(holdings[0])
            try await Task.sleep(for: .milliseconds(1100))
            var times: [Double] = []
            for round in 1...30 {
                let start = ContinuousClock.now
                try await worktree.hold(holdings[round % 2])
                times.append((ContinuousClock.now - start).inSeconds * 1000)
                try await Task.sleep(for: .milliseconds(50))
            }
            times.sort()
            print("20 of 10,000 files: median \(times[15]) ms, from \(times[0]) to \(times[29]) ms")
            #expect(times.count == 30)
        }
    }
}
