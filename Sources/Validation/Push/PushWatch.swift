package import GitProcess
package import GitValues
import Settings
package import Store

/// Judges pushed trees: by what is recorded, else by background runs that are watched side by side within the budget.
package struct PushWatch: Sendable {
    /// What came of one tree.
    package enum Answer: Sendable {
        /// Its tier has no check.
        case nothingAsked
        case report(ValidationReport)
        /// There is no report: `PushProblem.overBudget` when time is up (the run goes on), `.lost` when there is none.
        case problem(PushProblem)
    }

    package let location: RepositoryLocation
    package let git: GitProgram
    /// The absolute path of `git-validate`.
    package let program: String
    /// Told what goes on, one line each.
    package let tell: @Sendable (String) -> Void
    private let begin = SuspendingClock().now

    /// How many runs are begun at once: each takes a process and a worktree, and all share the same jobs.
    private static let limit = 8

    /// Creates a watch whose budget begins now.
    package init(
        location: RepositoryLocation, git: GitProgram, program: String, tell: @escaping @Sendable (String) -> Void
    ) {
        self.location = location
        self.git = git
        self.program = program
        self.tell = tell
    }

    /// The answers on trees, in their order. All runs are begun before any is waited for, so that one that takes long
    /// hides no other.
    package func judge(
        _ trees: [(tree: PushedTree, claim: VerdictClaim?)], store: borrowing Store
    ) async throws -> [Answer] {
        var answers: [Int: Answer] = [:]
        var waiting: [Int] = []
        var running: [Watched] = []
        for (index, (tree, claim)) in trees.enumerated() {
            if let answer = try await known(tree, claim, store) {
                answers[index] = answer
            } else if running.count < PushWatch.limit {
                running.append(try start(tree, index))
            } else {
                waiting.append(index)
            }
        }
        let clock = SuspendingClock()
        var words = Words()
        var pause = 10
        while !running.isEmpty {
            try Task.checkCancellation()
            for (position, watched) in running.enumerated().reversed() {
                guard let answer = look(watched) else { continue }
                answers[watched.index] = answer
                running.remove(at: position)
                if case .report(let report) = answer, report.outcome != .passed, !running.isEmpty {
                    tell("\(watched.tree.name) did not pass; the rest goes on")
                }
            }
            while running.count < PushWatch.limit, !waiting.isEmpty {
                let index = waiting.removeFirst()
                if isLate(trees[index].tree) {
                    answers[index] = .problem(
                        .overBudget(trees[index].tree.settings[ValidateKeys.budget], remaining: nil))
                } else {
                    running.append(try start(trees[index].tree, index))
                }
            }
            if running.isEmpty { break }
            words.say(running, after: clock.now - begin, tell)
            try await Task.sleep(for: .milliseconds(pause), clock: .suspending)
            pause = min(pause * 2, 100)
        }
        return trees.indices.map { answers[$0] ?? .problem(.lost("it was not looked at", hints: [])) }
    }

    /// What is known of a tree without running anything; `nil` when something has to run.
    private func known(
        _ tree: PushedTree, _ claim: VerdictClaim?, _ store: borrowing Store
    ) async throws -> Answer? {
        var request = ValidationRequest(
            location: location, git: git, commit: tree.candidate.commit, tree: tree.candidate.tree,
            policy: tree.settings, tier: tree.tier)
        request.changed = tree.changed
        request.purpose = .push
        request.claim = claim
        do {
            return try await recordedPass(request, calling: tree.name, store: store).map { .report($0) }
        } catch ValidationProblem.noChecks {
            return .nothingAsked
        }
    }

    private func start(_ tree: PushedTree, _ index: Int) throws -> Watched {
        let job = RunJob(
            id: RecordID.make(), revision: tree.candidate.commit ?? tree.candidate.tree, tree: tree.candidate.tree,
            name: tree.name, tier: tree.tier, changed: tree.changed, objects: tree.objects)
        let run = try BackgroundRun(job, program: program, storeDirectory: location.storeDirectory)
        return Watched(index: index, tree: tree, run: run)
    }

    private func isLate(_ tree: PushedTree) -> Bool {
        let budget = tree.settings[ValidateKeys.budget]
        return SuspendingClock().now >= begin.advanced(by: .seconds(budget.seconds))
    }

    /// What has come of a run; `nil` while it goes on.
    private func look(_ watched: Watched) -> Answer? {
        // Looked at in this order, so that a run that has just ended is read to its end.
        let isAlive = watched.run.isAlive
        let record = watched.run.record
        if let report = record?.report { return .report(report) }
        if let problem = record?.problem { return .problem(.lost(problem, hints: record?.hints ?? [])) }
        guard isAlive else { return .problem(.lost("its process has ended", hints: [])) }
        guard isLate(watched.tree) else { return nil }
        watched.run.letGo()
        return .problem(.overBudget(watched.tree.settings[ValidateKeys.budget], remaining: record?.remaining()))
    }
}

/// A tree with the run that judges it.
private struct Watched {
    let index: Int
    let tree: PushedTree
    let run: BackgroundRun

    /// What the run does now.
    var word: String {
        let id = (tree.candidate.commit ?? tree.candidate.tree).short
        let start = "validating \(id) for \(tree.name) (\(tree.tier.rawValue)): "
        guard let record = run.record else { return start + "getting ready" }
        let open = record.checks.filter { $0.state != .done }
        let names = open.filter { $0.state == .running }.map(\.name).joined(separator: ", ")
        let elsewhere = open.contains { $0.isElsewhere == true } ? ", some already under way" : ""
        let what = names.isEmpty ? (open.count == 1 ? "1 check" : "\(open.count) checks") : names
        return start + what + elsewhere + record.remainingWords()
    }
}

/// When a word is due: soon once the checks are known, a little later in any case, and then now and then.
private struct Words {
    private var next = Duration.milliseconds(300)

    mutating func say(_ running: [Watched], after time: Duration, _ tell: (String) -> Void) {
        guard time >= next else { return }
        let areComplete = running.allSatisfy { $0.run.record != nil }
        if !areComplete, time < .seconds(1) { return }
        if running.count > 4 {
            tell("validating \(running.count) trees")
        } else {
            for watched in running { tell(watched.word) }
        }
        next = time + (areComplete ? .seconds(30) : .seconds(5))
    }
}
