import Foundation
import GitValues
import SuiteTestSupport
import Testing

struct ReturnTests {
    @Test func theChangeLeavesTheTreeAndUndoBringsEveryByteBack() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try FileManager.default.createSymbolicLink(
                atPath: repository.path + "/link", withDestinationPath: "nowhere")
            let tree = try await repository.oracleTree()
            let before = try await RepositoryState.read(repository)
            try await repository.mustPatch("Fix the greeting", "--return")
            #expect(try await repository.git("status", "--porcelain") == "")
            #expect(try await repository.git("symbolic-ref", "--short", "HEAD") == "main")
            #expect(try await repository.id("patch/fix-the-greeting^{tree}") == tree)
            #expect(Set(RepositoryState.files(in: repository.path).keys) == ["kept", "both", "gone", "dir/deep"])
            #expect(repository.read("both") == "1\n")
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == before)
            #expect(try await repository.git("fsck", "--full", "--strict") == "")
        }
    }

    @Test func bytesThatAFilterWouldLoseComeBack() async throws {
        try await TestRepository.with { repository in
            try repository.write(".gitattributes", "*.txt text eol=crlf\n*.up filter=up\n")
            try await repository.git("config", "filter.up.clean", "tr a-z A-Z")
            try await repository.git("config", "filter.up.smudge", "tr A-Z a-z")
            try await repository.commit("first", files: ["a.txt": "one\r\n", "b.up": "x\n"])
            try repository.write("a.txt", "mixed\nends\r\n")
            try repository.write("b.up", "MiXeD\n")
            let before = try await RepositoryState.read(repository)
            try await repository.mustPatch("Mixed", "--return")
            #expect(try await repository.git("status", "--porcelain") == "")
            #expect(repository.read("a.txt") == "one\r\n")
            #expect(repository.read("b.up") == "x\n")
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func filesAndFoldersThatSwappedPlacesSwapBack() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["file": "f\n", "folder/inside": "i\n"])
            try repository.remove("file")
            try repository.remove("folder")
            try repository.write("file/inside", "now a folder\n")
            try repository.write("folder", "now a file\n")
            let before = try await RepositoryState.read(repository)
            try await repository.mustPatch("Swap", "--return")
            #expect(repository.read("file") == "f\n")
            #expect(repository.read("folder/inside") == "i\n")
            #expect(try await repository.git("status", "--porcelain") == "")
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func ignoredFilesAndOtherWorkStay() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: [".gitignore": "*.o\n", "a": "a\n", "b": "b\n"])
            try repository.write("a", "changed\n")
            try repository.write("b", "other work\n")
            try repository.write("dir/x.o", "object\n")
            try repository.write("dir/new", "new\n")
            try await repository.mustPatch("Only a", "--return", "--", "a", "dir")
            #expect(repository.read("a") == "a\n")
            #expect(repository.read("b") == "other work\n")
            #expect(repository.read("dir/x.o") == "object\n")
            #expect(!repository.exists("dir/new"))
            #expect(try await repository.git("status", "--porcelain") == "M b")
        }
    }

    @Test func stagedWithMoreOnDiskIsRefused() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("Staged", "--staged", "--return", "--json")
            #expect(result.exitCode == 1)
            #expect(result.output.contains("\"would-lose-work\""))
            #expect(result.output.contains("\"both\""))
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func undoRefusesWhenAFileWasChangedSince() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("Fix the greeting", "--return")
            try repository.write("both", "edited since\n")
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("undo", "--json")
            #expect(result.exitCode == 1)
            #expect(result.output.contains("\"paths\":[\"both\"]"), "\(result)")
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test(arguments: ["undo", "restore"]) func whatCannotBePutBackEndsWithOneAndCanBeTriedAgain(command: String)
        async throws
    {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["dir/kept": "kept\n"])
            try repository.write("dir/held", "held\n")
            try repository.write("free", "free\n")
            let snapshot = try await repository.mustPatch("snapshot").trimmed
            try await repository.mustPatch("Two files", "--return")
            guard let mark = try? await repository.run("chattr", ["+i", "dir"]), mark.succeeded else { return }
            let arguments = command == "undo" ? ["undo"] : ["restore", snapshot]
            let result = try? await repository.run("git-patch", arguments + ["--json"])
            _ = try await repository.run("chattr", ["-i", "dir"])
            #expect(result?.exitCode == 1, "\(String(describing: result))")
            #expect(result?.output.contains(#""code":"files-left""#) == true, "\(String(describing: result))")
            #expect(result?.errorOutput.contains("'dir/held' is left as it is: ") == true)
            #expect(repository.read("free") == "free\n" && repository.read("dir/held") == nil)
            if command == "undo" {
                let log = try await repository.mustPatch("log")
                let made = try #require(
                    log.output.split(separator: "\n").first { $0.hasSuffix("  Two files") }?.prefix(8))
                try await repository.mustUndoNewest()
                try await repository.mustPatch("undo", String(made))
            } else {
                try await repository.mustPatch("restore", snapshot)
            }
            #expect(repository.read("free") == "free\n" && repository.read("dir/held") == "held\n")
        }
    }

    /// `chattr +i` needs root and a file system that has it.
    @Test func whatCannotBeMovedStaysAndTheReasonIsSaid() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["kept": "kept\n"])
            try repository.write("free", "free\n")
            try repository.write("held", "held\n")
            guard let mark = try? await repository.run("chattr", ["+i", "held"]), mark.succeeded else { return }
            let result = try? await repository.patch("Two files", "--return")
            _ = try await repository.run("chattr", ["-i", "held"])
            #expect(result?.errorOutput.contains("'held' is left as it is: ") == true, "\(String(describing: result))")
            #expect(result?.errorOutput.contains("Operation not permitted") == true)
            #expect(repository.read("held") == "held\n" && repository.read("free") == nil)
            try await repository.mustPatch("undo")
            #expect(repository.read("held") == "held\n" && repository.read("free") == "free\n")
        }
    }
}
