package import GitValues

/// What HEAD of this worktree is.
package enum Head: Hashable, Sendable {
    /// On a branch that has a commit.
    case branch(ReferenceName, ObjectID)
    /// On a branch without a commit.
    case unborn(ReferenceName)
    /// At a commit, on no branch.
    case detached(ObjectID)

    /// The commit; `nil` when unborn.
    package var commit: ObjectID? {
        switch self {
        case .branch(_, let id), .detached(let id): id
        case .unborn: nil
        }
    }

    /// The branch; `nil` when detached.
    package var branch: ReferenceName? {
        switch self {
        case .branch(let name, _), .unborn(let name): name
        case .detached: nil
        }
    }
}

/// What a ref holds.
package enum ReferenceValue: Hashable, Sendable {
    case object(ObjectID)
    case symbolic(ReferenceName)
}

extension Repository {
    /// HEAD of this worktree.
    package var head: Head { get throws(GitError) { try references.head } }

    /// What a ref holds, without following symbolic ones; `nil` when there is no such ref.
    package func value(of name: ReferenceName) throws(GitError) -> ReferenceValue? { try references.value(of: name) }

    /// The object a ref points at, symbolic refs followed; `nil` when there is none. Tags are not peeled.
    package func reference(_ name: ReferenceName) throws(GitError) -> ObjectID? { try references.object(of: name) }

    /// All refs whose name starts with the prefix (`refs/heads/`), sorted by name; symbolic ones resolved, broken ones left out.
    package func references(under prefix: String) throws(GitError) -> [(name: ReferenceName, id: ObjectID)] {
        try references.list(under: prefix)
    }

    /// Moves refs together, as `ReferenceFiles.move` does.
    package func move(
        _ moves: [ReferenceMove], message: String, by identity: Identity, isCache: Bool = false
    ) throws(GitError) {
        try references.move(moves, message: message, by: identity, isCache: isCache) { (id) throws(GitError) in
            try kind(of: id)
        }
    }
}
