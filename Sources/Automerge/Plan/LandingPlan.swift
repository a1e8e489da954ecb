package import GitValues
package import PlainRemote
package import Settings
package import Store
import Validation

/// What the next pass over a target would do, and what that is expected to cost.
package struct LandingPlan: Sendable {
    package var target: String
    /// The patches of the next batch, in landing order.
    package var batch: [PatchDocument] = []
    /// Those that are due and do not fit: into the batch, or with its members.
    package var later: [(patch: PatchDocument, reason: String)] = []
    /// How many patches a batch holds at most now.
    package var size: Int
    package var rate: FailureRate
    /// How many builds the batch is expected to take, with splitting and confirming runs.
    package var expectedBuilds: Double
    /// Seconds of one build, as earlier runs here tell; `nil` when a check never ran here.
    package var buildTime: Double?
    /// Why nothing lands at all; `nil` when something may.
    package var obstacle: String?

    /// Seconds until the batch has landed or was turned down; `nil` when that is not known.
    package var eta: Double? { batch.isEmpty ? nil : buildTime.map { $0 * expectedBuilds } }
}

extension LandingPlan {
    /// Plans the next batch of every target that has patches which want to land.
    package static func all(
        of state: RemoteState, _ remote: PlainRemote, _ settings: Settings, jobs: Int?, now: Timestamp,
        in store: borrowing Store
    ) async throws -> [LandingPlan] {
        let reader = QueueReader(remote: remote, now: now)
        let entries = try await reader.entries(of: state, settings, in: store)
        let armed = entries.filter { $0.document.state == .armed }
        var plans: [LandingPlan] = []
        for target in Set(armed.map(\.document.target)).sorted() {
            guard let tip = state.branch(target) else { continue }
            let policy = try await TargetPolicy(of: target, at: tip, objects: remote.objects, git: settings)
            let due = armed.filter { $0.document.target == target && $0.isDue }.map(\.document)
            let rate = FailureRate(of: target, in: state)
            let size = rate.batch(atMost: policy.settings[AutomergeKeys.batch])
            var plan = LandingPlan(target: target, size: size, rate: rate, expectedBuilds: 0)
            try await plan.fill(due, tip, policy, remote)
            plan.expectedBuilds = rate.builds(of: plan.batch.count)
            plan.obstacle = policy.flaw(in: policy.requiredChecks)
            plan.buildTime = try buildTime(
                plan.batch, policy, jobs: JobLimit.count(jobs, settings), store)
            plans.append(plan)
        }
        return plans
    }

    /// Merges what is due in memory, to see what goes together.
    private mutating func fill(
        _ due: [PatchDocument], _ tip: ObjectID, _ policy: TargetPolicy, _ remote: PlainRemote
    ) async throws {
        let parts = due.prefix(size).map {
            CandidateBuilder.Part(
                member: QueueMember($0), document: $0, method: policy.method(of: $0))
        }
        let nobody = Identity(name: "git-automerge", mail: "", seconds: 0, offsetMinutes: 0)
        let builder = CandidateBuilder(objects: remote.objects, committer: nobody)
        let (built, aside) = try await builder.build(on: tip, parts)
        let ids = Set(built.map(\.member.id))
        batch = due.filter { ids.contains($0.id) }
        for entry in aside {
            guard let patch = due.first(where: { $0.id == entry.member.id }) else { continue }
            later.append((patch, LandingPlan.words(entry.reason, due)))
        }
        later += due.dropFirst(size).map { ($0, "a batch holds \(size) now") }
    }

    private static func words(_ reason: QueueAside.Reason, _ due: [PatchDocument]) -> String {
        switch reason {
        case .conflict(let paths, let other):
            let name = other.flatMap { other in due.first { $0.id == other.id } }.map { "'\($0.title)'" }
            return "it conflicts with \(name ?? "the target") in \(paths.joined(separator: ", "))"
        case .covered(let other):
            let name = due.first { $0.id == other.id }.map { "'\($0.title)'" } ?? "a patch before it"
            return "\(name) has its content; it is looked at again when that one is decided"
        case .contained: return "the target has its content already"
        case .impossible(let reason): return reason
        case .unavailable(let commit): return QueueAside.words(missing: commit)
        }
    }

    /// Seconds of one build: no less than the longest line of checks that need each other, nor than all shared out.
    private static func buildTime(
        _ batch: [PatchDocument], _ policy: TargetPolicy, jobs: Int, _ store: borrowing Store
    ) throws -> Double? {
        let names = Set(batch.flatMap { policy.requiredChecks(of: $0) })
        guard !names.isEmpty else { return 0 }
        let history = try CheckHistory.all(store: store)
        let times = Dictionary(
            history.compactMap { entry in entry.median.map { (entry.check, $0) } },
            uniquingKeysWith: { first, _ in first })
        let checks = Dictionary(policy.settings.checks.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var ends: [String: Double] = [:]
        func end(of name: String) -> Double? {
            if let known = ends[name] { return known }
            guard let check = checks[name], let own = times[name] else { return nil }
            var start = 0.0
            for need in check.needs {
                guard let before = end(of: need) else { return nil }
                start = max(start, before)
            }
            ends[name] = start + own
            return start + own
        }
        var longest = 0.0
        for name in names {
            guard let end = end(of: name) else { return nil }
            longest = max(longest, end)
        }
        let all = ends.keys.reduce(0) { $0 + (times[$1] ?? 0) }
        return max(longest, all / Double(max(1, jobs)))
    }
}
