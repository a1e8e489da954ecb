package import GitValues
package import Store

/// What the recorded runs of one check add up to.
package struct CheckHistory: Sendable, Codable {
    package var check: String
    /// Runs, without verdicts that were reused.
    package var runs: Int
    package var passed: Int
    package var failed: Int
    package var flaky: Int
    package var timeouts: Int
    /// Verdicts that were reused.
    package var cached: Int
    /// Seconds; of the runs that ended by themselves.
    package var median: Double?
    /// How the median of the newer half compares with that of the older half: 0.1 is ten percent slower. Absent with
    /// fewer than eight runs.
    package var trend: Double?
    package var last: Timestamp

    /// Adds up timings, newest first.
    init?(_ check: String, _ timings: [TimingRecord]) {
        guard let newest = timings.first else { return nil }
        func count(_ outcome: CheckReport.Outcome) -> Int { timings.filter { $0.outcome == outcome.rawValue }.count }
        self.check = check
        passed = count(.passed)
        failed = count(.failed)
        flaky = count(.flaky)
        timeouts = count(.timeout)
        cached = count(.cached)
        runs = passed + failed + flaky + timeouts
        last = newest.recorded
        let ended = timings.filter { ["passed", "failed", "flaky"].contains($0.outcome) }.map(\.duration)
        median = Statistics.median(ended)
        let half = ended.count / 2
        if half >= 4, let newer = Statistics.median(Array(ended.prefix(half))),
            let older = Statistics.median(Array(ended.suffix(half))), older > 0
        {
            trend = newer / older - 1
        }
    }

    /// The histories of all checks that ever ran here, by name; of one when it is given.
    package static func all(
        of check: String? = nil, limit: Int = 2000, store: borrowing Store
    ) throws -> [CheckHistory] {
        let timings = try store.timings(ofCheck: check, limit: limit)
        return Dictionary(grouping: timings, by: \.check).compactMap { CheckHistory($0.key, $0.value) }
            .sorted { $0.check < $1.check }
    }
}
