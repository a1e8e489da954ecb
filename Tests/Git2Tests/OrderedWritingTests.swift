import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

/// Objects whose loss in a power cut costs nothing are written by our own code; git must not be able to tell.
@Suite struct OrderedWritingTests {
    @Test func whatIsWrittenInOrderIsWhatGitWrites() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            var repository = try await repo.open()
            repository.care = .ordered
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

    @Test func anEmptyFileInThePlaceOfAnObjectIsReplaced() async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            let id = try await repo.git(["hash-object", "--stdin"], input: "lost\n")
            try repo.write(".git/objects/\(id.prefix(2))/\(id.dropFirst(2))", "")
            var repository = try await repo.open()
            repository.care = .ordered
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
}
