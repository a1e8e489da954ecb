package import GitValues

/// One ref to move: what it must be now, and what it shall be.
package struct ReferenceMove: Hashable, Sendable {
    /// What the ref must hold for the move to happen.
    package enum Old: Hashable, Sendable {
        case absent
        case exactly(ObjectID)
        /// For HEAD: the branch it must be on, born or not.
        case symbolic(ReferenceName)
    }

    /// What the ref holds afterwards.
    package enum New: Hashable, Sendable {
        case object(ObjectID)
        case symbolic(ReferenceName)
        case deleted
    }

    package let name: ReferenceName
    package let old: Old
    package let new: New
    /// The reflog message of this ref; `nil` for that of the whole move.
    package let message: String?

    /// Creates a move.
    package init(_ name: ReferenceName, from old: Old, to new: New, message: String? = nil) {
        self.name = name
        self.old = old
        self.new = new
        self.message = message
    }

    /// The move that takes this one back.
    package var reversed: ReferenceMove {
        let before: Old =
            switch new {
            case .object(let id): .exactly(id)
            case .symbolic(let name): .symbolic(name)
            case .deleted: .absent
            }
        let after: New =
            switch old {
            case .absent: .deleted
            case .exactly(let id): .object(id)
            case .symbolic(let name): .symbolic(name)
            }
        return ReferenceMove(name, from: before, to: after)
    }

    /// The ref that is made, and what it points at; `nil` when it is there, or shall not be.
    var addition: (name: ReferenceName, id: ObjectID)? {
        guard old == .absent, case .object(let id) = new else { return nil }
        return (name, id)
    }

    /// Refs that are made or moved come first, then HEAD, then deletions: HEAD never names what is not there.
    var stage: Int {
        if new == .deleted { return 2 }
        return name == .head ? 1 : 0
    }

    /// Git's own words when HEAD changes branches; `git switch -` reads them.
    var switchMessage: String? {
        guard name == .head, case .symbolic(let next) = new else { return nil }
        let last: String
        switch old {
        case .symbolic(let name): last = name.branch ?? name.text
        case .exactly(let id): last = id.hex
        case .absent: return nil
        }
        return "checkout: moving from \(last) to \(next.branch ?? next.text)"
    }
}
