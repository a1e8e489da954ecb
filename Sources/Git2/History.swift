import CGit2
package import GitValues

extension Repository {
    /// The best common ancestor of two commits, the newest of several; `nil` when their histories are unrelated.
    package func mergeBase(_ one: ObjectID, _ two: ObjectID) throws(GitError) -> ObjectID? {
        try mergeBases(one, two).first
    }

    /// All best common ancestors; more than one after criss-cross merges.
    package func mergeBases(_ one: ObjectID, _ two: ObjectID) throws(GitError) -> [ObjectID] {
        let operation = "finding the merge base of \(one.short) and \(two.short)"
        try requireCommits([one, two])
        if let history = try ShallowHistory(self, from: [one, two]) { return history.mergeBases(one, two) }
        var found = git_oidarray()
        var first = try one.raw()
        var second = try two.raw()
        let status = git_merge_bases(&found, pointer, &first, &second)
        if status == GIT_ENOTFOUND.rawValue {
            git_error_clear()
            return []
        }
        try check(operation, status)
        defer { git_oidarray_dispose(&found) }
        return UnsafeBufferPointer(start: found.ids, count: found.count).compactMap { ObjectID($0) }
    }

    /// Whether a commit is the other one or is contained in its history.
    package func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws(GitError) -> Bool {
        try requireCommits([ancestor, descendant])
        if ancestor == descendant { return true }
        if let history = try ShallowHistory(self, from: [descendant]) {
            return history.reachable(from: [descendant]).contains(ancestor)
        }
        var first = try ancestor.raw()
        var second = try descendant.raw()
        let status = git_graph_descendant_of(pointer, &second, &first)
        try check("looking for \(ancestor.short) in the history of \(descendant.short)", status)
        return status == 1
    }

    /// The commits reachable from a tip and from none of the others: children before parents, newer first.
    package func commits(
        from tip: ObjectID, notIn others: [ObjectID] = [], limit: Int? = nil
    ) throws(GitError) -> [Commit] {
        let operation = "walking the history of \(tip.short)"
        try requireCommits([tip] + others)
        if let history = try ShallowHistory(self, from: [tip] + others) {
            return Array(history.commits(from: tip, notIn: others).prefix(limit ?? .max))
        }
        let walk: Handle<WalkKind> = try make(operation) { git_revwalk_new($0, pointer) }
        try check(operation, git_revwalk_sorting(walk.pointer, GIT_SORT_TOPOLOGICAL.rawValue | GIT_SORT_TIME.rawValue))
        var oid = try tip.raw()
        try check(operation, git_revwalk_push(walk.pointer, &oid))
        for other in others {
            var oid = try other.raw()
            try check(operation, git_revwalk_hide(walk.pointer, &oid))
        }
        var result: [Commit] = []
        while limit.map({ result.count < $0 }) ?? true {
            var next = git_oid()
            let status = git_revwalk_next(&next, walk.pointer)
            if status == GIT_ITEROVER.rawValue { break }
            try check(operation, status)
            result.append(try commit(try ObjectID(copying: &next, operation)))
        }
        return result
    }

    /// libgit2 calls a commit that does not exist unrelated or damaged, depending on the question.
    private func requireCommits(_ ids: [ObjectID]) throws(GitError) {
        for id in ids { _ = try lookUpCommit(id) }
    }
}
