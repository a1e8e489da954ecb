import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

@Suite struct ObjectTests {
    @Test func commitsAreByteForByteThoseOfGit() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let second = try await repo.commit("second\n\nbody, ünïcode", files: ["a": "2"])
            try await repo.git("checkout", "-q", "-b", "side", first.hex)
            try await repo.commit("side", files: ["b": "1"])
            try await repo.git("merge", "-q", "--no-edit", "main")
            let merge = try await repo.id("HEAD")
            let repository = try await repo.open()
            for id in [first, second, merge] {
                let commit = try repository.commit(id)
                let again = try repository.makeCommit(
                    tree: commit.tree, parents: commit.parents, author: commit.author, committer: commit.committer,
                    message: commit.message, encoding: commit.encoding)
                #expect(again == id)
            }
            #expect(try repository.commit(second).title == "second")
            #expect(try repository.commit(merge).parents.count == 2)
            #expect(try repository.commit(second).author.mail == "ada@example.com")
        }
    }

    @Test func encodingAndBytesThatAreNoTextSurvive() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let message: [UInt8] = [0x66, 0xfc, 0x72, 0x0a]
            let id = try repository.makeCommit(
                tree: repository.tree(of: first), parents: [first], author: ada, committer: ada, message: message,
                encoding: "ISO-8859-1")
            let commit = try repository.commit(id)
            #expect(commit.message == message)
            #expect(commit.encoding == "ISO-8859-1")
            #expect(try await repo.git("log", "-1", "--encoding=UTF-8", "--format=%s", id.hex) == "für")
        }
    }

    @Test func signaturesAreStoredWhereGitLooksForThem() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let tree = try repository.tree(of: first)
            let armour = "-----BEGIN SSH SIGNATURE-----\nabc\n\ndef\n-----END SSH SIGNATURE-----\n"
            let id = try repository.makeCommit(
                tree: tree, parents: [first], author: ada, committer: ada, message: [UInt8]("signed\n"),
                signature: [UInt8](armour))
            let text = try await repo.git("cat-file", "commit", id.hex)
            #expect(
                text.contains(
                    "gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n \n def\n -----END SSH SIGNATURE-----\n\nsigned"))
            let unsigned = CommitText(
                tree: tree, parents: [first], author: ada, committer: ada, message: [UInt8]("signed\n")
            ).unsigned
            #expect(!String(decoding: unsigned, as: UTF8.self).contains("gpgsig"))
            try await repo.git("fsck", "--strict")
            #expect(try repository.commit(id).text == "signed\n")
        }
    }

    @Test func commitsThatGitWouldRefuseAreRefused() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let tree = try repository.tree(of: first)
            let blob = try repository.writeBlob([1])
            let missing = try #require(ObjectID(hex: String(repeating: "ab", count: 20)))
            #expect(code { _ = try repository.makeCommit(tree: missing, parents: [], message: "m") } == .notFound)
            #expect(code { _ = try repository.makeCommit(tree: blob, parents: [], message: "m") } == .notFound)
            #expect(code { _ = try repository.makeCommit(tree: tree, parents: [missing], message: "m") } == .notFound)
            #expect(code { _ = try repository.makeCommit(tree: tree, parents: [tree], message: "m") } == .notFound)
            #expect(code { _ = try repository.makeCommit(tree: tree, parents: [], message: "a\0b") } == .invalid)
            let evil = Identity(name: "A\ncommitter B", mail: "a@b", seconds: 0, offsetMinutes: 0)
            #expect(code { _ = try repository.makeCommit(tree: tree, parents: [], message: "m", by: evil) } == .invalid)
        }
    }

    @Test func treesEqualThoseOfGit() async throws {
        try await TestRepository.with { repo in
            try await repo.commit(
                "first", files: ["a": "1", "a.b": "2", "a0": "3", "dir/x": "4", "dir.c": "5", "dir0": "6", "é": "7"])
            try repo.write("run", "x", executable: true)
            try FileManager.default.createSymbolicLink(atPath: repo.path + "/link", withDestinationPath: "a")
            let head = try await repo.commit("second")
            let repository = try await repo.open()
            let tree = try repository.tree(of: head)
            let entries = try repository.entries(of: tree)
            #expect(try repository.writeTree(entries.reversed()) == tree)
            #expect(entries.first { $0.name == [UInt8]("run") }?.mode == .executable)
            #expect(entries.first { $0.name == [UInt8]("link") }?.mode == .link)
            #expect(try repository.writeTree([]).hex == "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
            #expect(try repository.blob(at: [UInt8]("dir/x"), in: tree)?.bytes == [UInt8]("4"))
            #expect(try repository.blob(at: [UInt8]("dir"), in: tree) == nil)
            #expect(try repository.blob(at: [UInt8]("dir/none"), in: tree) == nil)
            #expect(try repository.blob(at: [UInt8]("a/none"), in: tree) == nil)
            #expect(try repository.entry(at: [UInt8]("dir"), in: tree)?.mode == .directory)
        }
    }

    @Test(arguments: ["", ".", "..", ".git", ".GIT", "a/b", "a\0b"])
    func treesWithNamesThatGitRefusesAreRefused(name: String) async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            let blob = try repository.writeBlob([1])
            let entry = TreeEntry(name: [UInt8](name), mode: .file, id: blob)
            #expect(code { _ = try repository.writeTree([entry]) } == .invalid)
        }
    }

    @Test func treesWithTheSameNameTwiceOrMissingObjectsAreRefused() async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            let blob = try repository.writeBlob([1])
            let empty = try repository.writeTree([])
            let missing = try #require(ObjectID(hex: String(repeating: "ab", count: 20)))
            let file = TreeEntry(name: [UInt8]("a"), mode: .file, id: blob)
            let folder = TreeEntry(name: [UInt8]("a"), mode: .directory, id: empty)
            #expect(code { _ = try repository.writeTree([file, folder]) } == .invalid)
            #expect(
                code { _ = try repository.writeTree([TreeEntry(name: [97], mode: .file, id: missing)]) } == .notFound)
            let module = try repository.writeTree([TreeEntry(name: [97], mode: .submodule, id: missing)])
            #expect(try await repo.git("ls-tree", module.hex).hasPrefix("160000 commit"))
        }
    }

    @Test func pathsThatAreNoTextKeepTheirBytes() async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            let blob = try repository.writeBlob([0, 255, 10])
            let name: [UInt8] = [0xff, 0x20, 0x0a, 0x22]
            let tree = try repository.writeTree([TreeEntry(name: name, mode: .file, id: blob)])
            #expect(try repository.entries(of: tree).map(\.name) == [name])
            #expect(try repository.blob(at: name, in: tree)?.bytes == [0, 255, 10])
            #expect(try repository.changes(from: nil, to: tree).map(\.path) == [name])
            #expect(try await repo.git("ls-tree", "--name-only", tree.hex) == "\"\\377 \\n\\\"\"")
        }
    }

    @Test func revisionsResolveAsInGit() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let second = try await repo.commit("second", files: ["a": "2"])
            try await repo.git("tag", "-a", "-m", "t", "v1", first.hex)
            let repository = try await repo.open()
            for revision in [
                "HEAD", "main", "HEAD~1", "v1", "v1^{commit}", "v1^{tree}", "HEAD:a", "HEAD^{tree}", second.short, "@",
                "refs/heads/main", ":/first", "HEAD@{1}",
            ] {
                #expect(try repository.resolve(revision) == (try await repo.id(revision)), "\(revision)")
            }
            for revision in [
                "", "none", "HEAD~9", "v1^{blob}", "HEAD:none", "..", "-x", "a\0b", "main\0x", "^", "HEAD^{", "@{u}",
            ] {
                #expect((try? repository.resolve(revision)) == .some(nil), "\(revision)")
            }
        }
    }
}

/// The code a body fails with.
private func code(_ body: () throws -> Void) -> GitError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? GitError)?.code
    }
}

extension Repository {
    fileprivate borrowing func makeCommit(
        tree: ObjectID, parents: [ObjectID], message: String, by person: Identity = ada
    ) throws -> ObjectID {
        try makeCommit(
            tree: tree, parents: parents, author: person, committer: person, message: [UInt8](message))
    }
}
