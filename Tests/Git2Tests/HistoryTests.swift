import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

@Suite struct HistoryTests {
    @Test func walksAndAncestryAgreeWithGitOnRandomHistories() async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            var random = Seeded(seed: 7)
            let commits = try repository.randomHistory(count: 40, random: &random)
            for (index, id) in commits.enumerated() {
                try repository.move(
                    [ReferenceMove(try #require(ReferenceName("refs/test/\(index)")), from: .absent, to: .object(id))],
                    message: "m", by: ada)
            }
            for _ in 0..<25 {
                let one = try #require(commits.randomElement(using: &random))
                let two = try #require(commits.randomElement(using: &random))
                let git = try await repo.tryGit(["merge-base", "--is-ancestor", one.hex, two.hex])
                #expect(try repository.isAncestor(one, of: two) == git.succeeded)
                let bases = try await repo.tryGit(["merge-base", "--all", one.hex, two.hex]).trimmed.split(
                    separator: "\n")
                #expect(Set(try repository.mergeBases(one, two).map(\.hex)) == Set(bases.map(String.init)))
                let list = try await repo.git("rev-list", one.hex, "^" + two.hex).split(separator: "\n").map(
                    String.init)
                let walked = try repository.commits(from: one, notIn: [two])
                #expect(Set(walked.map(\.id.hex)) == Set(list))
                #expect(isChildrenFirst(walked))
                #expect(try repository.commits(from: one, notIn: [two], limit: 2) == Array(walked.prefix(2)))
            }
        }
    }

    @Test func unrelatedHistoriesHaveNoBaseAndMissingCommitsAreErrors() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            try await repo.git("checkout", "-q", "--orphan", "other")
            let other = try await repo.commit("other", files: ["b": "1"])
            let repository = try await repo.open()
            let missing = try #require(ObjectID(hex: String(repeating: "ab", count: 20)))
            #expect(try repository.mergeBase(first, other) == nil)
            #expect(try !repository.isAncestor(first, of: other))
            for body: (borrowing Repository) throws -> Void in [
                { _ = try $0.mergeBase(first, missing) }, { _ = try $0.isAncestor(missing, of: first) },
                { _ = try $0.isAncestor(first, of: missing) }, { _ = try $0.commits(from: missing) },
                { _ = try $0.commits(from: first, notIn: [missing]) }, { _ = try $0.commit(missing) },
            ] {
                do {
                    try body(repository)
                    Issue.record("a missing commit was accepted")
                } catch {
                    #expect((error as? GitError)?.code == .notFound, "\(error)")
                }
            }
        }
    }

    @Test func changesAreThoseOfDiffTree() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit(
                "first", files: ["a": "1", "b": "2", "c": "3", "d/e": "4", "d/f": "5", "type": "x", "z": "9"])
            try repo.remove("b")
            try repo.remove("type")
            try repo.remove("z")
            try repo.write("z/inside", "1")
            try FileManager.default.createSymbolicLink(atPath: repo.path + "/type", withDestinationPath: "a")
            try repo.write("c", "3", executable: true)
            let second = try await repo.commit("second", files: ["a": "changed", "d/f": "6", "new": "n"])
            let repository = try await repo.open()
            let lines = try repository.changes(from: first, to: second).map { change -> String in
                let old = change.old.map { (String($0.mode.rawValue, radix: 8), $0.id.hex) }
                let new = change.new.map { (String($0.mode.rawValue, radix: 8), $0.id.hex) }
                let zero = String(repeating: "0", count: 40)
                let letter: [ChangedPath.Kind: String] = [
                    .added: "A", .deleted: "D", .modified: "M", .typeChanged: "T",
                ]
                return ":\(old?.0 ?? "000000") \(new?.0 ?? "000000") \(old?.1 ?? zero) \(new?.1 ?? zero) "
                    + "\(letter[change.kind] ?? "?")\t\(String(decoding: change.path, as: UTF8.self))"
            }
            let git = try await repo.git(
                "diff-tree", "-r", "--raw", "--no-renames", "--no-abbrev", first.hex, second.hex)
            #expect(lines.sorted() == git.split(separator: "\n").map(String.init).sorted())
            #expect(try repository.changes(from: second, to: second).isEmpty)
            #expect(try repository.changes(from: nil, to: first).count == 7)
        }
    }

    @Test func aShallowCloneIsWalkedToWhereItIsCutOff() async throws {
        try await TestRepository.with { repo in
            for index in 1...4 { try await repo.commit("c\(index)", files: ["a": "1\n2\n3\n\(index)\n"]) }
            let remote = try await repo.addBareRemote()
            try await repo.git("clone", "-q", "--depth=2", "file://" + remote, repo.scratch.path + "/short")
            let short = repo.at(repo.scratch.path + "/short")
            let tip = try await short.id("HEAD")
            try await short.git("checkout", "-q", "-b", "one", "HEAD~1")
            let one = try await short.commit("one", files: ["b": "1"])
            try await short.git("checkout", "-q", "main")
            let two = try await short.commit("two", files: ["c": "1"])
            let repository = try await short.open()
            let bottom = try await short.id("main~2")
            #expect(try repository.commits(from: two).map(\.id) == [two, tip, bottom])
            #expect(try repository.commits(from: one, notIn: [two]).map(\.id) == [one])
            #expect(try repository.mergeBase(one, two) == bottom)
            #expect(try repository.isAncestor(bottom, of: one))
            #expect(try !repository.isAncestor(tip, of: one))
            let tree = try await short.git("merge-tree", "--write-tree", one.hex, two.hex)
            #expect(try repository.mergeCommits(ours: one, theirs: two) == .clean(try #require(ObjectID(hex: tree))))
        }
    }

    private func isChildrenFirst(_ commits: [Commit]) -> Bool {
        var seen: Set<ObjectID> = []
        for commit in commits {
            if commit.parents.contains(where: seen.contains) { return false }
            seen.insert(commit.id)
        }
        return true
    }
}

/// A generator that gives the same numbers for the same seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

extension Repository {
    /// Commits with one to three parents among the last ones, all with the same tree, at rising times.
    fileprivate borrowing func randomHistory(count: Int, random: inout Seeded) throws -> [ObjectID] {
        let tree = try writeTree([])
        var commits: [ObjectID] = []
        for index in 0..<count {
            let recent = commits.suffix(6)
            let parents =
                recent.isEmpty || Int.random(in: 0..<12, using: &random) == 0
                ? []
                : Array(Set(recent.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))).sorted()
            let person = Identity(name: "A", mail: "a@b", seconds: 1_700_000_000 + Int64(index), offsetMinutes: 0)
            commits.append(
                try makeCommit(
                    tree: tree, parents: parents, author: person, committer: person, message: [UInt8]("c\(index)\n")))
        }
        return commits
    }
}
