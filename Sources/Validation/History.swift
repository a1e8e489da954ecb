import GitValues
import Settings
import Store

/// What earlier runs tell about the checks of a plan: how long they take and whether they failed last time.
struct History: Sendable {
    private let timings: [String: [TimingRecord]]
    /// The parts among the checks, by what they are called in a run.
    private let shards: [String: Shard]
    /// What a part is expected to take that never ran: its share of the whole check.
    private var shares: [String: Double] = [:]

    /// What a check that never ran is expected to take, in seconds: it goes before short ones, after long ones.
    static let prior = 10.0

    /// Reads the last runs of the checks.
    init(_ checks: [CheckDefinition], _ store: borrowing Store) throws {
        var timings: [String: [TimingRecord]] = [:]
        var shards: [String: Shard] = [:]
        for check in checks {
            guard let shard = check.shard else {
                timings[check.name] = try store.timings(ofCheck: check.name, limit: 15)
                continue
            }
            shards[check.name] = shard
            timings[check.name] = try store.timings(ofCheck: shard.check, part: shard.place, limit: 15)
        }
        self.timings = timings
        self.shards = shards
        for (name, shard) in shards where !isKnown(name) {
            let whole = try store.timings(ofCheck: shard.check, limit: 15)
            if let seconds = History.median(whole) { shares[name] = seconds / Double(shard.count) }
        }
    }

    /// The expected seconds of a check: the weighted median of its last finished runs, newer ones counting more.
    func expected(_ name: String) -> Double { History.median(timings[name] ?? []) ?? shares[name] ?? History.prior }

    private static func median(_ timings: [TimingRecord]) -> Double? {
        weightedMedian(timings.filter { ["passed", "flaky", "failed"].contains($0.outcome) }.map(\.duration))
    }

    /// Whether the last run of a check was not a pass.
    func failedLast(_ name: String) -> Bool {
        guard let last = timings[name]?.first(where: { $0.outcome != "cached" }) else { return false }
        return last.outcome == "failed" || last.outcome == "timeout"
    }

    /// Whether there is any earlier run of a check.
    func isKnown(_ name: String) -> Bool {
        shares[name] != nil || timings[name]?.contains { $0.outcome != "cached" } ?? false
    }

    /// How often a check is expected to fail for each second it runs: failures of the last runs, one more run of which
    /// half failed taken for granted.
    func hazard(_ name: String) -> Double {
        let runs = (timings[name] ?? []).filter { $0.outcome != "cached" }
        let bad = runs.filter { $0.outcome != "passed" }.count
        return (Double(bad) + 0.5) / Double(runs.count + 1) / max(0.01, expected(name))
    }

    /// The checks as the schedule sees them; needs that do not take part are left out.
    ///
    /// - Parameter changed: the paths that changed, where they are known.
    func items(_ checks: [CheckDefinition], changed: [[UInt8]]? = nil) -> [Schedule.Item] {
        let names = Set(checks.map(\.name))
        return checks.map { check in
            Schedule.Item(
                name: check.name, needs: check.needs.filter(names.contains), exclusive: Set(check.exclusive),
                expected: expected(check.name), failedLast: failedLast(check.name),
                isKnown: isKnown(check.name), isTouched: History.touches(changed ?? [], check),
                hazard: hazard(check.name))
        }
    }

    private static func touches(_ changed: [[UInt8]], _ check: CheckDefinition) -> Bool {
        let declared = check.paths + check.inputs
        return changed.contains { path in declared.contains { $0.matches(path) } }
    }

    /// Records the runs that came to an end by themselves, and the verdicts that were reused; of a check with `shards`
    /// each part, and all of it where every part has come to an end.
    func record(_ reports: [CheckReport], tree: ObjectID, _ store: borrowing Store) throws {
        let now = Timestamp.now()
        let ended = reports.flatMap { report in (report.parts ?? []) + [report] }.filter { report in
            let isWhole = report.parts == nil || report.duration != nil
            return isWhole && (report.outcome == .cached || (report.attempts > 0 && report.outcome != .cancelled))
        }
        try store.save(
            ended.map { report in
                let shard = shards[report.name]
                return TimingRecord(
                    check: shard?.check ?? report.name, part: shard?.place, tree: tree,
                    outcome: report.outcome.rawValue, duration: report.duration ?? 0, cpu: report.cpu,
                    memory: report.memory, recorded: now)
            })
    }

    /// The median of values, newest first, each weighing 0.8 of the one before it; `nil` of none.
    static func weightedMedian(_ values: [Double]) -> Double? {
        var weight = 1.0
        let weighted = values.map { value -> (value: Double, weight: Double) in
            defer { weight *= 0.8 }
            return (value, weight)
        }.sorted { $0.value < $1.value }
        let half = weighted.reduce(0) { $0 + $1.weight } / 2
        var sum = 0.0
        for item in weighted {
            sum += item.weight
            if sum >= half { return item.value }
        }
        return nil
    }
}
