import Settings

/// Which runner a job needs, from what its checks used here, and what that costs.
package struct RunnerAdvice: Sendable {
    /// A runner with what the job would take on it and cost.
    package struct Choice: Sendable {
        package let kind: Prices.Kind
        /// Seconds of the job's checks.
        package let seconds: Double
        /// For all runs of a month.
        package let amount: Double
    }

    /// The job's name in the plan.
    package let job: String
    /// The label it runs on now.
    package let platform: String
    /// The number of recorded runs of the check that has fewest.
    package let runs: Int
    /// How many processors it kept busy, on average over its checks.
    package let cores: Double
    /// Bytes that its checks held at once, at most.
    package let memory: Int64
    package let now: Choice
    /// The cheapest runner on which it takes no longer than its work and memory allow; `nil` when none has the memory.
    package let best: Choice?
    /// Whether it kept all processors of this machine busy: more of them might make it faster, which nobody has measured.
    package let isBound: Bool

    /// Whether the runner it has is the right one.
    package var fits: Bool { best?.kind == now.kind }
    /// Whether the runner it has holds its memory.
    package var lacksMemory: Bool { now.kind.room.map { $0.memory < memory + RunnerAdvice.system } ?? false }

    /// What the system of a runner takes itself, in bytes.
    static let system: Int64 = 1 << 30
    /// What counts as no slower: the scatter of times is larger.
    static let slack = 1.05

    /// Advises on every job of a plan whose checks all have runs enough, for each of its platforms where there is something
    /// to choose. Nothing is said where minutes are not billed.
    ///
    /// - Parameters:
    ///   - usage: what is recorded, by check.
    ///   - processors: how many this machine has.
    package static func all(
        for plan: PipelinePlan, usage: [String: CheckUsage], runsPerMonth: Int, processors: Int
    ) -> [RunnerAdvice] {
        guard plan.terms.isBilled else { return [] }
        return plan.jobs.flatMap { job -> [RunnerAdvice] in
            let known = job.checks.compactMap { check in usage[check.name].map { (check.shards > 1, $0) } }
            guard known.count == job.checks.count else { return [] }
            return plan.terms.platforms(of: job.tier).compactMap { platform in
                RunnerAdvice(job, known, on: platform, plan.terms, runsPerMonth, processors)
            }
        }
    }

    private init?(
        _ job: PipelinePlan.Job, _ checks: [(isSplit: Bool, usage: CheckUsage)], on platform: String,
        _ terms: PipelinePlan.Terms, _ runsPerMonth: Int, _ processors: Int
    ) {
        let kind = Prices.kind(of: [platform])
        guard kind.room != nil, !checks.isEmpty else { return nil }
        let shares = checks.map { $0.usage.seconds / Double($0.isSplit ? job.shards : 1) }
        let works = zip(shares, checks).map { $0 * $1.usage.cores }
        // A step for each check holds one of them at a time; the validator starts what it can.
        let held = checks.map(\.usage.memory)
        memory = terms.install == nil ? held.max() ?? 0 : held.reduce(0, +)
        let (measured, need) = (shares.reduce(0, +), memory + RunnerAdvice.system)
        func choice(_ kind: Prices.Kind, _ room: Prices.Room) -> Choice {
            // With fewer processors than it kept busy a check takes its work divided by those there are.
            let seconds = zip(shares, works).reduce(0) { $0 + max($1.0, $1.1 / Double(room.cores)) }
            let minutes = Double(job.shards * PipelinePlan.startedMinutes(seconds, terms))
            return Choice(kind: kind, seconds: seconds, amount: minutes * kind.perMinute * Double(runsPerMonth))
        }
        let all = Prices.Kind.allCases.compactMap { kind in kind.room.map { (choice(kind, $0), $0) } }
        let holding = all.filter { choice, room in
            room.memory >= need && choice.seconds + PipelinePlan.overhead(terms) <= room.longest
        }.map(\.0)
        guard let now = all.first(where: { $0.0.kind == kind })?.0 else { return nil }
        let quickest = holding.map(\.seconds).min() ?? 0
        let bound = max(measured, quickest) * RunnerAdvice.slack
        self.job = job.id
        self.platform = platform
        self.now = now
        runs = checks.map(\.usage.runs).min() ?? 0
        cores = measured > 0 ? works.reduce(0, +) / measured : 0
        // Of equal amounts the one it has, then the smaller one.
        best = holding.filter { $0.seconds <= bound }.min {
            ($0.amount, $0.kind == kind ? 0 : 1) < ($1.amount, $1.kind == kind ? 0 : 1)
        }
        isBound = cores >= 0.9 * Double(processors)
    }
}
