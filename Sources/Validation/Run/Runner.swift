import GitProcess
import GitValues
import Settings
import Store

/// Runs the checks of a plan that have no verdict yet, side by side as the schedule allows.
struct Runner: Sendable {
    let request: ValidationRequest
    let workspace: Workspace
    let environment: CheckEnvironment
    let checks: [CheckDefinition]
    let keys: [String: CheckKey]
    let history: History
    /// The folder of this run's logs.
    let logs: String

    private var running: RunningKeys { RunningKeys(request.location.storeDirectory) }

    /// What came of the checks, and what is odd.
    struct Result: Sendable {
        var reports: [String: CheckReport] = [:]
        var warnings: [String] = []
    }

    /// What a task of the run brings back.
    private enum Arrival: Sendable {
        case ran(CheckReport, leftovers: Int, FileLock?)
        /// Another process has run the check; `nil` when it ended without a verdict.
        case joined(String, CheckReport?)
        case tick
    }

    /// Where the run stands.
    private struct Progress {
        var schedule: Schedule
        var result = Result()
        /// Checks that ran in the shared worktree, so that what they made is there.
        var here: Set<String> = []
        /// Checks whose verdict is known but that are run because a dependant needs what they make.
        var again: Set<String> = []
        var running: Set<String> = []
        /// Checks that ran while another changed tracked files.
        var disturbed: [String] = []
        /// Why nothing is started any more.
        var stop: String?
    }

    /// Runs until every check of the schedule has its report. Cancelling the task ends the running ones and cancels the
    /// others.
    ///
    /// - Throws: `ValidationProblem.noWorktree`, `StoreError`.
    func run(_ schedule: Schedule) async throws -> Result {
        var progress = Progress(schedule: schedule)
        let cache = try VerdictCache(request.location.storeDirectory)
        let board = CancelBoard()
        try await withThrowingTaskGroup(of: Arrival.self) { group in
            try await start(&progress, board, cache, &group)
            if request.superseded != nil, !progress.running.isEmpty { group.addTask { await Runner.tick() } }
            while !progress.running.isEmpty, let arrival = try await group.next() {
                switch arrival {
                case .tick:
                    giveUpSuperseded(&progress, board)
                    group.addTask { await Runner.tick() }
                    continue
                case .joined(let name, let report):
                    progress.running.remove(name)
                    if let report {
                        finish(report, &progress)
                    } else {
                        progress.schedule.reopen([name])
                    }
                case .ran(let report, let leftovers, let lock):
                    try await settle(report, leftovers, lock, cache, &progress)
                    finish(report, &progress)
                }
                if request.failFast, progress.stop == nil,
                    progress.result.reports.values.contains(where: { !$0.isGood })
                {
                    progress.stop = "another check failed"
                    group.cancelAll()
                }
                try await start(&progress, board, cache, &group)
            }
            group.cancelAll()
        }
        for name in progress.schedule.waiting {
            note(
                CheckReport(name: name, outcome: .cancelled, reason: progress.stop ?? "interrupted"), in: &progress)
        }
        try await confirm(cache, &progress)
        return progress.result
    }

    // MARK: Starting

    private func start(
        _ progress: inout Progress, _ board: CancelBoard, _ cache: borrowing VerdictCache,
        _ group: inout ThrowingTaskGroup<Arrival, any Error>
    ) async throws {
        while progress.stop == nil, !Task.isCancelled, !Interruption.isRequested, let name = progress.schedule.next() {
            guard let check = checks.first(where: { $0.name == name }) else { continue }
            let claim = self.claim(check)
            if let key = keys[name], claim == nil, request.useCache, !progress.again.contains(name) {
                progress.running.insert(name)
                request.events(.joined(check: name, remaining: running.remaining(key)))
                group.addTask { .joined(name, try await join(name, key)) }
                continue
            }
            // Another process may have finished it since the plan was made.
            if let key = keys[name], request.useCache, !progress.again.contains(name), let hit = try cache.pass(key) {
                if let claim { running.release(claim) }
                finish(hit, &progress)
                continue
            }
            let missing = needsElsewhere(of: check, progress)
            if !missing.isEmpty {
                if let claim { running.release(claim) }
                progress.again.formUnion(missing)
                progress.schedule.reopen(missing + [name])
                continue
            }
            progress.running.insert(name)
            let shared = check.isolated ? nil : try await workspace.shared()
            request.events(.started(check: name))
            group.addTask {
                let (report, leftovers) = try await board.cancelling(name) { try await runOne(check, shared) }
                return .ran(report, leftovers: leftovers, claim)
            }
        }
    }

    private func claim(_ check: CheckDefinition) -> FileLock? {
        guard let key = keys[check.name] else { return nil }
        let expected = history.isKnown(check.name) ? history.expected(check.name) : nil
        return running.claim(
            key, RunningKeys.Note(check: check.name, started: .now(), expected: expected))
    }

    /// What a check needs, directly or not, that has passed without running in the shared worktree: what it makes is
    /// not there. Isolated checks share nothing.
    private func needsElsewhere(of check: CheckDefinition, _ progress: Progress) -> [String] {
        guard !check.isolated else { return [] }
        var missing: [String] = []
        var open = check.needs
        while let need = open.popLast() {
            guard let definition = checks.first(where: { $0.name == need }), !definition.isolated,
                !progress.here.contains(need), !missing.contains(need)
            else { continue }
            missing.append(need)
            open += definition.needs
        }
        return missing
    }

    // MARK: Running

    private func runOne(
        _ check: CheckDefinition, _ shared: PooledWorktree?
    ) async throws -> (report: CheckReport, leftovers: Int) {
        if let shared { return await run(check, in: shared) }
        let own = try await workspace.own()
        defer { own.release() }
        return await run(check, in: own)
    }

    private func run(
        _ check: CheckDefinition, in worktree: PooledWorktree
    ) async -> (report: CheckReport, leftovers: Int) {
        let variables = environment.variables(
            for: check, commit: workspace.commit, tree: request.tree, worktree: worktree.path,
            ceiling: workspace.pool.folder)
        let run = CheckRun(
            check: check, variables: variables, log: logs + "/" + LogName.of(check.name), events: request.events)
        var (report, leftovers) = await run.run(in: worktree)
        report.key = keys[check.name]?.hex
        return (report, leftovers)
    }

    /// Waits for the process that runs the same check on the same content, and takes its verdict, failures included:
    /// they are as fresh as one of our own would be. `nil` when it ended without one.
    private func join(_ name: String, _ key: CheckKey) async throws -> CheckReport? {
        let since = Timestamp.now()
        while running.isClaimed(key) {
            if Task.isCancelled || Interruption.isRequested {
                return CheckReport(name: name, outcome: .cancelled, reason: "interrupted")
            }
            // A cancelled sleep returns at once, and the loop sees why.
            try? await Task.sleep(for: .milliseconds(50))
        }
        let cache = try VerdictCache(request.location.storeDirectory)
        return try cache.pass(key) ?? cache.failure(key, since: since)
    }

    // MARK: Ending

    /// Brings the shared worktree back to the tree, judges what was seen meanwhile, and records the verdict.
    private func settle(
        _ report: CheckReport, _ leftovers: Int, _ lock: FileLock?, _ cache: borrowing VerdictCache,
        _ progress: inout Progress
    ) async throws {
        let name = report.name
        progress.running.remove(name)
        if leftovers > 0 { progress.result.warnings.append(Odd.leftBehind(name, leftovers)) }
        if checks.contains(where: { $0.name == name && !$0.isolated }) {
            if report.isGood { progress.here.insert(name) }
            switch try await workspace.shared().restore(workspace.holding) {
            case .untouched: break
            case .remade:
                progress.here = []
                workspace.isCold()
                disturb(name, &progress)
                progress.result.warnings.append(Odd.brokenWorktree(name))
            case .restored(let paths):
                disturb(name, &progress)
                progress.result.warnings.append(Odd.changedFiles(name, paths))
            }
        }
        if let key = keys[name], !progress.disturbed.contains(name) {
            try cache.record(report, key, tree: request.tree)
        }
        if let lock { running.release(lock) }
    }

    /// Notes who may have seen something else than the tree: everyone who ran when it was found changed. One that ran
    /// alone has changed it itself, and saw the tree when it began.
    private func disturb(_ name: String, _ progress: inout Progress) {
        let others = progress.running.filter { other in checks.contains { $0.name == other && !$0.isolated } }
        guard !others.isEmpty else { return }
        for other in others.sorted() + [name] where !progress.disturbed.contains(other) {
            progress.disturbed.append(other)
        }
    }

    private func finish(_ report: CheckReport, _ progress: inout Progress) {
        note(report, in: &progress)
        let outcome: CheckReport.Outcome = report.outcome == .cancelled ? .cancelled : .skipped
        for dead in progress.schedule.finished(report.name, good: report.isGood) {
            note(CheckReport(name: dead.name, outcome: outcome, reason: "needs '\(dead.need)'"), in: &progress)
        }
    }

    private func note(_ report: CheckReport, in progress: inout Progress) {
        progress.result.reports[report.name] = report
        request.events(.finished(report))
    }

    /// Runs passes again, one by one, that happened while another check had changed tracked files.
    private func confirm(_ cache: borrowing VerdictCache, _ progress: inout Progress) async throws {
        for name in progress.disturbed where progress.result.reports[name]?.isGood == true {
            guard !Task.isCancelled, let check = checks.first(where: { $0.name == name }) else { continue }
            request.events(.warning("'\(name)' runs again: files were changed while it ran"))
            let shared = try await workspace.shared()
            let (report, leftovers) = try await runOne(check, shared)
            if leftovers > 0 { progress.result.warnings.append(Odd.leftBehind(name, leftovers)) }
            _ = try await shared.restore(workspace.holding)
            if let key = keys[name] { try cache.record(report, key, tree: request.tree) }
            note(report, in: &progress)
        }
    }

    // MARK: Giving up

    private static func tick() async -> Arrival {
        try? await Task.sleep(for: .milliseconds(300))  // Cancelled when the run ends; then nobody reads the tick.
        return .tick
    }

    /// When newer content has taken the place of this: starts nothing more, and ends what the newer run does not need.
    private func giveUpSuperseded(_ progress: inout Progress, _ board: CancelBoard) {
        guard let wanted = request.superseded?() else { return }
        progress.stop = "a newer commit took its place"
        for name in progress.running where keys[name].map({ !wanted.contains($0.hex) }) ?? true { board.cancel(name) }
    }
}
