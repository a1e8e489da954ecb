package import GitValues
package import Settings

/// What came of one check.
package struct CheckReport: Sendable, Hashable, Codable {
    /// The outcomes of `git validate --json`.
    package enum Outcome: String, Sendable, Codable {
        case passed
        /// Failed first and passed when tried again.
        case flaky
        case failed
        case timeout
        case skipped
        /// Passed before under the same key.
        case cached
        case cancelled
    }

    package var name: String
    package var outcome: Outcome
    /// Seconds; of a cached pass, what the run took then; of a check with `shards`, the sum over its parts.
    package var duration: Double?
    /// Seconds of processor time of the run, children included; absent when nobody told.
    package var cpu: Double?
    /// The most memory the run held, in bytes; absent when nobody told.
    package var memory: Int64?
    /// How often it was run now.
    package var attempts: Int
    /// The exit code; 128 plus the number for a signal.
    package var exit: Int32?
    /// The absolute path of the log.
    package var log: String?
    /// The verdict key.
    package var key: String?
    /// Why it was skipped, cancelled or failed without its own doing.
    package var reason: String?
    /// Where a verdict that was reused came from.
    package var origin: String?
    /// When a verdict that was reused was recorded.
    package var recorded: Timestamp?
    /// What came of the parts of a check with `shards`, in their order; absent for others.
    package var parts: [CheckReport]?

    /// Creates a report.
    package init(
        name: String, outcome: Outcome, duration: Double? = nil, attempts: Int = 0, exit: Int32? = nil,
        log: String? = nil, key: String? = nil, reason: String? = nil, origin: String? = nil,
        recorded: Timestamp? = nil
    ) {
        self.origin = origin
        self.recorded = recorded
        self.name = name
        self.outcome = outcome
        self.duration = duration
        self.attempts = attempts
        self.exit = exit
        self.log = log
        self.key = key
        self.reason = reason
    }

    /// The report in the words of the contract: flaky is a pass that took several attempts.
    package var inContract: CheckReport {
        var copy = self
        copy.parts = parts?.map(\.inContract)
        guard outcome == .flaky else { return copy }
        copy.outcome = .passed
        copy.reason = reason ?? "flaky: it passed at attempt \(attempts)"
        return copy
    }

    /// Why a check that no path of the change concerns is skipped.
    package static let notConcerned = "no path of it changed"

    /// Whether the check stands in nobody's way: it passed, or the change does not concern it.
    package var isGood: Bool {
        switch outcome {
        case .passed, .cached, .flaky: true
        case .skipped: reason == CheckReport.notConcerned
        case .failed, .timeout, .cancelled: false
        }
    }
}

/// What came of a validation.
package struct ValidationReport: Sendable {
    /// The verdict on the whole.
    package enum Outcome: String, Sendable, Codable {
        case passed, failed, refused
    }

    package var commit: ObjectID?
    package var tree: ObjectID
    package var tier: Tier
    package var outcome: Outcome
    /// Seconds from start to end.
    package var wall: Double
    /// Sorted by the order of the file.
    package var checks: [CheckReport]
    /// What is odd and did not decide: a check that changed references, processes left behind.
    package var warnings: [String]
    /// How long the tier takes; `nil` when not all of it was judged.
    package var time: TierTime?
    /// What part of the tier was asked for; `nil` for all of it.
    package var scope: String?

    /// Why a report failed whose checks all passed; `nil` otherwise.
    package var lateness: String? {
        guard outcome == .failed, checks.allSatisfy(\.isGood), let time, time.isOver else { return nil }
        return time.text(of: tier)
    }

    /// Creates a report.
    package init(
        commit: ObjectID?, tree: ObjectID, tier: Tier, outcome: Outcome, wall: Double, checks: [CheckReport],
        warnings: [String], time: TierTime? = nil, scope: String? = nil
    ) {
        self.time = time
        self.scope = scope
        self.commit = commit
        self.tree = tree
        self.tier = tier
        self.outcome = outcome
        self.wall = wall
        self.checks = checks
        self.warnings = warnings
    }

    /// Whether every check was left out because the change concerns none.
    package var allSkipped: Bool { !checks.isEmpty && checks.allSatisfy { $0.outcome == .skipped } }
}
