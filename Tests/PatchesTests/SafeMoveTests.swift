import Foundation
import SuiteTestSupport
import Testing

/// Files that go out of the working tree and come back: nothing outside of it is touched, and nothing in it is lost.
struct SafeMoveTests {
    /// Puts a link to a folder outside of the repository in the place of `dir`.
    private func linkAway(_ repository: TestRepository) throws -> String {
        let outside = repository.scratch.path + "/outside"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        for name in ["a", "new"] {
            try "not yours\n".write(toFile: outside + "/" + name, atomically: true, encoding: .utf8)
        }
        try repository.remove("dir")
        try FileManager.default.createSymbolicLink(
            atPath: repository.path + "/dir", withDestinationPath: outside)
        return outside
    }

    private func expectUntouched(_ outside: String) throws {
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside).sorted() == ["a", "new"])
        for name in ["a", "new"] {
            #expect(try String(contentsOfFile: outside + "/" + name, encoding: .utf8) == "not yours\n")
        }
    }

    @Test func whatLiesBehindALinkIsNotTaken() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["dir/a": "a\n", "dir/b": "b\n"])
            let outside = try linkAway(repository)
            let before = try await RepositoryState.read(repository)
            try await repository.mustPatch("Link the folder", "--return")
            try expectUntouched(outside)
            #expect(repository.read("dir/a") == "a\n" && repository.read("dir/b") == "b\n")
            #expect(try await repository.git("status", "--porcelain") == "")
            try await repository.mustPatch("undo")
            try expectUntouched(outside)
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func whatASnapshotKeepsDoesNotGoBehindALink() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["dir/a": "a\n"])
            try repository.write("dir/a", "work\n")
            try repository.write("dir/new", "new\n")
            let id = try await repository.mustPatch("snapshot").output.split(separator: " ").last ?? ""
            let outside = try linkAway(repository)
            _ = try await repository.patch("restore", id.trimmingCharacters(in: .whitespacesAndNewlines))
            try expectUntouched(outside)
        }
    }

    @Test func anotherFileSystemGetsEveryByteBack() async throws {
        try await TestRepository.with { repository in
            let elsewhere = "/dev/shm/git-patch-test-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: elsewhere) }
            try await repository.commit("first", files: [".gitignore": "*.part\n", "a": "a\n", "dir/b": "b\n"])
            guard FileManager.default.isWritableFile(atPath: "/dev/shm"),
                try await repository.tryGit(["worktree", "add", "-q", "-b", "there", elsewhere]).succeeded
            else { return }
            let worktree = repository.at(elsewhere)
            try worktree.write("a", "work\n")
            try worktree.write("a.part", "the user's own\n")
            try worktree.write("dir/tool", "#!/bin/sh\n", executable: true)
            try FileManager.default.createSymbolicLink(atPath: elsewhere + "/link", withDestinationPath: "nowhere")
            try worktree.remove("dir/b")
            let before = try await RepositoryState.read(worktree)
            try await worktree.mustPatch("Work elsewhere", "--return")
            #expect(try await worktree.git("status", "--porcelain") == "")
            #expect(worktree.read("a.part") == "the user's own\n")
            #expect(worktree.read("a") == "a\n" && worktree.read("dir/b") == "b\n")
            let names = try FileManager.default.contentsOfDirectory(atPath: elsewhere).sorted()
            #expect(names == [".git", ".gitignore", "a", "a.part", "dir"])
            try await worktree.mustPatch("undo")
            let after = try await RepositoryState.read(worktree)
            #expect(after.head == before.head && after.status == before.status && after.index == before.index)
            #expect(after.files.withoutInodes == before.files.withoutInodes)
        }
    }

    @Test func aFileThatNoCaptureHasStays() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n", "kept": "k\n"])
            try await repository.git("rm", "-q", "--cached", "a")
            try repository.write(".gitignore", "a\n")
            try repository.write("a", "newer than every commit\n")
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("Stop tracking a", "--return", "--json")
            #expect(result.exitCode == 1)
            #expect(result.output.contains("\"would-lose-work\"") && result.output.contains("[\"a\"]"), "\(result)")
            #expect(try await RepositoryState.read(repository) == before)
            try await repository.mustPatch("Stop tracking a")
            #expect(repository.read("a") == "newer than every commit\n")
        }
    }
}

/// Work on a tree in which nothing was touched for a while: the index knows every file and the scan finds nothing.
struct SettledTreeTests {
    /// Makes every file older than the index, as they are a second after a checkout.
    private func settle(_ repository: TestRepository) async throws {
        for file in try await repository.git("ls-files").split(separator: "\n") {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3600)],
                ofItemAtPath: repository.path + "/" + file)
        }
        try await repository.git("update-index", "--refresh")
    }

    @Test func aPatchGetsAnotherText() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try await repository.mustPatch("Frist")
            try await settle(repository)
            let tree = try await repository.id("HEAD^{tree}")
            try await repository.mustPatch("update", "--amend", "-m", "First")
            #expect(try await repository.git("log", "-1", "--format=%s") == "First")
            #expect(try await repository.id("HEAD^{tree}") == tree)
            #expect(try await repository.git("status", "--porcelain") == "")
            #expect(try await repository.git("fsck", "--full", "--strict") == "")
        }
    }

    @Test func whatWasStagedIsStagedAgain() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n", "b": "b\n"])
            try repository.write("a", "staged\n")
            try await repository.git("add", "a")
            try repository.write("a", "a\n")
            let id = try await repository.mustPatch("snapshot").output.split(separator: " ").last ?? ""
            try await repository.git("reset", "-q", "--hard")
            try await settle(repository)
            try await repository.mustPatch("restore", id.trimmingCharacters(in: .whitespacesAndNewlines))
            #expect(try await repository.git("show", ":a") == "staged")
            #expect(repository.read("a") == "a\n")
        }
    }
}

extension [String: RepositoryState.File] {
    /// A copy on another file system has an inode of its own.
    fileprivate var withoutInodes: Self {
        mapValues { file in
            var file = file
            file.inode = 0
            return file
        }
    }
}
