import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

#if canImport(Glibc)
    import Glibc

    private let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
    private let fileSize = RLIMIT_FSIZE
#endif

/// Objects in files of their own are written by our own code; git must not be able to tell.
@Suite struct LooseWritingTests {
    @Test(arguments: [WriteCare.ordered, .durable]) func whatIsWrittenIsWhatGitWrites(care: WriteCare) async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            var repository = try await repo.open()
            repository.care = care
            var generator = SeededGenerator(3)
            let random = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var entries: [TreeEntry] = []
            for (index, content) in [[], Array("text\n".utf8), [0, 1, 2], random].enumerated() {
                let blob = try repository.writeBlob(content)
                try repo.write("content", bytes: content)
                #expect(try await repo.git("hash-object", "content") == blob.hex)
                #expect(try repository.blob(blob) == content)
                let path = ".git/objects/\(blob.hex.prefix(2))/\(blob.hex.dropFirst(2))"
                let attributes = try FileManager.default.attributesOfItem(atPath: repo.path + "/" + path)
                #expect(attributes[.posixPermissions] as? Int == 0o444)
                entries.append(TreeEntry(name: Array("f\(index)".utf8), mode: .file, id: blob))
            }
            let tree = try repository.writeTree(entries)
            let commit = try repository.makeCommit(
                tree: tree, parents: [first], author: ada, committer: ada, message: Array("text\n".utf8))
            #expect(
                try repository.makeCommit(
                    tree: tree, parents: [first], author: ada, committer: ada, message: Array("text\n".utf8)) == commit)
            try await repo.git("update-ref", "refs/heads/made", commit.hex)
            #expect(try await repo.git("ls-tree", "--name-only", "made") == "f0\nf1\nf2\nf3")
            #expect(try await repo.git("fsck", "--strict", "--no-dangling").isEmpty)
            let left = try await repo.git("count-objects", "-v")
            #expect(left.contains("garbage: 0"), "\(left)")
        }
    }

    @Test(arguments: [WriteCare.ordered, .durable])
    func anEmptyFileInThePlaceOfAnObjectIsReplaced(care: WriteCare) async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            let id = try await repo.git(["hash-object", "--stdin"], input: "lost\n")
            try repo.write(".git/objects/\(id.prefix(2))/\(id.dropFirst(2))", "")
            var repository = try await repo.open()
            repository.care = care
            #expect(try repository.writeBlob(Array("lost\n".utf8)).hex == id)
            #expect(try await repo.git("cat-file", "blob", id) == "lost")
        }
    }

    @Test(arguments: [
        [], ["core.compression", "0"], ["core.compression", "9"],
        ["core.compression", "9", "core.looseCompression", "0"],
        ["core.looseCompression", "-1"],
    ])
    func objectsAreCompressedAsGitIsTold(settings: [String]) async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            for index in stride(from: 0, to: settings.count, by: 2) {
                try await repo.git("config", settings[index], settings[index + 1])
            }
            let text = (0..<20_000).map { "line \($0) of \($0 % 7)\n" }.joined()
            var repository = try await repo.open()
            repository.care = .ordered
            let blob = try repository.writeBlob(Array(text.utf8))
            let path = repo.path + "/.git/objects/\(blob.hex.prefix(2))/\(blob.hex.dropFirst(2))"
            let ours = try Data(contentsOf: URL(fileURLWithPath: path))
            try FileManager.default.removeItem(atPath: path)
            #expect(try await repo.git(["hash-object", "-w", "--stdin"], input: text) == blob.hex)
            let theirs = try Data(contentsOf: URL(fileURLWithPath: path))
            // Its second byte tells the level, roughly; git may have been built with another zlib.
            #expect(ours.prefix(2) == theirs.prefix(2))
            #expect(abs(ours.count - theirs.count) * 20 < theirs.count, "\(ours.count) bytes, git: \(theirs.count)")
        }
    }

    private func files(in repo: TestRepository) async throws -> Int {
        let counts = try await repo.git("count-objects", "-v")
        #expect(counts.contains("garbage: 0"), "\(counts)")
        return Int(counts.split(separator: "\n")[0].split(separator: " ")[1]) ?? -1
    }

    @Test(arguments: [WriteCare.ordered, .durable])
    func whatIsWrittenTogetherIsThereTogether(care: WriteCare) async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            var repository = try await repo.open()
            repository.care = care
            let before = try await files(in: repo)
            // More than there may be files open at once.
            let commit = try repository.together { () throws(GitError) in
                var entries: [TreeEntry] = []
                for index in 0..<150 {
                    let blob = try repository.writeBlob(Array("\(index)\n".utf8))
                    #expect(try repository.kind(of: blob) == .blob)
                    entries.append(TreeEntry(name: Array("f\(index)".utf8), mode: .file, id: blob))
                }
                let twice = try repository.writeBlob(Array("149\n".utf8))
                #expect(twice == entries.last?.id)
                return try repository.makeCommit(
                    tree: try repository.writeTree(entries), parents: [first], author: ada, committer: ada,
                    message: Array("text\n".utf8))
            }
            #expect(try repository.commit(commit).parents == [first])
            // One of the contents is that of the first commit's file.
            #expect(try await files(in: repo) >= before + 151)
            #expect(try await repo.git("ls-tree", "--name-only", commit.hex).split(separator: "\n").count == 150)
            #expect(try await repo.git("fsck", "--strict", "--no-dangling").isEmpty)
        }
    }

    @Test func ofWhatIsGivenUpNothingIsLeft() async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            var repository = try await repo.open()
            repository.care = .ordered
            let before = try await files(in: repo)
            var blob: ObjectID?
            #expect(throws: GitError.self) {
                try repository.together { () throws(GitError) in
                    let written = try repository.writeBlob(Array("given up\n".utf8))
                    blob = written
                    _ = try repository.writeTree([TreeEntry(name: [], mode: .file, id: written)])
                }
            }
            #expect(try await files(in: repo) == before)
            #expect(try repository.kind(of: try #require(blob)) == nil)
        }
    }

    /// A full disk, by a limit that no other test comes near: what did not fit must neither get a name with the next
    /// object nor be known as written.
    @Test func whatDidNotFitIsForgotten() async throws {
        for care in [WriteCare.ordered, .durable] {
            try await whatDidNotFitIsForgotten(care)
        }
    }

    private func whatDidNotFitIsForgotten(_ care: WriteCare) async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            try await repo.git("config", "core.looseCompression", "0")
            var repository = try await repo.open()
            repository.care = care
            let large = [UInt8](repeating: 7, count: 65 << 20)
            let before = try await files(in: repo)
            signal(SIGXFSZ, SIG_IGN)
            var usual = rlimit()
            try #require(getrlimit(fileSize, &usual) == 0)
            var full = rlimit(rlim_cur: 64 << 20, rlim_max: usual.rlim_max)
            try #require(setrlimit(fileSize, &full) == 0)
            let result = Result { try repository.writeBlob(large) }
            try #require(setrlimit(fileSize, &usual) == 0)
            #expect(throws: GitError.self) { try result.get() }
            _ = try repository.writeBlob(Array("small\n".utf8))
            #expect(try await files(in: repo) == before + 1)
            let blob = try repository.writeBlob(large)
            #expect(try await repo.git("cat-file", "-s", blob.hex) == "\(large.count)")
            #expect(try await repo.git("fsck", "--strict", "--no-dangling").isEmpty)
        }
    }

    @Test func whatIsInAPackIsNotWrittenAgain() async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            try await repo.git("repack", "-adq")
            let repository = try await repo.open()
            let blob = try repository.writeBlob(Array("1".utf8))
            #expect(try await files(in: repo) == 0)
            #expect(try await repo.git("cat-file", "blob", blob.hex) == "1")
        }
    }
}
