import CGit2
package import GitValues

/// How a branch's content came to be in a target.
package enum Containment: Hashable, Sendable {
    /// Its commits are in the target's history.
    case ancestor
    /// Merging it would change nothing.
    case content
    /// One commit of the target makes the same change as the whole branch.
    case squashed(ObjectID)
    /// Each of its commits has a commit of the target that makes the same change; oldest first.
    case replayed([ObjectID])
}

extension Repository {
    /// Proves that a branch has landed; `nil` when there is no proof, which is not a proof of the contrary.
    ///
    /// A branch that changes nothing in the end has landed only where its commits are in the target's history.
    ///
    /// Changes are compared to the last byte, white space included, so that nothing is taken as landed that is not.
    ///
    /// - Parameter limit: how many of the target's newest commits since the branch point are looked at.
    package func containment(
        of branch: ObjectID, in target: ObjectID, limit: Int = 1000
    ) throws(GitError) -> Containment? {
        if try isAncestor(branch, of: target) { return .ancestor }
        guard let base = try mergeBase(branch, target) else { return nil }
        // Of what changes nothing in the end, the target's content tells nothing.
        if try commit(base).tree == commit(branch).tree { return nil }
        if try mergeIsNoOp(branch: branch, into: target) { return .content }
        var candidates: [ChangeShape: [Commit]] = [:]
        for commit in try commits(from: target, notIn: [branch], limit: limit) where commit.parents.count <= 1 {
            candidates[try shape(from: commit.parents.first, to: commit.tree), default: []].append(commit)
        }
        if let landed = try twin(from: base, to: branch, among: candidates) { return .squashed(landed) }
        var replayed: [ObjectID] = []
        for commit in try commits(from: branch, notIn: [target]).reversed() {
            guard commit.parents.count == 1, let parent = commit.parents.first,
                let landed = try twin(from: parent, to: commit.tree, among: candidates)
            else { return nil }
            replayed.append(landed)
        }
        return .replayed(replayed)
    }

    /// A digest of a change: paths, modes and the changed lines with their surroundings, but not their line numbers.
    ///
    /// Like `git patch-id`, except that white space counts and binary files are told apart by their content.
    package func fingerprint(from old: ObjectID?, to new: ObjectID) throws(GitError) -> ObjectID {
        let operation = "reading the change to \(new.short)"
        let diff = try diff(from: old, to: new, operation)
        let text = PatchText()
        for index in 0..<git_diff_num_deltas(diff.pointer) {
            guard let delta = git_diff_get_delta(diff.pointer, index)?.pointee else { continue }
            text.bytes +=
                Array("\(delta.old_file.mode) \(delta.new_file.mode) ".utf8) + Git2.bytes(delta.new_file.path) + [0]
            let patch: Handle<PatchKind>? = try find(operation) { git_patch_from_diff($0, diff.pointer, index) }
            guard let patch, let current = git_patch_get_delta(patch.pointer)?.pointee,
                current.flags & GIT_DIFF_FLAG_BINARY.rawValue == 0
            else {
                text.bytes += ObjectID(delta.old_file.id)?.bytes ?? [0]
                text.bytes += ObjectID(delta.new_file.id)?.bytes ?? [0]
                continue
            }
            let box = Unmanaged.passUnretained(text).toOpaque()
            try check(operation, git_patch_print(patch.pointer, collectPatchLine, box))
        }
        var oid = git_oid()
        try check(operation, git_odb_hash(&oid, text.bytes, text.bytes.count, GIT_OBJECT_BLOB))
        return try ObjectID(copying: &oid, operation)
    }

    private func twin(
        from old: ObjectID, to new: ObjectID, among candidates: [ChangeShape: [Commit]]
    ) throws(GitError) -> ObjectID? {
        guard let likely = candidates[try shape(from: old, to: new)] else { return nil }
        let wanted = try fingerprint(from: old, to: new)
        for commit in likely {
            if try fingerprint(from: commit.parents.first, to: commit.tree) == wanted { return commit.id }
        }
        return nil
    }

    private func shape(from old: ObjectID?, to new: ObjectID) throws(GitError) -> ChangeShape {
        ChangeShape(paths: try changes(from: old, to: new).map { ChangeShape.Path(bytes: $0.path, kind: $0.kind) })
    }
}

/// What is cheap to compare of a change: which paths it touches and how.
private struct ChangeShape: Hashable {
    struct Path: Hashable {
        let bytes: [UInt8]
        let kind: ChangedPath.Kind
    }

    let paths: [Path]
}

/// Where the lines of a patch are collected.
private final class PatchText {
    var bytes: [UInt8] = []
}

/// Takes one line of a patch: its origin and content; headers hold line numbers and ids and are left out.
private func collectPatchLine(
    _ delta: UnsafePointer<git_diff_delta>?, _ hunk: UnsafePointer<git_diff_hunk>?,
    _ line: UnsafePointer<git_diff_line>?,
    _ payload: UnsafeMutableRawPointer?
) -> Int32 {
    guard let line = line?.pointee, let payload else { return 0 }
    let origin = UInt8(bitPattern: line.origin)
    guard " +-=<>".utf8.contains(origin) else { return 0 }
    let text = Unmanaged<PatchText>.fromOpaque(payload).takeUnretainedValue()
    text.bytes.append(origin)
    text.bytes += UnsafeRawBufferPointer(start: line.content, count: line.content_len)
    return 0
}
