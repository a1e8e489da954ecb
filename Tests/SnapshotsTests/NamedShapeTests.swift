import Foundation
import GitValues
import Snapshots
import SuiteTestSupport
import Testing

/// Shapes that have made snapshot tools go wrong, each by itself.
struct NamedShapeTests {
    @discardableResult
    private func compare(
        _ repository: TestRepository, engine: Capture.Engine, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Capture {
        try await repository.compareWithGit(engine: engine, sourceLocation: sourceLocation)
    }

    @Test func cleanFiltersAreGits() async throws {
        try await TestRepository.with { repository in
            try await repository.git("config", "filter.upper.clean", "tr a-z A-Z")
            try await repository.git("config", "filter.upper.smudge", "tr A-Z a-z")
            try await repository.commit("start", files: [".gitattributes": "*.up filter=upper\n", "plain": "x\n"])
            try repository.write("plain", "changed\n")
            try await compare(repository, engine: .library)
            try repository.write("a.up", "shout\n")
            let capture = try await compare(repository, engine: .git)
            #expect(capture.engineReason == "the filter 'upper' applies")
            #expect(try await repository.git("show", "\(capture.tree):a.up") == "SHOUT")
        }
    }

    @Test func otherEncodingsAreGits() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: [".gitattributes": "*.u working-tree-encoding=UTF-16LE\n"])
            try repository.write("a.u", bytes: [0x61, 0, 0x0A, 0])
            try await compare(repository, engine: .git)
        }
    }

    @Test func touchedFilteredFilesStayAsTheyAre() async throws {
        try await TestRepository.with { repository in
            try await repository.git("config", "filter.upper.clean", "tr a-z A-Z")
            try await repository.commit("start", files: [".gitattributes": "*.up filter=upper\n", "a.up": "shout\n"])
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_600_000_000)], ofItemAtPath: repository.path + "/a.up"
            )
            let capture = try await compare(repository, engine: .git)
            #expect(capture.nothingToDo)
        }
    }

    @Test func lineEndingsAreConvertedWithoutGit() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["old.txt": "kept\r\nso\r\n"])
            try repository.write(".gitattributes", "* text=auto\n*.id ident\n")
            try repository.write("old.txt", "kept\r\nso\r\nwith more\r\n")
            try repository.write("new.txt", "to\r\nlf\r\n")
            try repository.write("a.id", "$Id: long gone $\n")
            try repository.write("bin", bytes: [0, 0x0D, 0x0A])
            let capture = try await compare(repository, engine: .library)
            #expect(try await repository.git("cat-file", "-s", "\(capture.tree):new.txt") == "6")
            #expect(try await repository.git("cat-file", "-s", "\(capture.tree):old.txt") == "21")
        }
    }

    @Test func submodulesAndNestedRepositoriesAreGits() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n"])
            let inner = repository.at(repository.path + "/inner")
            try await repository.git("init", "-q", "inner")
            try await inner.commit("inside", files: ["b": "b\n"])
            let capture = try await compare(repository, engine: .git)
            #expect(capture.warnings.contains { $0.contains("inner") })
            #expect(capture.changes.map(\.pathText) == ["inner"])
        }
    }

    @Test func aNestedRepositoryWithoutACommitIsRefusedByName() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n"])
            try await repository.git("init", "-q", "inner")
            let refusal = await #expect(throws: CaptureRefusal.self) { try await repository.capture() }
            #expect(refusal?.problemCode == "nested-repository")
            #expect(refusal?.problemPaths == ["inner/"])
        }
    }

    @Test func sparseCheckoutsKeepWhatIsOutside() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["in/a": "a\n", "out/b": "b\n", "top": "t\n"])
            try await repository.git("sparse-checkout", "set", "in")
            try repository.write("in/a", "changed\n")
            let capture = try await compare(repository, engine: .git)
            #expect(try await repository.git("show", "\(capture.tree):out/b") == "b")
            try repository.write("out/new", "outside\n")
            let again = try await repository.capture()
            #expect(again.tree == capture.tree)
            #expect(again.warnings.contains { $0.contains("out/new") })
        }
    }

    /// Git does not look at such files, whatever their entries say, and what is staged of them is captured.
    @Test(arguments: ["--assume-unchanged", "--skip-worktree"])
    func markedFilesThatAreEditedAgainKeepWhatIsStaged(_ mark: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n", "b": "b\n"])
            try repository.write("a", "staged\n")
            try await repository.git("add", "a")
            try await repository.git("update-index", mark, "a")
            try repository.write("a", "edited again, longer\n")
            let capture = try await compare(repository, engine: .git)
            #expect(try await repository.git("show", "\(capture.tree):a") == "staged")
            try repository.remove("a")
            try await compare(repository, engine: .git)
        }
    }

    @Test(arguments: [["update-index", "--split-index"], ["update-index", "--untracked-cache"]])
    func indexesWithExtensionsKeepThem(_ command: [String]) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n", "d/b": "b\n"])
            try await repository.git(command)
            try repository.write("d/new", "n\n")
            try await compare(repository, engine: .git)
        }
    }

    @Test func versionFourStaysVersionFour() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n", "d/b": "b\n", "d/bb": "b\n", "d/bc/c": "c\n"])
            try await repository.git("update-index", "--index-version", "4")
            try repository.write("d/ba", "n\n")
            try repository.remove("d/bb")
            let capture = try await compare(repository, engine: .library)
            let bytes = FileManager.default.contents(atPath: try #require(capture.index).path) ?? Data()
            #expect(bytes[7] == 4)
        }
    }

    @Test func linkedWorktreesHaveTheirOwnIndex() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n"])
            try await repository.git("worktree", "add", "-q", "-b", "side", "../side")
            let side = repository.at(repository.scratch.path + "/side")
            try side.write("b", "b\n")
            let capture = try await compare(side, engine: .library)
            #expect(capture.index?.destination.hasSuffix("/worktrees/side/index") == true)
        }
    }

    @Test func otherHashesAreGits() async throws {
        try await TestRepository.with(initArguments: ["--object-format=sha256"]) { repository in
            try await repository.commit("start", files: ["a": "a\n"])
            try repository.write("b", "b\n")
            let capture = try await compare(repository, engine: .git)
            #expect(capture.tree.bytes.count == 32)
        }
    }

    @Test func manyObjectsBecomeOnePack() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n"])
            for number in 0..<200 { try repository.write("d\(number % 7)/f\(number)", "content \(number)\n") }
            // Equal contents are one object.
            for number in 0..<20 { try repository.write("same/\(number)", "same\n") }
            try await compare(repository, engine: .library)
            let packs = try FileManager.default.contentsOfDirectory(atPath: repository.path + "/.git/objects/pack")
            #expect(packs.filter { $0.hasSuffix(".pack") }.count == 1)
            #expect(!packs.contains { $0.hasPrefix("tmp_") })
            let pack = try #require(packs.first { $0.hasSuffix(".pack") })
            try await repository.git("index-pack", "--strict", "-o", "../check.idx", ".git/objects/pack/\(pack)")
            // What is there already is not written again.
            _ = try await repository.capture()
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: repository.path + "/.git/objects/pack").count
                    == packs.count)
        }
    }

    @Test func largeFilesAreStreamed() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: [".gitattributes": "*.txt text\n"])
            let line = Array("a line of a large file\r\n".utf8)
            let bytes = Array(repeatElement(line, count: 300_000).joined())
            try repository.write("large.bin", bytes: bytes)
            try repository.write("large.txt", bytes: bytes)
            let capture = try await compare(repository, engine: .library)
            #expect(capture.changes.map(\.bytes) == [Int64(bytes.count), Int64(bytes.count - 300_000)])
        }
    }

    @Test func unmergedPathsAreRefusedByName() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n"])
            try await repository.git("checkout", "-q", "-b", "side")
            try await repository.commit("theirs", files: ["a": "theirs\n"])
            try await repository.git("checkout", "-q", "main")
            try await repository.commit("ours", files: ["a": "ours\n"])
            _ = try await repository.tryGit(["merge", "side"])
            let first = await #expect(throws: CaptureRefusal.self) { try await repository.capture() }
            #expect(first == .operationInProgress(.merge))
            for isGit in [true, false] {
                let second = await #expect(throws: CaptureRefusal.self) {
                    try await repository.capture {
                        $0.allowsOperationInProgress = true
                        $0.force = true
                        $0.requiresGitMode = isGit
                    }
                }
                #expect(second == .unmerged(["a"]))
            }
        }
    }
}

struct ChangingFileTests {
    /// A file that is written all the time is captured whole or refused by name, never torn.
    @Test(arguments: [2_000, 6_000_000])
    func aFileThatIsBeingWrittenIsNeverTorn(size: Int) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n"])
            let path = repository.path + "/busy"
            try repository.write("busy", bytes: [UInt8](repeating: 0x61, count: size))
            let writer = Task.detached {
                var letter: UInt8 = 0x61
                while !Task.isCancelled {
                    letter = letter == 0x7A ? 0x61 : letter + 1
                    let bytes = [UInt8](repeating: letter, count: size)
                    let file = open(path, O_WRONLY)
                    _ = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
                    close(file)
                    await Task.yield()
                }
            }
            defer { writer.cancel() }  // Also when a capture throws what nobody expects.
            for _ in 0..<5 {
                do {
                    let capture = try await repository.capture()
                    let text = try await repository.git("cat-file", "blob", "\(capture.tree):busy")
                    #expect(Set(text.utf8).count == 1)
                } catch let refusal as CaptureRefusal {
                    #expect(refusal == .changing(["busy"]))
                }
            }
            writer.cancel()
            await writer.value
        }
    }
}
