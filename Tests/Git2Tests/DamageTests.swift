import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

@Suite struct DamageTests {
    @Test(arguments: Damage.allCases)
    func damagedObjectsAreErrorsAndNeverCrashes(damage: Damage) async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1", "d/b": "2"])
            let second = try await repo.commit("second", files: ["a": "2"])
            let objects = [second, try await repo.id("HEAD^{tree}"), try await repo.id("HEAD:a")]
            for id in objects {
                try damage.apply(to: repo.path + "/.git/objects/" + id.hex.prefix(2) + "/" + id.hex.dropFirst(2))
            }
            let repository = try await repo.open()
            let main = try #require(ReferenceName(branch: "main"))
            for question in Question.allCases {
                let error = question.ask(
                    repository, commit: objects[0], tree: objects[1], blob: objects[2], sound: first)
                #expect(
                    [.corrupt, .notFound, .failed].contains(error?.code), "\(question): \(String(describing: error))")
            }
            #expect(try repository.head == .branch(main, second))
        }
    }

    @Test(arguments: [
        "garbage", "", "ref: ", "ref: not/a ref\n", "ref: refs/heads/a..b\n",
        "0000000000000000000000000000000000000000\n",
        "0123\n", "ref: HEAD\n",
    ])
    func aDamagedHeadIsAnError(content: String) async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            let location = try await repo.location()
            try repo.write(".git/HEAD", content)
            #expect(failure { _ = try Repository.open(location).head } != nil)
        }
    }

    @Test func damagedRefsAreErrorsForThemselvesOnly() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let main = try #require(ReferenceName(branch: "main"))
            let broken = try #require(ReferenceName(branch: "broken"))
            let circle = try #require(ReferenceName(branch: "circle"))
            try repo.write(".git/refs/heads/broken", "garbage\n")
            try repo.write(".git/refs/heads/empty", "")
            try repo.write(".git/refs/heads/circle", "ref: refs/heads/circle\n")
            try repo.write(".git/refs/heads/dangling", "ref: refs/heads/none\n")
            let repository = try await repo.open()
            #expect(try repository.references(under: "refs/heads/").map(\.name) == [main])
            #expect(failure { _ = try repository.reference(broken) } != nil)
            #expect(failure { _ = try repository.reference(circle) }?.code == .corrupt)
            let moved = failure {
                try repository.move([ReferenceMove(broken, from: .absent, to: .object(first))], message: "m", by: ada)
            }
            #expect(moved != nil)
            #expect(repo.read(".git/refs/heads/broken") == "garbage\n")
            #expect(!repo.exists(".git/refs/heads/broken.lock"))
        }
    }

    @Test func aDamagedPackedRefsFileIsAnErrorAndStaysAsItIs() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let content = "# pack-refs with: peeled fully-peeled sorted \n\(first) refs/heads/x\ngarbage\n"
            try repo.write(".git/packed-refs", content)
            let repository = try await repo.open()
            let name = try #require(ReferenceName(branch: "x"))
            let error = failure {
                try repository.move([ReferenceMove(name, from: .exactly(first), to: .deleted)], message: "m", by: ada)
            }
            #expect(error != nil)
            #expect(repo.read(".git/packed-refs") == content)
            #expect(!repo.exists(".git/packed-refs.lock"))
        }
    }

    @Test func objectsThatAreNoCommitsOrTreesInsideAreErrors() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            for (kind, text) in [
                ("commit", "tree x\n\nm"), ("commit", ""), ("commit", "tree \(first)\n"), ("tree", "100644 a"),
                ("tree", "garbage"), ("tree", "100644 a\0short"),
            ] {
                let id = try #require(
                    ObjectID(
                        hex: try await repo.git(
                            ["hash-object", "-t", kind, "-w", "--stdin", "--literally"], input: text)))
                if kind == "commit" {
                    #expect(failure { _ = try repository.commit(id) } != nil, "\(text)")
                } else {
                    #expect(failure { _ = try repository.entries(of: id) } != nil, "\(text)")
                }
            }
        }
    }

    @Test func oddIdentitiesAndMessagesOfOthersAreRead() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let tree = try repository.tree(of: first)
            for person in [
                "<> 0 +0000", "A <a@b>", "A <a@b> 99999999999999999999 +0000", "A <a@b> -5 +9999",
                "\u{1}\u{2} <\u{3}> 1 -0030", "A",
            ] {
                let text = "tree \(tree)\nauthor \(person)\ncommitter \(person)\n\n\u{1b}[31mred\n"
                let id = try #require(
                    ObjectID(
                        hex: try await repo.git(
                            ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"], input: text)))
                if let commit = try? repository.commit(id) { #expect(commit.tree == tree) }
            }
        }
    }
}

/// Everything that reads objects.
enum Question: CaseIterable {
    case commit, tree, entries, blob, changes, mergeBase, isAncestor, commits, merge, pick, containment, fingerprint

    /// Asks about damaged objects; returns the error.
    func ask(
        _ repository: borrowing Repository, commit: ObjectID, tree: ObjectID, blob: ObjectID, sound: ObjectID
    ) -> GitError? {
        do {
            switch self {
            case .commit: _ = try repository.commit(commit)
            case .tree: _ = try repository.tree(of: commit)
            case .entries: _ = try repository.entries(of: tree)
            case .blob: _ = try repository.blob(blob)
            case .changes: _ = try repository.changes(from: sound, to: commit)
            case .mergeBase: _ = try repository.mergeBase(commit, sound)
            case .isAncestor: _ = try repository.isAncestor(sound, of: commit)
            case .commits: _ = try repository.commits(from: commit)
            case .merge: _ = try repository.mergeCommits(ours: sound, theirs: commit)
            case .pick: _ = try repository.cherryPickTree(commit, onto: sound)
            case .containment: _ = try repository.containment(of: commit, in: sound)
            case .fingerprint: _ = try repository.fingerprint(from: sound, to: tree)
            }
            return nil
        } catch {
            return error
        }
    }
}

/// Ways in which a loose object can be broken.
enum Damage: CaseIterable {
    case missing
    case empty
    case garbage
    case truncated

    func apply(to path: String) throws {
        let content = try #require(FileManager.default.contents(atPath: path))
        try FileManager.default.removeItem(atPath: path)
        switch self {
        case .missing: break
        case .empty: try Data().write(to: URL(fileURLWithPath: path))
        case .garbage: try Data((0..<content.count).map { UInt8($0 & 0x7f) }).write(to: URL(fileURLWithPath: path))
        case .truncated: try content.prefix(content.count / 2).write(to: URL(fileURLWithPath: path))
        }
    }
}

/// The error a body fails with.
private func failure(_ body: () throws -> Void) -> GitError? {
    do {
        try body()
        return nil
    } catch {
        return error as? GitError
    }
}
