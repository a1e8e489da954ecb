package import GitValues
package import PlainRemote
package import Settings

/// A candidate to be judged by the policy of its target.
package struct CandidateTest: Sendable {
    package var commit: ObjectID
    package var tree: ObjectID
    package var settings: Settings
    /// The checks that must pass; never empty.
    package var required: [String]
    /// Whether recorded verdicts do not count.
    package var fresh: Bool
}

/// The judgement, with what the receipt will say.
package struct CandidateVerdict: Sendable {
    package var outcome: TestOutcome
    package var verdicts: [Receipt.Verdict]

    /// Creates a verdict.
    package init(outcome: TestOutcome, verdicts: [Receipt.Verdict] = []) {
        self.outcome = outcome
        self.verdicts = verdicts
    }
}

/// Judges candidates; the worker's own is `validating`, tests put others in its place.
package typealias CandidateTester = (CandidateTest) async throws -> CandidateVerdict

/// A judge that may be asked about several candidates at the same time.
package typealias ConcurrentTester = @Sendable (CandidateTest) async throws -> CandidateVerdict
