/// How long a check takes: what a pipeline is planned with.
package struct MeasuredTime: Sendable, Hashable {
    /// The median in seconds.
    package let median: Double
    /// What 95 of 100 runs stay below, in seconds.
    package let high: Double

    /// Creates a time.
    package init(median: Double, high: Double) {
        self.median = median
        self.high = max(median, high)
    }

    /// Sums runs up; `nil` of none.
    package init?(of runs: [Double]) {
        guard !runs.isEmpty else { return nil }
        let sorted = runs.sorted()
        self.init(median: sorted[sorted.count / 2], high: sorted[min(sorted.count - 1, sorted.count * 95 / 100)])
    }

    /// Rounded to what is worth writing into a file: whole seconds, at least one.
    var rounded: MeasuredTime {
        MeasuredTime(median: max(1, median.rounded()), high: max(1, high.rounded(.up)))
    }
}
