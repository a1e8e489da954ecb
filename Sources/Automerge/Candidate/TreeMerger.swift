import Git2
import GitProcess
import GitValues
import PlainRemote

/// Merges in memory: what `git merge` would give, without an index, a worktree or a reference.
///
/// Where each path was changed by one side only and none went away, the answer is clear and costs no child. Else git's own
/// merge is asked (`git merge-tree --write-tree`, 2.38 or newer), because it follows renamed folders and configured merge
/// drivers; libgit2 stands in where git is older.
struct TreeMerger {
    /// What a merge gave.
    enum Outcome: Hashable {
        case clean(ObjectID)
        /// The paths that need a person, sorted.
        case conflicts([String])
    }

    let objects: RepositoryObjects

    /// Merges two commits over their own merge bases.
    func merge(ours: ObjectID, theirs: ObjectID) async throws -> Outcome {
        guard let base = try await objects.mergeBase(ours, theirs) else {
            return .conflicts([])
        }
        if base == theirs { return .clean(try await objects.tree(of: ours)) }
        if base == ours { return .clean(try await objects.tree(of: theirs)) }
        if let only = try await objects.onlyMergeBase(ours, theirs), let tree = try disjoint(only, ours, theirs) {
            return .clean(tree)
        }
        let result = try await objects.git.run(
            ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours.hex, theirs.hex])
        if let outcome = TreeMerger.parse(result) { return outcome }
        guard objects.usesLibrary else { throw failure(result) }
        return TreeMerger.outcome(
            try objects.withLibrary { (repository) throws(GitError) in
                try repository.mergeCommits(ours: ours, theirs: theirs)
            })
    }

    private func disjoint(_ base: ObjectID, _ ours: ObjectID, _ theirs: ObjectID) throws(GitError) -> ObjectID? {
        guard objects.usesLibrary else { return nil }
        return try objects.withLibrary { (repository) throws(GitError) in
            try repository.mergeDisjoint(base: base, ours: ours, theirs: theirs)
        }
    }

    /// Merges the change from one commit to another into a third.
    ///
    /// - Parameter base: where the change starts; `nil` for the empty tree.
    func apply(from base: ObjectID?, to theirs: ObjectID, onto ours: ObjectID) async throws -> Outcome {
        let mine = try await objects.tree(of: ours)
        let other = try await objects.tree(of: theirs)
        let start: ObjectID
        if let base { start = try await objects.tree(of: base) } else { start = try await objects.emptyTree() }
        if start == mine { return .clean(other) }
        if start == other || mine == other { return .clean(mine) }
        if let tree = try disjoint(start, mine, other) { return .clean(tree) }
        // Commits made up for the purpose give git the merge base we mean, with every version that has merge-tree.
        let nobody = Identity(name: "git-automerge", mail: "", seconds: 0, offsetMinutes: 0)
        func commit(_ tree: ObjectID, _ parents: [ObjectID]) async throws -> ObjectID {
            try await objects.makeCommit(
                tree: tree, parents: parents, author: nobody, committer: nobody, message: "merge base\n")
        }
        let root = try await commit(start, [])
        let result = try await objects.git.run([
            "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", try await commit(mine, [root]).hex,
            try await commit(other, [root]).hex,
        ])
        if let outcome = TreeMerger.parse(result) { return outcome }
        guard objects.usesLibrary else { throw failure(result) }
        return TreeMerger.outcome(
            try Repository.open(objects.location).mergeTrees(base: start, ours: mine, theirs: other))
    }

    /// Reads git-merge-tree(1), OUTPUT with `-z`; `nil` when git did not merge at all.
    private static func parse(_ result: ProcessResult) -> Outcome? {
        guard result.exitCode == 0 || result.exitCode == 1 else { return nil }
        let fields = result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard let first = fields.first, let tree = ObjectID(hex: first) else { return nil }
        return result.exitCode == 0 ? .clean(tree) : .conflicts(Set(fields.dropFirst()).sorted())
    }

    private static func outcome(_ merge: TreeMerge) -> Outcome {
        switch merge {
        case .clean(let tree): .clean(tree)
        case .conflicts(let paths): .conflicts(paths.map { String(decoding: $0, as: UTF8.self) })
        }
    }

    private func failure(_ result: ProcessResult) -> GitProcessError {
        GitProcessError(
            code: .failed, operation: "git merge-tree", message: result.firstErrorLine, exitCode: result.exitCode)
    }
}
