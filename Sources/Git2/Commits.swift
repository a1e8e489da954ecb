import CGit2
package import GitValues

/// A commit, copied out of the repository.
package struct Commit: Hashable, Sendable {
    package let id: ObjectID
    package let tree: ObjectID
    package let parents: [ObjectID]
    package let author: Identity
    package let committer: Identity
    /// The message as stored.
    package let message: [UInt8]
    /// The encoding named by the commit; `nil` means UTF-8.
    package let encoding: String?

    /// The message as text; bytes that are no UTF-8 are replaced.
    package var text: String { String(decoding: message, as: UTF8.self) }
    /// The first paragraph on one line.
    package var title: String { CommitMessage.title(of: text) }
}

extension Repository {
    /// Reads a commit; throws `.notFound` when there is none of that id.
    package func commit(_ id: ObjectID) throws(GitError) -> Commit {
        let operation = "reading commit \(id.short)"
        let handle = try lookUpCommit(id)
        let commit = handle.pointer
        var parents: [ObjectID] = []
        for index in 0..<git_commit_parentcount(commit) {
            parents.append(try ObjectID(copying: git_commit_parent_id(commit, index), operation))
        }
        return Commit(
            id: id, tree: try ObjectID(copying: git_commit_tree_id(commit), operation), parents: parents,
            author: identity(git_commit_author(commit)), committer: identity(git_commit_committer(commit)),
            message: bytes(git_commit_message_raw(commit)),
            encoding: git_commit_message_encoding(commit).map { String(decoding: bytes($0), as: UTF8.self) })
    }

    /// The object a revision names (`main`, `v1^{commit}`, `HEAD~2`, an abbreviation); `nil` when it names none.
    ///
    /// - Throws: `.ambiguous` for abbreviations that fit several objects.
    package func resolve(_ revision: String) throws(GitError) -> ObjectID? {
        let operation = "resolving '\(revision)'"
        guard !revision.isEmpty, !revision.utf8.contains(0) else { return nil }
        do {
            let object: Handle<ObjectKind>? = try withText(revision, operation) { (text) throws(GitError) in
                try find(operation) { git_revparse_single($0, pointer, text) }
            }
            guard let object else { return nil }
            return try ObjectID(copying: git_object_id(object.pointer), operation)
        } catch {
            // Text that is no revision at all names nothing.
            if error.code == .invalid { return nil }
            throw error
        }
    }

    /// Stores a commit and moves no ref.
    ///
    /// - Parameters:
    ///   - message: stored as it is; clean it before.
    ///   - encoding: written into the commit when it is not UTF-8.
    ///   - signature: an armoured signature over `CommitText.unsigned`, stored as `gpgsig`.
    /// - Throws: `.notFound` when the tree or a parent does not exist.
    package func makeCommit(
        tree: ObjectID, parents: [ObjectID], author: Identity, committer: Identity, message: [UInt8],
        encoding: String? = nil, signature: [UInt8]? = nil
    ) throws(GitError) -> ObjectID {
        let operation = "writing a commit"
        let text = CommitText(
            tree: tree, parents: parents, author: author, committer: committer, message: message, encoding: encoding)
        if let reason = text.problem { throw GitError(.invalid, operation, reason) }
        guard try kind(of: tree) == .tree else { throw GitError(.notFound, operation, "tree \(tree) does not exist") }
        for parent in parents where try kind(of: parent) != .commit {
            throw GitError(.notFound, operation, "parent \(parent) does not exist")
        }
        return try write(text.bytes(signature: signature), GIT_OBJECT_COMMIT, operation)
    }

    func lookUpCommit(_ id: ObjectID) throws(GitError) -> Handle<CommitKind> {
        var oid = try id.raw()
        return try make("reading commit \(id.short)") { git_commit_lookup($0, pointer, &oid) }
    }

    private func identity(_ signature: UnsafePointer<git_signature>?) -> Identity {
        guard let signature = signature?.pointee else {
            return Identity(name: "", mail: "", seconds: 0, offsetMinutes: 0)
        }
        return Identity(
            name: String(decoding: bytes(signature.name), as: UTF8.self),
            mail: String(decoding: bytes(signature.email), as: UTF8.self), seconds: signature.when.time,
            offsetMinutes: Int(signature.when.offset))
    }
}
