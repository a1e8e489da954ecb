import CGit2
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
    package var head: Head {
        get throws(GitError) {
            switch try value(of: .head) {
            case nil: throw GitError(.corrupt, "reading HEAD", "there is none", subject: "HEAD")
            case .object(let id): return .detached(id)
            case .symbolic(let branch):
                guard let id = try reference(branch) else { return .unborn(branch) }
                return .branch(branch, id)
            }
        }
    }

    /// What a ref holds, without following symbolic ones; `nil` when there is no such ref.
    package func value(of name: ReferenceName) throws(GitError) -> ReferenceValue? {
        let operation = "reading '\(name)'"
        let found: Handle<ReferenceKind>? = try withText(name.text, operation) { (text) throws(GitError) in
            try find(operation) { git_reference_lookup($0, pointer, text) }
        }
        guard let found else { return nil }
        return try value(found.pointer, operation)
    }

    /// The object a ref points at, symbolic refs followed; `nil` when there is none. Tags are not peeled.
    package func reference(_ name: ReferenceName) throws(GitError) -> ObjectID? {
        var name = name
        for _ in 0..<10 {
            switch try value(of: name) {
            case nil: return nil
            case .object(let id): return id
            case .symbolic(let next): name = next
            }
        }
        throw GitError(.corrupt, "reading '\(name)'", "symbolic refs run in a circle", subject: name.text)
    }

    /// All refs whose name starts with the prefix (`refs/heads/`), sorted by name; symbolic ones resolved, broken ones left out.
    package func references(under prefix: String) throws(GitError) -> [(name: ReferenceName, id: ObjectID)] {
        let operation = "listing refs under '\(prefix)'"
        let cursor: Handle<ReferenceCursorKind> = try make(operation) { git_reference_iterator_new($0, pointer) }
        var result: [(name: ReferenceName, id: ObjectID)] = []
        var text: UnsafePointer<CChar>?
        while true {
            let status = git_reference_next_name(&text, cursor.pointer)
            if status == GIT_ITEROVER.rawValue { break }
            try check(operation, status)
            guard let text else { break }
            let full = String(decoding: bytes(text), as: UTF8.self)
            guard full.hasPrefix(prefix), let name = ReferenceName(full) else { continue }
            do {
                if let id = try reference(name) { result.append((name, id)) }
            } catch {
                // One broken ref must not hide all others; git lists the rest too.
                if error.code != .corrupt { throw error }
            }
        }
        return result.sorted { $0.name < $1.name }
    }

    private func value(_ reference: OpaquePointer, _ operation: String) throws(GitError) -> ReferenceValue {
        if git_reference_type(reference) == GIT_REFERENCE_SYMBOLIC {
            let target = String(decoding: bytes(git_reference_symbolic_target(reference)), as: UTF8.self)
            guard let name = ReferenceName(target) else {
                throw GitError(.corrupt, operation, "it points at '\(target)', which is no ref name")
            }
            return .symbolic(name)
        }
        return .object(try ObjectID(copying: git_reference_target(reference), operation))
    }
}
