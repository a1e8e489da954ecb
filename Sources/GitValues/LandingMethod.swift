/// How the commits of a patch become commits of the target.
package enum LandingMethod: String, Sendable, Codable, CaseIterable {
    /// One new commit with the whole change.
    case squash
    /// A merge commit on top of the patch's own commits.
    case merge
    /// The patch's commits, one after the other, on the tip of the target.
    case rebase
    /// Decided by the shape of the branch when it lands.
    case auto
}

/// The order of a queue: higher first, then first come, first served.
package enum PatchPriority: String, Sendable, Codable, CaseIterable, Comparable {
    case low, normal, high, critical

    /// 0 for `low` up to 3 for `critical`.
    package var rank: Int { PatchPriority.allCases.firstIndex(of: self) ?? 1 }

    package static func < (left: PatchPriority, right: PatchPriority) -> Bool { left.rank < right.rank }
}
