import Git2
package import GitValues
package import PlainRemote

extension PatchDocument {
    /// Whether the head of a combined patch still has a member's change: somebody may have taken it out since, by a reset
    /// or by a commit that undoes it. What was only changed further is in.
    ///
    /// - Parameter target: the target without the combination; where that is not known, no file counts under another name.
    package func holds(_ part: Combined, target: ObjectID?, _ objects: RepositoryObjects) async throws -> Bool {
        guard combines?.contains(part) == true else { return false }
        // What is not here cannot be proven.
        guard try await objects.missingCommits([part.commit, head]).isEmpty,
            try await objects.isAncestor(part.commit, of: head)
        else { return false }
        if part.commit == head { return true }
        let before = try await objects.commit(part.commit).parents.first
        let merger = TreeMerger(objects: objects)
        let again = try await merger.apply(from: before, to: part.commit, onto: head)
        if again == .clean(try await objects.tree(of: head)) { return true }
        let start: ObjectID
        if let before { start = try await objects.tree(of: before) } else { start = try await objects.emptyTree() }
        let renames = try await target.mapAsync { target in
            try await objects.ownRenames(from: part.commit, to: head, target: target)
        }
        for path in try await objects.changedPaths(from: start, to: try await objects.tree(of: part.commit)) {
            let change = FileChange(
                old: try await objects.entry(path, in: start), new: try await objects.entry(path, in: part.commit),
                now: try await objects.entry(renames?[path] ?? path, in: head))
            if try await change.isUndone(merger) { return false }
        }
        return true
    }
}

/// What a member made of one file, and what became of that.
private struct FileChange {
    var old: TreeEntry?
    var new: TreeEntry?
    var now: TreeEntry?

    /// Whether the change, or a part of it, is gone.
    ///
    /// A part is gone where making the change once more is possible and brings something back; where it is not possible,
    /// the same lines were changed since: by taking them out, if taking them out once more makes no difference.
    func isUndone(_ merger: TreeMerger) async throws -> Bool {
        // A change whose two sides are the same was not found under its name: what cannot be seen cannot be proven.
        if now == old || old == new { return true }
        if now == new { return false }
        let (old, new, now) = (
            try await merger.objects.tree(with: old), try await merger.objects.tree(with: new),
            try await merger.objects.tree(with: now)
        )
        switch try await merger.apply(from: old, to: new, onto: now) {
        case .clean(let tree): return tree != now
        case .conflicts: return try await merger.apply(from: new, to: old, onto: now) == .clean(now)
        }
    }
}

extension RepositoryObjects {
    /// The files that got another name on the way to a later commit, by their earlier one.
    ///
    /// A file that was taken out and one that looks like it are one file only where a single commit did both, and nobody
    /// else has made the other one: by a merge, a squash or a cherry-pick of the target it comes as a new file as well.
    fileprivate func ownRenames(
        from old: ObjectID, to new: ObjectID, target: ObjectID
    ) async throws -> [[UInt8]: [UInt8]] {
        var names: [[UInt8]: [UInt8]] = [:]
        for (before, after) in try await stepwiseRenames(from: old, to: new) {
            let first = names.first { $0.value == before }?.key ?? before
            names[first] = after
        }
        for (before, after) in names where try await wasEver(after, in: target) { names[before] = nil }
        return names
    }

    /// A tree with this one file, under a name that is always the same; without a file the empty one.
    fileprivate func tree(with entry: TreeEntry?) async throws -> ObjectID {
        guard let entry else { return try await emptyTree() }
        return try await writeTree([TreeEntry(name: Array("file".utf8), mode: entry.mode, id: entry.id)])
    }
}
