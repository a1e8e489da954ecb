import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

@Suite struct MergeTests {
    @Test(arguments: 1...8)
    func aCleanMergeIsAlwaysTheOneOfGit(seed: Int) async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            var random = Seeded(seed: UInt64(seed))
            var falseConflicts = 0
            for round in 0..<15 {
                let base = Files.random(count: 8, random: &random)
                let root = try repository.commit(base, parents: [])
                let ours = try repository.commit(
                    base.edited(steps: Int.random(in: 1...6, using: &random), random: &random), parents: [root])
                let theirs = try repository.commit(
                    base.edited(steps: Int.random(in: 1...6, using: &random), random: &random), parents: [root])
                let git = try await gitMerge(repo, ours, theirs)
                let merged = try repository.mergeCommits(ours: ours, theirs: theirs)
                if let tree = try repository.mergeDisjoint(base: root, ours: ours, theirs: theirs) {
                    #expect(git == .clean(tree), "round \(round): \(ours) \(theirs)")
                }
                if case .clean = merged { #expect(merged == git, "round \(round): \(ours) \(theirs)") }
                if case (.clean, .conflicts) = (git, merged) { falseConflicts += 1 }
                #expect(try repository.mergeTrees(base: root, ours: ours, theirs: theirs) == merged)
                #expect(
                    try repository.speculating { (scratch) throws(GitError) in
                        try scratch.mergeCommits(ours: ours, theirs: theirs)
                    } == merged)
            }
            #expect(falseConflicts <= 2)
        }
    }

    @Test func whatEachSideDidByItselfIsMergedWithoutJudgement() async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            let base = ["a": "1", "b": "1", "dir/c": "1", "dir/d": "1", "far/deep/e": "1"]
            let root = try repository.commit(Files(base), parents: [])
            func side(_ changes: [String: String?]) throws -> ObjectID {
                var files = base
                for (path, content) in changes { files[path] = content }
                return try repository.commit(Files(files), parents: [root])
            }
            let ours = try side(["a": "2", "dir/new": "n", "far/deep/e": "2", "both": "same"])
            let theirs = try side(["b": "2", "dir/c": "2", "far/other": "o", "both": "same"])
            let tree = try #require(try repository.mergeDisjoint(base: root, ours: ours, theirs: theirs))
            #expect(try await gitMerge(repo, ours, theirs) == .clean(tree))
            // A path that went away may have been renamed; one that both changed has to be merged; both are git's.
            for changes in [["dir/c": nil], ["a": "3"], ["both": "other"], ["dir/new/x": "x"], ["b": nil, "b/x": "1"]] {
                let other = try side(changes as [String: String?])
                #expect(try repository.mergeDisjoint(base: root, ours: ours, theirs: other) == nil, "\(changes)")
                #expect(try repository.mergeDisjoint(base: root, ours: other, theirs: ours) == nil, "\(changes)")
            }
        }
    }

    @Test func conflictsAreListedByPath() async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            let base = Files(["a": "1", "b": "1", "c": "1", "dir/d": "1"])
            let root = try repository.commit(base, parents: [])
            let ours = try repository.commit(Files(["a": "2", "b": "2", "dir/d": "1", "x": "ours"]), parents: [root])
            let theirs = try repository.commit(
                Files(["a": "3", "b": "2", "c": "2", "dir/d": "1", "x": "theirs"]), parents: [root])
            let merged = try repository.mergeCommits(ours: ours, theirs: theirs)
            #expect(merged == .conflicts([[UInt8]("a"), [UInt8]("c"), [UInt8]("x")]))
            let git = try await gitMerge(repo, ours, theirs)
            #expect(merged == git)
        }
    }

    @Test func fileAgainstFolderIsAConflict() async throws {
        try await expectSameAsGit(
            base: ["a": "1"], ours: ["a": "1", "x": "1"], theirs: ["a": "1", "x/y": "1"], clean: false)
    }

    @Test func additionsToAFolderThatWasRenamedAreAConflictAsInGit() async throws {
        let lines = (0..<9).map { "line \($0)" }.joined(separator: "\n")
        try await expectSameAsGit(
            base: ["lib/a": lines, "lib/b": "b" + lines], ours: ["new/a": lines, "new/b": "b" + lines],
            theirs: ["lib/a": lines, "lib/b": "b" + lines, "lib/c": "c"], clean: false)
        try await expectSameAsGit(
            base: ["lib/a": lines, "lib/b": "b" + lines], ours: ["new/a": lines, "lib/b": "b" + lines],
            theirs: ["lib/a": lines, "lib/b": "b" + lines, "lib/c": "c"], clean: true)
    }

    @Test func anEditFollowsARename() async throws {
        let lines = (0..<9).map { "line \($0)" }
        var edited = lines
        edited[4] = "changed"
        try await expectSameAsGit(
            base: ["a": lines.joined(separator: "\n")], ours: ["new/b": lines.joined(separator: "\n")],
            theirs: ["a": edited.joined(separator: "\n")], clean: true)
    }

    @Test func emptyFilesAreNotTakenForRenames() async throws {
        try await expectSameAsGit(
            base: ["a": "", "k": "1"], ours: ["b": "", "k": "1"], theirs: ["a": "text", "k": "1"], clean: false)
    }

    @Test func crissCrossMergesAgreeWithGit() async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            let root = try repository.commit(Files(["a": "1\n2\n3\n4\n5\n6\n7\n8\n9"]), parents: [])
            let one = try repository.commit(Files(["a": "one\n2\n3\n4\n5\n6\n7\n8\n9"]), parents: [root])
            let two = try repository.commit(Files(["a": "1\n2\n3\n4\n5\n6\n7\n8\ntwo"]), parents: [root])
            let both = Files(["a": "one\n2\n3\n4\n5\n6\n7\n8\ntwo"])
            let left = try repository.commit(both, parents: [one, two])
            let right = try repository.commit(both, parents: [two, one])
            let ours = try repository.commit(Files(["a": "uno\n2\n3\n4\n5\n6\n7\n8\ntwo"]), parents: [left])
            let theirs = try repository.commit(Files(["a": "one\n2\n3\n4\n5\n6\n7\n8\ndue"]), parents: [right])
            #expect(try repository.mergeBases(ours, theirs).count == 2)
            let merged = try repository.mergeCommits(ours: ours, theirs: theirs)
            #expect(merged == (try await gitMerge(repo, ours, theirs)))
            #expect(merged != .conflicts([[UInt8]("a")]))
        }
    }

    @Test func filesWithAMergeProgramAreLeftToGit() async throws {
        try await TestRepository.with { repo in
            try await repo.commit("attributes", files: [".gitattributes": "a merge=ours\nb merge=unknown\n"])
            let repository = try await repo.open()
            let root = try repository.commit(Files(["a": "1\n2\n3\n4\n5", "b": "1\n2\n3\n4\n5"]), parents: [])
            let ours = try repository.commit(Files(["a": "x\n2\n3\n4\n5", "b": "x\n2\n3\n4\n5"]), parents: [root])
            let theirs = try repository.commit(Files(["a": "1\n2\n3\n4\ny", "b": "1\n2\n3\n4\ny"]), parents: [root])
            #expect(try repository.mergeCommits(ours: ours, theirs: theirs) == (try await gitMerge(repo, ours, theirs)))
            try await repo.git("config", "merge.ours.driver", "true")
            #expect(try repository.mergeCommits(ours: ours, theirs: theirs) == .conflicts([[UInt8]("a")]))
        }
    }

    @Test func unrelatedHistoriesAreNotMerged() async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            let one = try repository.commit(Files(["a": "1"]), parents: [])
            let two = try repository.commit(Files(["b": "1"]), parents: [])
            #expect(throws: GitError.self) { try repository.mergeCommits(ours: one, theirs: two) }
            #expect(try !repository.mergeIsNoOp(branch: one, into: two))
        }
    }

    @Test func picksAndRevertsAreThoseOfGit() async throws {
        try await TestRepository.with { repo in
            let root = try await repo.commit("root", files: ["a": "1\n2\n3\n4\n5\n", "b": "1\n"])
            let change = try await repo.commit("change", files: ["a": "1\n2\n3\n4\nfive\n", "c": "1\n"])
            try await repo.commit("more", files: ["d": "1\n"])
            try await repo.git("checkout", "-q", "-b", "side", root.hex)
            let side = try await repo.commit("side", files: ["a": "one\n2\n3\n4\n5\n"])
            try await repo.git("cherry-pick", change.hex)
            let picked = try await repo.id("HEAD")
            try await repo.git("merge", "-q", "--no-ff", "-m", "m", "main")
            let merge = try await repo.id("HEAD")
            try await repo.git("revert", "--no-edit", "-m", "1", merge.hex)
            let repository = try await repo.open()
            #expect(try repository.cherryPickTree(change, onto: side) == .clean(try repository.tree(of: picked)))
            #expect(try repository.revertTree(of: picked, onto: picked) == .clean(try repository.tree(of: side)))
            #expect(
                try repository.revertTree(of: merge, mainline: 1, onto: merge)
                    == .clean(try await repo.id("HEAD^{tree}")))
            let empty = try repository.commit(Files([:]), parents: [])
            #expect(try repository.cherryPickTree(root, onto: empty) == .clean(try repository.tree(of: root)))
            #expect(try repository.revertTree(of: root, onto: root) == .clean(try repository.tree(of: empty)))
            #expect(throws: GitError.self) { try repository.revertTree(of: merge, onto: merge) }
            #expect(throws: GitError.self) { try repository.revertTree(of: merge, mainline: 3, onto: merge) }
            let clash = try await repo.commit("clash", files: ["a": "1\n2\n3\n4\nclash\n"])
            #expect(try repository.cherryPickTree(change, onto: clash) == .conflicts([[UInt8]("a")]))
        }
    }

    private func expectSameAsGit(
        base: [String: String], ours: [String: String], theirs: [String: String], clean: Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            let root = try repository.commit(Files(base), parents: [])
            let one = try repository.commit(Files(ours), parents: [root])
            let two = try repository.commit(Files(theirs), parents: [root])
            for (left, right) in [(one, two), (two, one)] {
                let git = try await gitMerge(repo, left, right)
                let merged = try repository.mergeCommits(ours: left, theirs: right)
                if case .clean = git {
                    #expect(clean, sourceLocation: sourceLocation)
                    #expect(merged == git, sourceLocation: sourceLocation)
                } else {
                    guard case .conflicts(let paths) = merged else {
                        Issue.record("git refuses what was merged", sourceLocation: sourceLocation)
                        return
                    }
                    #expect(!clean && !paths.isEmpty, sourceLocation: sourceLocation)
                }
            }
        }
    }
}

/// What `git merge-tree` gives: a tree, or the conflicted paths.
func gitMerge(_ repo: TestRepository, _ ours: ObjectID, _ theirs: ObjectID) async throws -> TreeMerge {
    let result = try await repo.tryGit([
        "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours.hex, theirs.hex,
    ])
    let parts = result.outputBytes.split(separator: 0)
    guard result.exitCode <= 1, let first = parts.first else { throw OracleFailure(result: result) }
    if result.exitCode == 1 { return .conflicts(parts.dropFirst().map(Array.init)) }
    return .clean(try #require(ObjectID(hex: String(decoding: first, as: UTF8.self))))
}

/// git could not answer.
struct OracleFailure: Error {
    let result: CommandResult
}
