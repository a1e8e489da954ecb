package import GitProcess
package import GitValues
import Settings
package import Store

/// Judges pushed trees: by what is recorded, else by a background run that is watched within the budget.
package struct PushWatch: Sendable {
    package let location: RepositoryLocation
    package let git: GitProgram
    /// The absolute path of `git-validate`.
    package let program: String
    /// Told what goes on, one line each.
    package let tell: @Sendable (String) -> Void
    private let begin = SuspendingClock().now

    /// Creates a watch whose budget begins now.
    package init(
        location: RepositoryLocation, git: GitProgram, program: String, tell: @escaping @Sendable (String) -> Void
    ) {
        self.location = location
        self.git = git
        self.program = program
        self.tell = tell
    }

    /// The report on a tree; `nil` when its tier has no check, so that nothing is asked of the push.
    ///
    /// - Throws: `PushProblem.overBudget` when time is up (the run goes on), `.lost` when there is no report.
    package func judge(
        _ tree: PushedTree, claim: VerdictClaim?, store: borrowing Store
    ) async throws -> ValidationReport? {
        var request = ValidationRequest(
            location: location, git: git, commit: tree.candidate.commit, tree: tree.candidate.tree,
            policy: tree.settings, tier: tree.tier)
        request.changed = tree.changed
        request.purpose = .push
        request.claim = claim
        do {
            if let known = try await recordedPass(request, calling: tree.name, store: store) { return known }
        } catch ValidationProblem.noChecks {
            return nil
        }
        let job = RunJob(
            id: RecordID.make(), revision: tree.candidate.commit ?? tree.candidate.tree, name: tree.name,
            tier: tree.tier, changed: tree.changed, objects: tree.objects)
        let run = try BackgroundRun(job, program: program, storeDirectory: location.storeDirectory)
        return try await watch(run, tree)
    }

    private func watch(_ run: BackgroundRun, _ tree: PushedTree) async throws -> ValidationReport {
        let clock = SuspendingClock()
        let budget = tree.settings[ValidateKeys.budget]
        let deadline = begin.advanced(by: .seconds(budget.seconds))
        var nextWord = clock.now.advanced(by: .milliseconds(300))
        var pause = 10
        while true {
            try Task.checkCancellation()
            // Looked at in this order, so that a run that has just ended is read to its end.
            let isAlive = run.isAlive
            let record = run.record
            if let report = record?.report { return report }
            if let problem = record?.problem { throw PushProblem.lost(problem) }
            guard isAlive else { throw PushProblem.lost("its process has ended") }
            if clock.now >= deadline {
                run.letGo()
                throw PushProblem.overBudget(budget, remaining: record?.remaining())
            }
            if clock.now >= nextWord, let record {
                tell(PushWatch.word(on: record, tree))
                nextWord = clock.now.advanced(by: .seconds(30))
            }
            try await Task.sleep(for: .milliseconds(pause), clock: .suspending)
            pause = min(pause * 2, 100)
        }
    }

    private static func word(on record: RunRecord, _ tree: PushedTree) -> String {
        let open = record.checks.filter { $0.state != .done }
        let names = open.filter { $0.state == .running }.map(\.name).joined(separator: ", ")
        let elsewhere = open.contains { $0.isElsewhere == true } ? ", some already under way" : ""
        let time = record.remaining().map { ", about \($0) left" } ?? ""
        let what = names.isEmpty ? (open.count == 1 ? "1 check" : "\(open.count) checks") : names
        let id = (tree.candidate.commit ?? tree.candidate.tree).short
        return "validating \(id) for \(tree.name) (\(record.tier.rawValue)): \(what)\(elsewhere)\(time)"
    }
}
