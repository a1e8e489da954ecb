package import GitValues

/// How deep a validation went; each tier contains the ones before it.
package enum VerdictTier: Int, Sendable, Comparable, CaseIterable, CustomStringConvertible {
    /// No check is asked for.
    case none
    case quick
    case standard
    case complete

    /// Parses the word that `description` gives.
    package init?(_ word: some StringProtocol) {
        guard let tier = VerdictTier.allCases.first(where: { $0.description == String(word) }) else { return nil }
        self = tier
    }

    package var description: String {
        switch self {
        case .none: "none"
        case .quick: "quick"
        case .standard: "standard"
        case .complete: "complete"
        }
    }

    package static func < (left: VerdictTier, right: VerdictTier) -> Bool { left.rawValue < right.rawValue }
}

/// A pass that the hook helper may take without asking git: what was judged, how deep, and what it depends on.
///
/// Only passes are written. A file that is missing, damaged, expired or not current means "ask the validator".
package struct VerdictFile: Hashable, Sendable {
    /// Which changes the pass covers, because `path` chooses checks by what a push changes on the remote.
    package enum Coverage: Hashable, Sendable {
        /// Every check of the passed tiers ran: the pass holds whatever the remote has.
        case everyCheck
        /// Some checks were left out by `path`: it holds only where the remote reference is at one of these commits.
        case since([ObjectID])
    }

    /// What is pushed: a commit, or a tag that leads to one.
    package let object: ObjectID
    /// The tree that was judged.
    package let tree: ObjectID
    /// The deepest tier that passed.
    package let passed: VerdictTier
    package let coverage: Coverage
    /// The tier a push needs, unless its remote branch is named in `branchNeeds`.
    package let needed: VerdictTier
    /// Tiers for single remote branches (short names), from `[validate "main"] prePush`.
    package let branchNeeds: [String: VerdictTier]
    package let fingerprint: VerdictFingerprint
    /// When the pass stops to count.
    package let expires: Timestamp

    /// Creates a verdict.
    package init(
        object: ObjectID, tree: ObjectID, passed: VerdictTier, coverage: Coverage, needed: VerdictTier,
        branchNeeds: [String: VerdictTier] = [:], fingerprint: VerdictFingerprint, expires: Timestamp
    ) {
        self.object = object
        self.tree = tree
        self.passed = passed
        self.coverage = coverage
        self.needed = needed
        self.branchNeeds = branchNeeds
        self.fingerprint = fingerprint
        self.expires = expires
    }

    /// Whether the update may pass on this verdict alone.
    ///
    /// - Parameter gitDirectory: the git directory of the worktree that pushes, absolute, links resolved.
    package func allows(
        _ update: PushUpdate, gitDirectory: String, environment: HookVariables = .current(), now: Timestamp = .now()
    ) -> Bool {
        guard update.localID == object, now < expires, now.milliseconds >= fingerprint.taken / 1_000_000 else {
            return false
        }
        let branch = update.remoteRef.hasPrefix("refs/heads/") ? String(update.remoteRef.dropFirst(11)) : nil
        guard passed >= (branch.flatMap { branchNeeds[$0] } ?? needed) else { return false }
        if case .since(let commits) = coverage {
            guard let remoteID = update.remoteID, commits.contains(remoteID) else { return false }
        }
        return fingerprint.isCurrent(gitDirectory: gitDirectory, environment: environment)
    }
}
