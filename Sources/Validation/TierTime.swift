import GitValues
package import Settings

/// How long the checks of a tier take, held against the time the tier should take.
///
/// The time is that of a schedule made of the durations that were measured, reused verdicts with what their runs took.
/// So it is the same whether the machine was busy, other runs were waited for or everything was known.
package struct TierTime: Codable, Hashable, Sendable {
    /// Seconds.
    package var taken: Double
    /// Seconds that the tier should take at most (`ValidateKeys.target`).
    package var target: Double
    /// How many checks ran at once.
    package var jobs: Int
    /// Whether being over the target is a failure.
    package var isEnforced: Bool

    package var isOver: Bool { taken > target }

    /// What is wrong, in one line.
    package func text(of tier: Tier) -> String {
        "the checks of tier \(tier.rawValue) take \(TimeSpan(seconds: taken)) with \(jobs) at once; "
            + "its target is \(TimeSpan(seconds: target))"
    }

    /// The time of a whole tier; `nil` where only some checks were asked for, or one has no duration.
    init?(_ request: ValidationRequest, _ plan: Plan, _ reports: [CheckReport]) {
        guard request.only.isEmpty, request.shard == nil else { return nil }
        let durations = Dictionary(
            reports.compactMap { report in report.duration.map { (report.name, $0) } }, uniquingKeysWith: { $1 })
        let checks = plan.checks.filter { !plan.leftOut.contains($0.name) }
        guard !checks.isEmpty, checks.allSatisfy({ durations[$0.name] != nil }) else { return nil }
        let items = checks.map { check in
            Schedule.Item(
                name: check.name, needs: check.needs.filter { durations[$0] != nil }, exclusive: Set(check.exclusive),
                expected: durations[check.name] ?? 0, failedLast: false)
        }
        jobs = JobLimit.count(request)
        guard let estimate = Schedule(items, jobs: jobs, failFast: false).estimate else { return nil }
        taken = estimate.seconds
        target = request.policy.timeTarget(of: request.tier).seconds
        isEnforced = request.policy[ValidateKeys.enforceTargets]
    }
}
