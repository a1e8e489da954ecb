/// A tier of checks; each holds the ones before it.
package enum Tier: String, Sendable, CaseIterable, Comparable, Codable {
    case quick
    case standard
    case complete

    /// Whether a run of this tier holds a check of the other.
    package func includes(_ other: Tier) -> Bool { other <= self }

    package static func < (left: Tier, right: Tier) -> Bool { left.order < right.order }

    private var order: Int {
        switch self {
        case .quick: 0
        case .standard: 1
        case .complete: 2
        }
    }
}

/// What pre-push does when the validation takes longer than its budget.
package enum OverBudget: String, Sendable, CaseIterable {
    case block
    case pass
}

/// The kind of a forge that is not known by its host name.
package enum ForgeKind: String, Sendable, CaseIterable {
    case github
    case gitlab
    case gitea
}

/// How many checks run at once.
package enum JobCount: Hashable, Sendable, CustomStringConvertible {
    /// As many as the machine bears.
    case auto
    /// This many, at least one.
    case exactly(Int)

    package var description: String {
        switch self {
        case .auto: "auto"
        case .exactly(let count): "\(count)"
        }
    }
}
