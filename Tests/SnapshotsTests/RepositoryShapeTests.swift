import Foundation
import GitValues
import Snapshots
import SuiteTestSupport
import Testing

/// Shapes of whole repositories: clones, worktrees, extensions and submodules.
struct RepositoryShapeTests {
    @Test func shallowClonesAreCaptured() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: ["a": "a\n"])
            try await repository.commit("two", files: ["b": "b\n"])
            let scratch = repository.scratch.path
            try await repository.git("clone", "-q", "--depth", "1", "file://" + repository.path, scratch + "/shallow")
            let shallow = repository.at(scratch + "/shallow")
            try shallow.write("c", "c\n")
            try shallow.remove("a")
            try await shallow.compareWithGit(engine: .library)
        }
    }

    @Test func partialClonesAreGits() async throws {
        try await TestRepository.with { repository in
            try await repository.git("config", "uploadpack.allowFilter", "true")
            try await repository.commit("one", files: ["a": "a\n", "d/b": "b\n"])
            let scratch = repository.scratch.path
            try await repository.git(
                "clone", "-q", "--filter=blob:none", "file://" + repository.path, scratch + "/partial")
            let partial = repository.at(scratch + "/partial")
            try partial.write("d/b", "changed\n")
            try await partial.compareWithGit(engine: .git)
        }
    }

    @Test func aSparseIndexStaysSparse() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["in/a": "a\n", "out/deep/b": "b\n", "top": "t\n"])
            try await repository.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
            try repository.write("in/a", "changed\n")
            try repository.write("in/new", "new\n")
            let capture = try await repository.compareWithGit(engine: .git)
            #expect(try await repository.git("show", "\(capture.tree):out/deep/b") == "b")
        }
    }

    @Test func sparseCheckoutsWithoutConesAreGits() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a.txt": "a\n", "b.md": "b\n", "d/c.txt": "c\n"])
            try await repository.git("sparse-checkout", "set", "--no-cone", "*.txt")
            try repository.write("d/c.txt", "changed\n")
            let capture = try await repository.compareWithGit(engine: .git)
            #expect(try await repository.git("show", "\(capture.tree):b.md") == "b")
        }
    }

    @Test func aFileSystemMonitorIsKept() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n", "b": "b\n"])
            // A monitor that always says that everything may have changed.
            let hook = repository.path + "/.git/monitor"
            try "#!/bin/sh\nprintf 'token\\0/\\0'\n".write(toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            try await repository.git("config", "core.fsmonitor", hook)
            try await repository.git("update-index", "--fsmonitor")
            try repository.write("a", "changed\n")
            try await repository.compareWithGit(engine: .git)
        }
    }

    @Test func worktreesWithConfigurationOfTheirOwnAreCaptured() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a.txt": "a\n"])
            try await repository.git("config", "extensions.worktreeConfig", "true")
            try await repository.git("worktree", "add", "-q", "-b", "side", "../side")
            let side = repository.at(repository.scratch.path + "/side")
            try await side.git("config", "--worktree", "core.autocrlf", "input")
            for place in [repository, side] {
                try place.write("new.txt", "one\r\ntwo\r\n")
                try await place.compareWithGit(engine: .library)
            }
        }
    }

    /// A commit ahead, changed content, an untracked file, gone from the disk, and taken out of the index.
    @Test func submodulesInEveryState() async throws {
        try await TestRepository.with { repository in
            let inner = repository.at(repository.scratch.path + "/inner")
            try FileManager.default.createDirectory(atPath: inner.path, withIntermediateDirectories: true)
            try await inner.git("init", "-q")
            try await inner.commit("inside", files: ["b": "b\n"])
            for name in ["ahead", "edited", "untidy", "gone", "out"] {
                try await repository.git("submodule", "--quiet", "add", inner.path, name)
            }
            try await repository.commit("start", files: ["a": "a\n"])
            try await repository.at(repository.path + "/ahead").commit("more", files: ["c": "c\n"])
            try repository.write("edited/b", "changed\n")
            try repository.write("untidy/x", "x\n")
            try repository.remove("gone")
            try await repository.git("rm", "-q", "--cached", "out")
            try await repository.compareWithGit(engine: .git)
        }
    }

    /// A long-running filter: one process for all files.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git-lfs")))
    func filesOfLFSArePointers() async throws {
        try await TestRepository.with { repository in
            try await repository.git("lfs", "install", "--local", "--skip-repo")
            try await repository.commit(
                "start", files: [".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"])
            try repository.write("a.bin", "large in spirit\n")
            let capture = try await repository.compareWithGit(engine: .git)
            #expect(try await repository.git("show", "\(capture.tree):a.bin").hasPrefix("version https://git-lfs"))
        }
    }

    /// The protocol of `filter.NAME.process`, version 2: one process that is asked for file after file.
    private static let upperCaseFilter = """
        import sys
        i, o = sys.stdin.buffer, sys.stdout.buffer
        def take():
            size = int(i.read(4) or b'0', 16)
            return i.read(size - 4) if size else None
        def section():
            lines = []
            while (line := take()) is not None: lines.append(line)
            return lines
        def give(*lines):
            for line in lines:
                for at in range(0, len(line), 65000):
                    o.write(b'%04x' % (len(line[at:at + 65000]) + 4) + line[at:at + 65000])
            o.write(b'0000')
            o.flush()
        section()
        give(b'git-filter-server\\n', b'version=2\\n')
        section()
        give(b'capability=clean\\n', b'capability=smudge\\n')
        while True:
            head = i.peek(4)
            if not head: break
            asked = dict(line.rstrip(b'\\n').split(b'=', 1) for line in section())
            text = b''.join(section())
            if asked[b'pathname'].startswith(b'no'):
                give(b'status=error\\n')
                continue
            give(b'status=success\\n')
            give(text.upper() if asked[b'command'] == b'clean' else text)
            give()

        """

    @Test func longRunningFiltersAreGits() async throws {
        try await TestRepository.with { repository in
            let filter = repository.scratch.path + "/filter.py"
            try Self.upperCaseFilter.write(toFile: filter, atomically: true, encoding: .utf8)
            try await repository.git("config", "filter.up.process", "python3 '\(filter)'")
            try await repository.git("config", "filter.up.required", "true")
            try await repository.commit("start", files: [".gitattributes": "*.up filter=up\n", "old.up": "old\n"])
            #expect(try await repository.git("show", "HEAD:old.up") == "OLD")
            try repository.write("new.up", String(repeating: "many words\n", count: 9000))
            try repository.write("old.up", "changed\n")
            let capture = try await repository.compareWithGit(engine: .git)
            #expect(try await repository.git("show", "\(capture.tree):old.up") == "CHANGED")
            try repository.write("no.up", "the filter refuses\n")
            let before = try await repository.state()
            await #expect(throws: (any Error).self) { try await repository.capture() }
            #expect(try await repository.state() == before)
        }
    }

    /// What `git worktree add --relative-paths` of newer versions makes.
    @Test func worktreesWithRelativePathsAreCaptured() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a.txt": "a\n"])
            try await repository.git("worktree", "add", "-q", "-b", "side", "../side")
            let side = repository.at(repository.scratch.path + "/side")
            let name = (repository.path as NSString).lastPathComponent
            try "gitdir: ../\(name)/.git/worktrees/side\n".write(
                toFile: side.path + "/.git", atomically: true, encoding: .utf8)
            try "../../../../side/.git\n".write(
                toFile: repository.path + "/.git/worktrees/side/gitdir", atomically: true, encoding: .utf8)
            try side.write("a.txt", "changed\n")
            try side.write("new.txt", "new\n")
            try await side.compareWithGit(engine: .library)
        }
    }

    /// Same size, same second as the index: only the content tells.
    @Test func editsInTheSecondOfTheIndexAreSeen() async throws {
        try await TestRepository.with { repository in
            for round in 0..<5 {
                try await repository.commit("round \(round)", files: ["a": "old \(round)\n"])
                try repository.write("a", "new \(round)\n")
                let capture = try await repository.compareWithGit(engine: .library)
                #expect(try await repository.git("show", "\(capture.tree):a") == "new \(round)")
            }
        }
    }

    @Test func filesFoldersAndLinksChangePlaces() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["f": "f\n", "d/x": "x\n", "g": "g\n", "e/y": "y\n"])
            try repository.remove("f")
            try repository.write("f/inner", "now a folder\n")
            try repository.remove("d")
            try repository.write("d", "now a file\n")
            for name in ["g", "e"] {
                try repository.remove(name)
                try FileManager.default.createSymbolicLink(
                    atPath: repository.path + "/" + name, withDestinationPath: "f")
            }
            try FileManager.default.createDirectory(
                atPath: repository.path + "/empty/inner", withIntermediateDirectories: true)
            try await repository.compareWithGit(engine: .library)
        }
    }

    @Test func unbornAndDetachedHeads() async throws {
        try await TestRepository.with { repository in
            try repository.write("a", "a\n")
            let first = try await repository.compareWithGit(engine: .library)
            #expect(first.headTree == nil)
            try await repository.commit("start")
            try await repository.git("checkout", "-q", "--detach")
            try repository.write("b", "b\n")
            try await repository.compareWithGit(engine: .library)
        }
    }
}
