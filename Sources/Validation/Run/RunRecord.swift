package import GitValues
package import Settings
package import Store

/// What is known of one run, for those who wait for it or ask what runs: a file of JSON that its process keeps up to
/// date, `<common dir>/gitpatch/runs/<id>.json`.
package struct RunRecord: Codable, Sendable {
    /// Where one check stands.
    package struct Check: Codable, Sendable {
        /// Waiting, running (here or in another process), or done.
        package enum State: String, Codable, Sendable { case waiting, running, done }

        package var name: String
        package var state: State
        /// Seconds it is expected to take; absent when it never ran.
        package var expected: Double?
        package var started: Timestamp?
        /// Whether another process runs it.
        package var isElsewhere: Bool?
        package var report: CheckReport?
        /// The checks of the run that had to end before; absent in records of older versions.
        package var needs: [String]?
        /// Which part of a check it is; absent for whole checks.
        package var shard: Shard?

        /// Whether it has run longer than its earlier runs tell.
        package func isOverdue(at now: Timestamp = .now()) -> Bool {
            guard state == .running, let expected, let started else { return false }
            return now.seconds(since: started) > expected
        }
    }

    package var id: RecordID
    package var owner: ProcessMark
    package var purpose: ValidationRequest.Purpose
    package var commit: ObjectID?
    package var tree: ObjectID
    package var tier: Tier
    /// What part of the tier was asked for; absent for all of it.
    package var scope: String?
    package var jobs: Int
    package var started: Timestamp
    package var finished: Timestamp?
    package var checks: [Check]
    package var outcome: ValidationReport.Outcome?
    package var time: TierTime?
    package var warnings: [String]
    /// Why the run came to no report.
    package var problem: String?
    /// What to do about it.
    package var hints: [String]?

    /// Whether the run goes on.
    package var isRunning: Bool { finished == nil && owner.isAlive }

    /// The report of a run that came to one.
    package var report: ValidationReport? {
        guard let finished, let outcome else { return nil }
        return ValidationReport(
            commit: commit, tree: tree, tier: tier, outcome: outcome, wall: finished.seconds(since: started),
            checks: CheckReport.gathered(checks.compactMap { check in check.report.map { ($0, check.shard) } }),
            warnings: warnings, time: time, scope: scope)
    }

    /// What to say of the time that is left: `, about 5 s left`; empty while nothing is known.
    package func remainingWords(at now: Timestamp = .now()) -> String {
        if let time = remaining(at: now) { return ", about \(time) left" }
        return checks.contains { $0.isOverdue(at: now) } ? ", longer than before: the rest is unknown" : ""
    }

    /// Whether it ended before it was judged, and no check said no.
    package var wasCancelled: Bool {
        let outcomes = checks.compactMap(\.report?.outcome)
        let isClean = outcomes.allSatisfy { ![.failed, .timeout].contains($0) }
        return outcome == .failed && isClean && outcomes.contains(.cancelled)
    }

    /// The report of a run that a signal ended before it came to one: what was judged until then, and the rest.
    package func interrupted(at now: Timestamp = .now()) -> ValidationReport {
        ValidationReport(
            commit: commit, tree: tree, tier: tier, outcome: .failed, wall: now.seconds(since: started),
            checks: checks.map { $0.report ?? CheckReport(name: $0.name, outcome: .cancelled, reason: "interrupted") },
            warnings: warnings)
    }

    /// How long the rest should take: at least the longest running check, at least the work that waits spread over all
    /// jobs. `nil` while something that never ran is left, or that takes longer than it did.
    package func remaining(at now: Timestamp = .now()) -> TimeSpan? {
        var (longest, waiting) = (0.0, 0.0)
        for check in checks where check.state != .done {
            guard let expected = check.expected, !check.isOverdue(at: now) else { return nil }
            let left = max(0, expected - (check.started.map { now.seconds(since: $0) } ?? 0))
            if check.state == .running { longest = max(longest, left) }
            waiting += left
        }
        return TimeSpan(seconds: max(longest, waiting / Double(max(1, jobs))))
    }

    /// The record of a run; `nil` when there is none (yet).
    package static func read(_ id: RecordID, in storeDirectory: String) -> RunRecord? {
        guard let text = Files.text("\(storeDirectory)/runs/\(id).json") else { return nil }
        return try? JSONText.decode(RunRecord.self, from: text)  // A record of another version tells nothing.
    }

    /// The newest run that ran a check and came to a report; `nil` when there is none.
    package static func latest(in storeDirectory: String) -> RunRecord? {
        guard let text = Files.text(latestPath(in: storeDirectory)) else { return nil }
        return try? JSONText.decode(RunRecord.self, from: text)  // A record of another version tells nothing.
    }

    static func latestPath(in storeDirectory: String) -> String { storeDirectory + "/latest-run.json" }

    /// All records, those of runs that go on first, newer ones before older.
    package static func all(in storeDirectory: String) -> [RunRecord] {
        Files.names(in: storeDirectory + "/runs").compactMap { name in
            name.hasSuffix(".json") ? RecordID(name.dropLast(5)).flatMap { read($0, in: storeDirectory) } : nil
        }.sorted { left, right in
            left.isRunning == right.isRunning ? left.started > right.started : left.isRunning
        }
    }
}
