import CGit2
package import GitValues

/// What merging in memory gave.
package enum TreeMerge: Hashable, Sendable {
    /// The merged tree; its objects are stored. It is the tree that git would make.
    case clean(ObjectID)
    /// The paths that need a person, sorted. In rare cases of renames `git merge-tree` still finds an answer.
    case conflicts([[UInt8]])
}

extension Repository {
    /// Merges two trees (or commits) as git would with that base; neither refs nor files are touched.
    ///
    /// - Parameter base: `nil` for the empty tree.
    package func mergeTrees(base: ObjectID?, ours: ObjectID, theirs: ObjectID) throws(GitError) -> TreeMerge {
        let operation = "merging \(theirs.short) into \(ours.short)"
        let mine = try lookUpTree(try tree(of: ours))
        let other = try lookUpTree(try tree(of: theirs))
        var options = try mergeOptions()
        var ancestor: ObjectID
        if let base { ancestor = try tree(of: base) } else { ancestor = try writeTree([]) }
        let common = try lookUpTree(ancestor)
        let index: Handle<IndexKind> = try make(operation) {
            git_merge_trees($0, pointer, common.pointer, mine.pointer, other.pointer, &options)
        }
        return try outcome(index.pointer, bases: [ancestor], ours: ours, theirs: theirs, operation)
    }

    /// Merges one commit into another; several merge bases are merged first, as git does.
    ///
    /// - Throws: `.unrelated` when there is no common commit.
    package func mergeCommits(ours: ObjectID, theirs: ObjectID) throws(GitError) -> TreeMerge {
        let operation = "merging \(theirs.short) into \(ours.short)"
        let bases = try mergeBases(ours, theirs)
        guard let base = bases.first else {
            throw GitError(.unrelated, operation, "the histories have no commit in common")
        }
        if bases.count == 1 { return try mergeTrees(base: base, ours: ours, theirs: theirs) }
        if try ShallowHistory(self, from: [ours, theirs]) != nil {
            throw GitError(
                .unsupported, operation, "the clone is shallow and has several merge bases", subject: "shallow")
        }
        let mine = try lookUpCommit(ours)
        let other = try lookUpCommit(theirs)
        var options = try mergeOptions()
        let index: Handle<IndexKind> = try make(operation) {
            git_merge_commits($0, pointer, mine.pointer, other.pointer, &options)
        }
        return try outcome(index.pointer, bases: bases, ours: ours, theirs: theirs, operation)
    }

    /// The tree that a commit's change gives on top of another commit.
    ///
    /// - Parameter mainline: for merges, which parent (from 1) the change is taken against.
    package func cherryPickTree(_ id: ObjectID, mainline: Int? = nil, onto: ObjectID) throws(GitError) -> TreeMerge {
        let picked = try commit(id)
        let parent = try parent(of: picked, mainline: mainline, "picking \(id.short)")
        return try mergeTrees(base: parent, ours: onto, theirs: id)
    }

    /// The tree that taking a commit's change back gives on top of another commit.
    ///
    /// - Parameter mainline: for merges, which parent (from 1) to go back to.
    package func revertTree(of id: ObjectID, mainline: Int? = nil, onto: ObjectID) throws(GitError) -> TreeMerge {
        let reverted = try commit(id)
        let parent = try parent(of: reverted, mainline: mainline, "reverting \(id.short)")
        let before: ObjectID
        if let parent { before = parent } else { before = try writeTree([]) }
        return try mergeTrees(base: id, ours: onto, theirs: before)
    }

    /// Whether merging a branch into a target would change nothing: its content is there, by whatever way it came.
    ///
    /// Writes nothing.
    package func mergeIsNoOp(branch: ObjectID, into target: ObjectID) throws(GitError) -> Bool {
        if try isAncestor(branch, of: target) { return true }
        guard try mergeBase(branch, target) != nil else { return false }
        return try speculating { (scratch) throws(GitError) in
            try scratch.mergeCommits(ours: target, theirs: branch) == .clean(try tree(of: target))
        }
    }

    private func parent(of commit: Commit, mainline: Int?, _ operation: String) throws(GitError) -> ObjectID? {
        switch (mainline, commit.parents.count) {
        case (nil, 0...1): return commit.parents.first
        case (nil, _): throw GitError(.invalid, operation, "it is a merge and no mainline is given")
        case (let number?, let count) where number >= 1 && number <= count: return commit.parents[number - 1]
        default: throw GitError(.invalid, operation, "it has no parent \(mainline ?? 0)")
        }
    }

    private func outcome(
        _ index: OpaquePointer, bases: [ObjectID], ours: ObjectID, theirs: ObjectID, _ operation: String
    ) throws(GitError) -> TreeMerge {
        if git_index_has_conflicts(index) == 1 { return .conflicts(try conflicts(index, operation)) }
        for base in bases {
            let doubtful = try doubtfulPaths(base: base, ours: ours, theirs: theirs)
            if !doubtful.isEmpty { return .conflicts(doubtful) }
        }
        var oid = git_oid()
        try check(operation, git_index_write_tree_to(&oid, index, pointer))
        return .clean(try ObjectID(copying: &oid, operation))
    }

    private func conflicts(_ index: OpaquePointer, _ operation: String) throws(GitError) -> [[UInt8]] {
        let cursor: Handle<ConflictCursorKind> = try make(operation) { git_index_conflict_iterator_new($0, index) }
        var paths: Set<[UInt8]> = []
        while true {
            var ancestor: UnsafePointer<git_index_entry>?
            var mine: UnsafePointer<git_index_entry>?
            var other: UnsafePointer<git_index_entry>?
            let status = git_index_conflict_next(&ancestor, &mine, &other, cursor.pointer)
            if status == GIT_ITEROVER.rawValue { break }
            try check(operation, status)
            for side in [ancestor, mine, other] {
                if let side { paths.insert(bytes(side.pointee.path)) }
            }
        }
        return paths.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
