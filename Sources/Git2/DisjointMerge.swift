package import GitValues

/// Merges in which nothing is left to judgement: every path was changed by one side at most, and no path went away.
///
/// Where no path went away nothing can have been renamed, and where no path was changed by both sides no content is
/// merged: neither attributes, merge drivers nor any setting can then make git's answer another one. The cost is that of
/// the folders that changed.
extension Repository {
    /// The merged tree; `nil` where there is something to judge.
    package func mergeDisjoint(
        base: ObjectID, ours: ObjectID, theirs: ObjectID
    ) throws(GitError) -> ObjectID? {
        try together { () throws(GitError) in
            try merged(try tree(of: base), try tree(of: ours), try tree(of: theirs))
        }
    }

    private func merged(_ base: ObjectID, _ ours: ObjectID, _ theirs: ObjectID) throws(GitError) -> ObjectID? {
        if ours == theirs || base == theirs { return try keepsAll(of: base, in: ours) ? ours : nil }
        if base == ours { return try keepsAll(of: base, in: theirs) ? theirs : nil }
        let mine = try named(ours)
        let other = try named(theirs)
        var result: [TreeEntry] = []
        var seen: Set<[UInt8]> = []
        for old in try entries(of: base) {
            seen.insert(old.name)
            guard let one = mine[old.name], let two = other[old.name] else { return nil }
            guard let entry = try merged(old, one, two) else { return nil }
            result.append(entry)
        }
        for entry in mine.values where !seen.contains(entry.name) {
            if let two = other[entry.name], two != entry { return nil }
            result.append(entry)
        }
        result += other.values.filter { !seen.contains($0.name) && mine[$0.name] == nil }
        return try writeTree(result)
    }

    private func merged(
        _ base: TreeEntry, _ ours: TreeEntry, _ theirs: TreeEntry
    ) throws(GitError) -> TreeEntry? {
        let areFolders = [base, ours, theirs].allSatisfy { $0.mode == .directory }
        if areFolders {
            return try merged(base.id, ours.id, theirs.id).map { TreeEntry(name: base.name, mode: .directory, id: $0) }
        }
        // A file in the place of a folder, or the other way round: a path went away.
        if [base, ours, theirs].contains(where: { $0.mode == .directory }) { return nil }
        if ours == theirs || base == theirs { return ours }
        return base == ours ? theirs : nil
    }

    /// Whether no path of a tree is missing in another.
    private func keepsAll(of base: ObjectID, in tree: ObjectID) throws(GitError) -> Bool {
        if base == tree { return true }
        let now = try named(tree)
        for old in try entries(of: base) {
            guard let new = now[old.name], (old.mode == .directory) == (new.mode == .directory) else { return false }
            if old.mode == .directory, try !keepsAll(of: old.id, in: new.id) { return false }
        }
        return true
    }

    private func named(_ tree: ObjectID) throws(GitError) -> [[UInt8]: TreeEntry] {
        Dictionary(try entries(of: tree).map { ($0.name, $0) }) { first, _ in first }
    }
}
