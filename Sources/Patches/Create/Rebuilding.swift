import Git2
import GitProcess
import GitValues

extension Session {
    /// The tree of the patch: the captured one, or its change merged in memory onto another base.
    ///
    /// - Throws: `PatchProblem.conflict` with the paths that need a person.
    func rebuilt(_ captured: Captured, on base: ObjectID?, from head: ObjectID?) async throws -> ObjectID {
        guard let base, base != head else { return captured.tree }
        let baseTree = try await view.commit(base).tree
        let headTree: ObjectID
        if let head { headTree = try await view.commit(head).tree } else { headTree = try await view.emptyTree() }
        if baseTree == headTree { return captured.tree }
        switch try await view.mergeTrees(base: headTree, ours: baseTree, theirs: captured.tree) {
        case .clean(let tree):
            if tree == baseTree {
                throw PatchProblem(.nothingToDo, "there is nothing to do: '\(base.short)' has the change already")
            }
            return tree
        case .conflicts(let paths):
            throw PatchProblem(
                .conflict, "the change does not apply to \(base.short): it conflicts there",
                paths: paths.map { String(decoding: $0, as: UTF8.self) },
                hints: ["make the patch without --base, or bring the branch up to date first"])
        }
    }
}

extension RepositoryView {
    /// Merges two trees in memory, with a third as their base.
    func mergeTrees(base: ObjectID, ours: ObjectID, theirs: ObjectID) async throws -> TreeMerge {
        let merged = try library?.repository.mergeTrees(base: base, ours: ours, theirs: theirs)
        // What libgit2 calls a conflict, git may still merge: renamed folders, configured merge drivers.
        if case .clean? = merged, let merged { return merged }
        // `git merge-tree --write-tree` takes commits; three nameless ones stand for the trees.
        var git = git
        git.settings += ["user.name=git-patch", "user.email=git-patch@localhost"]
        func commit(_ tree: ObjectID, _ parents: [String]) async throws -> String {
            let arguments = ["commit-tree", tree.hex] + parents.flatMap { ["-p", $0] } + ["-m", "merge"]
            return try await git.output(arguments).text
        }
        let root = try await commit(base, [])
        let one = try await commit(ours, [root])
        let two = try await commit(theirs, [root])
        let result = try await git.run(["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", one, two])
        let fields = result.output.split(separator: 0, omittingEmptySubsequences: true)
        guard result.exitCode <= 1, let first = fields.first,
            let tree = ObjectID(hex: String(decoding: first, as: UTF8.self))
        else {
            if let merged { return merged }
            throw PatchProblem(.commandFailed, "git merge-tree: \(result.firstErrorLine)")
        }
        if result.succeeded { return .clean(tree) }
        return .conflicts(Set(fields.dropFirst().map { Array($0) }).sorted { $0.lexicographicallyPrecedes($1) })
    }
}
