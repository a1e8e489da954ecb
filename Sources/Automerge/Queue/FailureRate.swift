import GitValues
package import PlainRemote

/// How often a patch is red by itself, as the last verdicts of a target tell: the mean of a Beta distribution.
package struct FailureRate: Hashable, Sendable {
    /// What is believed before anything was seen: one in twenty, worth twenty verdicts.
    private static let prior = (green: 19.0, red: 1.0)
    /// How many verdicts count: older ones tell of another time.
    private static let memory = 100

    package let green: Int
    package let red: Int

    /// Creates a rate from counts.
    package init(green: Int, red: Int) {
        self.green = green
        self.red = red
    }

    /// Counts the patches that landed and those whose checks were red, newest first.
    package init(of target: String, in state: RemoteState) {
        let ended = state.patches.values.map(\.document).filter { document in
            document.target == target && (document.state == .landed || document.failedChecks != nil)
        }
        let recent = ended.sorted { $0.changedAt > $1.changedAt }.prefix(FailureRate.memory)
        red = recent.count { $0.failedChecks != nil }
        green = recent.count - red
    }

    /// The share of patches that is expected to be red.
    package var mean: Double {
        let all = Double(green + red) + FailureRate.prior.green + FailureRate.prior.red
        return (Double(red) + FailureRate.prior.red) / all
    }

    /// The size at which a batch is green half of the time, which is where batching pays most (merge-queues 4.4).
    package func batch(atMost limit: Int) -> Int {
        // ln 2; beyond 38 % red, patches one by one are cheaper.
        guard mean < 0.38 else { return 1 }
        return max(1, min(limit, Int((0.693_147_180_56 / mean).rounded())))
    }

    /// How many builds a batch is expected to cost, with splitting, inference and a confirming run.
    package func builds(of size: Int) -> Double {
        guard size > 0 else { return 0 }
        return 1 + splitCost(size)
    }

    /// What follows the first build of a group of so many.
    private func splitCost(_ size: Int) -> Double {
        let good = 1 - mean
        func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1) { value, _ in value * good } }
        if size == 1 { return mean }
        let (first, second) = ((size + 1) / 2, size / 2)
        let red = 1 - power(size)
        // The second half is known to be red when the first one is green, and its build is saved.
        let builds = 2 * red - power(first) * (1 - power(second))
        return builds + splitCost(first) + splitCost(second)
    }
}
