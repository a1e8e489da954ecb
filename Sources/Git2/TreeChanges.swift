import CGit2
package import GitValues

/// One path that differs between two trees.
package struct ChangedPath: Hashable, Sendable {
    /// How it differs.
    package enum Kind: String, Hashable, Sendable {
        case added
        case deleted
        case modified
        /// A file became a link, a submodule became a file, …
        case typeChanged = "type-changed"
    }

    /// The path from the root of the tree.
    package let path: [UInt8]
    package let kind: Kind
    /// Mode and object before; `nil` when added.
    package let old: (mode: FileMode, id: ObjectID)?
    /// Mode and object after; `nil` when deleted.
    package let new: (mode: FileMode, id: ObjectID)?

    package static func == (left: ChangedPath, right: ChangedPath) -> Bool {
        left.path == right.path && left.kind == right.kind && left.old?.mode == right.old?.mode
            && left.old?.id == right.old?.id && left.new?.mode == right.new?.mode && left.new?.id == right.new?.id
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(kind)
        hasher.combine(old?.id)
        hasher.combine(new?.id)
    }
}

extension Repository {
    /// The paths that differ between two trees (or commits), sorted by path; renames are a deletion and an addition.
    ///
    /// - Parameter old: `nil` for the empty tree.
    package func changes(from old: ObjectID?, to new: ObjectID) throws(GitError) -> [ChangedPath] {
        let operation = "comparing with tree \(new.short)"
        let diff = try diff(from: old, to: new, operation)
        var result: [ChangedPath] = []
        for index in 0..<git_diff_num_deltas(diff.pointer) {
            guard let delta = git_diff_get_delta(diff.pointer, index)?.pointee else { continue }
            let before = side(delta.old_file)
            let after = side(delta.new_file)
            let path = bytes(after == nil ? delta.old_file.path : delta.new_file.path)
            result.append(ChangedPath(path: path, kind: kind(before, after), old: before, new: after))
        }
        return result.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    func diff(from old: ObjectID?, to new: ObjectID, _ operation: String) throws(GitError) -> Handle<DiffKind> {
        var options = gitpatch_diff_options()
        options.flags = GIT_DIFF_INCLUDE_TYPECHANGE.rawValue
        let after = try lookUpTree(try tree(of: new))
        guard let old else {
            return try make(operation) { git_diff_tree_to_tree($0, pointer, nil, after.pointer, &options) }
        }
        let before = try lookUpTree(try tree(of: old))
        return try make(operation) { git_diff_tree_to_tree($0, pointer, before.pointer, after.pointer, &options) }
    }

    private func side(_ file: git_diff_file) -> (mode: FileMode, id: ObjectID)? {
        guard file.mode != 0, let id = ObjectID(file.id) else { return nil }
        return (FileMode(rawValue: UInt32(file.mode)), id)
    }

    private func kind(_ before: (mode: FileMode, id: ObjectID)?, _ after: (mode: FileMode, id: ObjectID)?)
        -> ChangedPath.Kind
    {
        guard let before else { return .added }
        guard let after else { return .deleted }
        return before.mode.rawValue & 0o170000 == after.mode.rawValue & 0o170000 ? .modified : .typeChanged
    }
}
