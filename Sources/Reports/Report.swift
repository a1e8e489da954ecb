package import GitValues
package import Store
package import Validation

/// What the records of a repository add up to over a period.
package struct Report: Sendable {
    /// One check.
    package struct Check: Sendable {
        package let name: String
        /// Runs that ended by themselves, oldest first: when, how long, how.
        package let runs: [TimingRecord]
        package let passed: Int
        package let failed: Int
        package let flaky: Int
        package let cached: Int
        /// Seconds that reused verdicts would have taken.
        package let saved: Double
        package let median: Double?
        package let high: Double?
        /// A change of the median beyond noise, between the halves of the period or the periods compared.
        package let shift: Statistics.Shift?
        /// When a change within the period began; `nil` without one, and between periods.
        package let since: Timestamp?
    }

    /// How patches fare from `git patch` to landed.
    package struct Queue: Sendable {
        package let landed: Int
        package let waiting: Int
        package let ejected: Int
        /// Seconds from creation to landing.
        package let median: Double?
        package let high: Double?
        /// Landings per day from the first one on, oldest first, days without any included: the day and how many.
        package let days: [(day: String, count: Int)]
    }

    /// The name of the repository.
    package let title: String
    package let from: Timestamp
    package let until: Timestamp
    /// What the period is compared with; `nil` for its own first half.
    package let comparedFrom: Timestamp?
    package let checks: [Check]
    package let queue: Queue
    /// The newest run that ran something; `nil` when there is none.
    package let latest: RunRecord?

    /// The names of the checks that made the latest run fail, and of those that did not come to their end for that, each
    /// with the word for it; `nil` when it did not fail.
    package var latestFailure: String? {
        guard let latest, latest.outcome == .failed else { return nil }
        let bad = latest.checks.compactMap(\.report).filter { !$0.isGood }
        func names(_ outcomes: [CheckReport.Outcome], _ word: String) -> String? {
            let names = bad.filter { outcomes.contains($0.outcome) }.map(\.name)
            return names.isEmpty ? nil : word + names.joined(separator: ", ")
        }
        return [names([.failed, .timeout], ""), names([.skipped], "skipped: "), names([.cancelled], "cancelled: ")]
            .compactMap(\.self).joined(separator: "; ")
    }

    /// Runs of checks, reused verdicts not counted.
    package var runs: Int { checks.reduce(0) { $0 + $1.runs.count } }
    /// Reused verdicts.
    package var cached: Int { checks.reduce(0) { $0 + $1.cached } }
    /// The share of verdicts that were reused; `nil` without any.
    package var cacheRate: Double? { runs + cached == 0 ? nil : Double(cached) / Double(runs + cached) }
    /// Seconds that reused verdicts saved.
    package var saved: Double { checks.reduce(0) { $0 + $1.saved } }
    /// Checks that got slower beyond noise, the worst first.
    package var regressions: [Check] {
        checks.filter { ($0.shift?.share ?? 0) > 0 }.sorted { ($0.shift?.share ?? 0) > ($1.shift?.share ?? 0) }
    }
    /// Checks that passed only when tried again, the worst first.
    package var flakes: [Check] { checks.filter { $0.flaky > 0 }.sorted { $0.flaky > $1.flaky } }
    /// Started minutes that the runs would have been on hosted runners.
    package var minutes: Int {
        checks.reduce(0) { sum, check in
            sum + check.runs.reduce(0) { $0 + max(1, Int(($1.duration / 60).rounded(.up))) }
        }
    }

    /// What is to be reported.
    package struct Request: Sendable {
        package var title: String
        package var from: Timestamp
        package var until: Timestamp
        /// Where a period to compare with starts; it ends where the reported one starts.
        package var comparedFrom: Timestamp?

        /// Creates a request.
        package init(title: String, from: Timestamp, until: Timestamp, comparedFrom: Timestamp? = nil) {
            self.title = title
            self.from = from
            self.until = until
            self.comparedFrom = comparedFrom
        }
    }

    /// Adds up what a store holds.
    package init(_ request: Request, store: borrowing Store) throws {
        title = request.title
        from = request.from
        until = request.until
        comparedFrom = request.comparedFrom
        let all = try store.timings(limit: 50_000)
        let timings = all.filter { $0.recorded >= request.from && $0.recorded <= request.until }
        let earlier = all.filter { timing in
            request.comparedFrom.map { timing.recorded >= $0 && timing.recorded < request.from } ?? false
        }
        let before = request.comparedFrom == nil ? nil : Dictionary(grouping: earlier, by: \.check)
        checks = Dictionary(grouping: timings, by: \.check).map { name, timings in
            Report.check(name, timings, before: before.map { $0[name] ?? [] })
        }.sorted { left, right in
            let (one, two) = (left.median ?? 0, right.median ?? 0)
            return one == two ? left.name < right.name : one > two
        }
        queue = Report.queue(try store.patches(), from: request.from, until: request.until)
        latest = RunRecord.latest(in: store.directory)
    }

    private static let ended = ["passed", "failed", "flaky", "timeout"]

    private static func check(_ name: String, _ timings: [TimingRecord], before: [TimingRecord]?) -> Check {
        let runs = timings.filter { ended.contains($0.outcome) }.sorted { $0.recorded < $1.recorded }
        let reused = timings.filter { $0.outcome == "cached" }
        func count(_ outcomes: String...) -> Int { runs.filter { outcomes.contains($0.outcome) }.count }
        // How long it takes is what passes take: a failure often comes early, which is no gain.
        func passes(_ runs: [TimingRecord]) -> [TimingRecord] {
            runs.filter { $0.outcome == "passed" || $0.outcome == "flaky" }
        }
        let passed = passes(runs)
        let durations = passed.map(\.duration)
        let half = durations.count / 2
        let old = before.map { passes($0).map(\.duration) } ?? Array(durations.prefix(half))
        let shift = Statistics.shift(from: old, to: before == nil ? Array(durations.suffix(half)) : durations)
        var since: Timestamp?
        if let shift, before == nil {
            let recent = passed.suffix(200)
            since = Statistics.turn(in: recent.map(\.duration), like: shift).map {
                recent[recent.startIndex + $0].recorded
            }
        }
        return Check(
            name: name, runs: runs, passed: count("passed"), failed: count("failed", "timeout"), flaky: count("flaky"),
            cached: reused.count, saved: reused.reduce(0) { $0 + $1.duration },
            median: Statistics.median(durations), high: Statistics.percentile(durations, 0.95),
            shift: shift, since: since)
    }

    private static func queue(_ patches: [PatchRecord], from: Timestamp, until: Timestamp) -> Queue {
        let recent = patches.filter { $0.updated >= from && $0.updated <= until }
        let landed = recent.filter { $0.state == .landed }
        let times = landed.map { max(0, $0.updated.seconds(since: $0.created)) }
        let days = Dictionary(grouping: landed) { $0.updated.day }
        return Queue(
            landed: landed.count,
            waiting: patches.filter { [.queued, .open, .armed].contains($0.state) }.count,
            ejected: recent.filter { $0.state == .ejected }.count, median: Statistics.median(times),
            high: Statistics.percentile(times, 0.95),
            days: Report.days(days.mapValues(\.count), until: until))
    }

    /// The days from the first that counts to the last of a period, the last 60 of them.
    private static func days(_ counts: [String: Int], until: Timestamp) -> [(day: String, count: Int)] {
        guard let first = counts.keys.min() else { return [] }
        let all = (0..<60).map { until.adding(seconds: -86_400 * Double($0)).day }
        return all.filter { $0 >= first }.reversed().map { (day: $0, count: counts[$0] ?? 0) }
    }
}

/// The latest run as bars: what ran when, and the chain that decided how long it took.
package struct RunChart: Sendable {
    package struct Bar: Sendable {
        package let name: String
        /// Seconds from the start of the run.
        package let start: Double
        package let seconds: Double
        package let outcome: CheckReport.Outcome
        package fileprivate(set) var isCritical = false

        fileprivate var end: Double { start + seconds }
    }

    package let bars: [Bar]
    package let seconds: Double

    /// Reads a run; `nil` when nothing in it ran.
    package init?(_ run: RunRecord) {
        let raw = run.checks.compactMap { check -> Bar? in
            guard let started = check.started, let report = check.report, let duration = report.duration else {
                return nil
            }
            return Bar(
                name: check.name, start: max(0, started.seconds(since: run.started)), seconds: duration,
                outcome: report.outcome)
        }
        guard !raw.isEmpty else { return nil }
        let total = run.finished.map { $0.seconds(since: run.started) } ?? 0
        seconds = max(total, raw.map(\.end).max() ?? 0, 0.001)
        let needs = Dictionary(run.checks.map { ($0.name, Set($0.needs ?? [])) }) { first, _ in first }
        let critical = RunChart.chain(raw, needs: needs)
        bars = raw.sorted { ($0.start, $0.name) < ($1.start, $1.name) }.map { bar in
            var bar = bar
            bar.isCritical = critical.contains(bar.name)
            return bar
        }
    }

    /// From the last bar back: each waited for the one that ended last of those it needs or, when it started late, of
    /// all that had ended by then, because it may have waited for their place.
    private static func chain(_ bars: [Bar], needs: [String: Set<String>]) -> Set<String> {
        let late = 0.25
        var chain: Set<String> = []
        var next = bars.max { $0.end < $1.end }
        while let bar = next, chain.insert(bar.name).inserted {
            let before = bars.filter { other in
                !chain.contains(other.name)
                    && (needs[bar.name]?.contains(other.name) == true
                        || bar.start >= late && other.end <= bar.start + late)
            }
            next = before.max { $0.end < $1.end }
        }
        return chain
    }
}
