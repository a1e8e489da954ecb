import CGit2
package import GitValues

extension Repository {
    /// The best common ancestor of two commits; `nil` when their histories are unrelated.
    package func mergeBase(_ one: ObjectID, _ two: ObjectID) throws(GitError) -> ObjectID? {
        var result = git_oid()
        var first = try one.raw()
        var second = try two.raw()
        let operation = "finding the merge base of \(one.short) and \(two.short)"
        let status = git_merge_base(&result, pointer, &first, &second)
        if status == GIT_ENOTFOUND.rawValue {
            git_error_clear()
            // The same status stands for a commit that does not exist; that is an error here.
            _ = try lookUpCommit(one)
            _ = try lookUpCommit(two)
            return nil
        }
        try check(operation, status)
        return ObjectID(result)
    }

    /// Whether a commit is the other one or is contained in its history.
    package func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws(GitError) -> Bool {
        var first = try ancestor.raw()
        var second = try descendant.raw()
        _ = try lookUpCommit(ancestor)
        _ = try lookUpCommit(descendant)
        if ancestor == descendant { return true }
        let status = git_graph_descendant_of(pointer, &second, &first)
        try check("looking for \(ancestor.short) in the history of \(descendant.short)", status)
        return status == 1
    }

    /// The commits reachable from a tip and from none of the others: children before parents, newer first.
    package func commits(
        from tip: ObjectID, notIn others: [ObjectID] = [], limit: Int? = nil
    ) throws(GitError) -> [Commit] {
        let operation = "walking the history of \(tip.short)"
        for id in [tip] + others where try !contains(id) {
            throw GitError(.notFound, operation, "object \(id) does not exist", subject: id.hex)
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
}
