import GitValues
package import PlainRemote

/// Which patches a consolidation takes.
package enum ConsolidationStrategy: String, Sendable, CaseIterable {
    /// Those that touch the same files, directly or by way of others: the largest such group.
    case related
    /// Those of the person who has most.
    case sameAuthor = "same-author"
    /// Those of the highest priority there is.
    case priority
    /// The smallest changes first.
    case size
    case all
}

/// A wish to combine patches.
package struct ConsolidationRequest: Sendable {
    package var strategy: ConsolidationStrategy
    /// The most members; `nil` for any number.
    package var limit: Int?
    package var target: String
    /// What the combined patch is called; `nil` for the titles of its members.
    package var title: String?
    /// Whether the combined patch lands by itself.
    package var autoMerge: Bool
    /// Whether what turns the combination red is left out and the rest pushed.
    package var skipsRed: Bool
    /// Whether nothing is tested and nothing is pushed.
    package var isDryRun: Bool

    /// Creates a request.
    package init(
        strategy: ConsolidationStrategy, limit: Int?, target: String, title: String?, autoMerge: Bool,
        skipsRed: Bool, isDryRun: Bool
    ) {
        self.strategy = strategy
        self.limit = limit
        self.target = target
        self.title = title
        self.autoMerge = autoMerge
        self.skipsRed = skipsRed
        self.isDryRun = isDryRun
    }
}

/// What came of it.
package struct ConsolidationOutcome: Sendable {
    /// How it ended.
    package enum End: Hashable, Sendable {
        case planned
        case created
        /// Fewer than two patches go together; nothing was pushed.
        case nothingToCombine
        /// The combination is red, or no part of it that is worth combining is green; nothing was pushed. What turned it
        /// red is among those left.
        case red([String])
        case misconfigured(String)
        case impossible(String)
        case refused(String)
        case stopped(EpochDocument.Stop)
    }

    /// A patch that is part of the combination.
    package struct Member: Sendable {
        package var document: PatchDocument
        /// Why it is in.
        package var reason: String
    }

    /// A patch that is not.
    package struct Left: Sendable {
        package var document: PatchDocument
        package var reason: String
        package var paths: [String] = []
    }

    package var end: End
    /// The combined patch, once it is on the remote, or on its way there.
    package var patch: PatchDocument?
    /// Where a forge shows it, once it does.
    package var url: String?
    package var number: Int?
    /// What it was tested with here.
    package var tested: [String] = []
    /// Checks that only the forge runs.
    package var untested: [String] = []
    /// Why it is not on the remote yet.
    package var waits: String?
    package var members: [Member] = []
    package var left: [Left] = []
}
