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
    /// Checks whose recorded pass is put to the test.
    let audited: Set<String>
    let artifacts: Artifacts
    let jobs: JobPool
    let server: JobServer?
    let trace: ScheduleTrace
    /// The folder of this run's logs.
    let logs: String

    /// Who has the checks run, for people.
    private var origin: String { "\(request.purpose.text) \(logs.split(separator: "/").last ?? "")" }

    private var running: RunningKeys { RunningKeys(request.location.storeDirectory) }

    /// What came of the checks, and what is odd.
    struct Result: Sendable {
        var reports: [String: CheckReport] = [:]
        var warnings: [String] = []
    }

    /// What a check leaves besides its report.
    struct Aftermath: Sendable {
        /// Processes that were ended.
        var leftovers: Int
        /// What is odd about its artifacts.
        var warning: String?
    }

    /// What a task of the run brings back.
    private enum Arrival: Sendable {
        case ran(CheckReport, Aftermath, FileLock?, JobPool.Lease)
        /// Another process has run the check; `nil` when it ended without a verdict.
        case joined(String, CheckReport?)
        case tick
        /// A slot may be free now.
        case retry
    }

    /// Where the run stands.
    struct Progress {
        var schedule: Schedule
        var result = Result()
        /// Checks that ran in the shared worktree, or whose artifacts were put there.
        var here: Set<String> = []
        /// Checks that ran.
        var ran: Set<String> = []
        /// Checks whose verdict is known but that are run because a dependant needs what they make.
        var again: Set<String> = []
        var running: Set<String> = []
        /// Checks that ran while another changed tracked files.
        var disturbed: [String] = []
        /// Whether a check could start but for other runs that use what it needs.
        var isBlocked = false
        /// Whether a task of the run will look again.
        var isRetrying = false
        /// Why nothing is started any more.
        var stop: String?

        /// Whether nothing runs and nothing is about to.
        var isIdle: Bool { running.isEmpty && !(isBlocked && stop == nil) }
    }

    /// Runs until every check of the schedule has its report. Cancelling the task ends the running ones and cancels the
    /// others.
    ///
    /// - Throws: `ValidationProblem.noWorktree`, `StoreError`.
    func run(_ schedule: Schedule) async throws -> Result {
        var progress = Progress(schedule: schedule)
        let cache = try VerdictCache(request.location.storeDirectory)
        let board = CancelBoard()
        defer { jobs.wait(false) }
        try await withThrowingTaskGroup(of: Arrival.self) { group in
            try await start(&progress, board, cache, &group)
            if request.superseded != nil, !progress.isIdle { group.addTask { await Runner.tick() } }
            if let server, !progress.isIdle { group.addTask { await Runner.serve(server) } }
            while !progress.isIdle, let mayStart = try await take(&progress, board, cache, &group) {
                if mayStart { try await start(&progress, board, cache, &group) }
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

    /// Waits for the next thing to happen and settles it. What a check held is free when this returns, for the next one
    /// to take.
    ///
    /// - Returns: whether something may start now; `nil` when nothing will happen any more.
    private func take(
        _ progress: inout Progress, _ board: CancelBoard, _ cache: borrowing VerdictCache,
        _ group: inout ThrowingTaskGroup<Arrival, any Error>
    ) async throws -> Bool? {
        guard let arrival = try await group.next() else { return nil }
        switch arrival {
        case .retry: progress.isRetrying = false
        case .tick:
            giveUpSuperseded(&progress, board)
            // In a cancelled group it would be back at once, again and again.
            if progress.stop == nil, !Task.isCancelled { group.addTask { await Runner.tick() } }
            return false
        case .joined(let name, let report):
            progress.running.remove(name)
            if let report {
                finish(report, &progress)
            } else {
                progress.schedule.reopen([name])
            }
        case .ran(let report, let aftermath, let lock, let lease):
            try await settle(report, aftermath, lock, cache, &progress)
            finish(report, &progress)
            withExtendedLifetime(lease) {}
            if progress.running.isEmpty { server?.reset() }
        }
        if request.failFast, progress.stop == nil, progress.result.reports.values.contains(where: { !$0.isGood }) {
            progress.stop = "another check failed"
            group.cancelAll()
        }
        return true
    }

    // MARK: Starting

    private func start(
        _ progress: inout Progress, _ board: CancelBoard, _ cache: borrowing VerdictCache,
        _ group: inout ThrowingTaskGroup<Arrival, any Error>
    ) async throws {
        var blocked: Set<String> = []
        while progress.stop == nil, !Task.isCancelled, !Interruption.isRequested,
            let name = progress.schedule.next(except: blocked)
        {
            guard let check = checks.first(where: { $0.name == name }) else { continue }
            let lacksArtifacts = request.wantsArtifacts && !check.artifacts.isEmpty && !artifacts.areKept(of: check)
            let mayReuse =
                request.useCache && !progress.again.contains(name) && !audited.contains(name) && !lacksArtifacts
            // Another process may have finished it since the plan was made.
            if let key = keys[name], mayReuse, let hit = try cache.pass(key, fromOthers: request.believesOthers) {
                finish(hit, &progress)
                continue
            }
            if let key = keys[name], mayReuse, running.isClaimed(key) {
                join(name, key, &progress, &group)
                continue
            }
            let missing = try await bringNeeds(of: check, &progress)
            if !missing.isEmpty {
                progress.again.formUnion(missing)
                progress.schedule.reopen(missing + [name])
                continue
            }
            guard let slot = try jobs.slot() ?? server?.takeBack() else {
                progress.schedule.reopen([name])
                blocked.formUnion(progress.schedule.waiting)
                break
            }
            guard let lease = try jobs.lease(slot, exclusive: check.exclusive) else {
                progress.schedule.reopen([name])
                blocked.insert(name)
                continue
            }
            let claim = try self.claim(check)
            if let key = keys[name], claim == nil, mayReuse {
                join(name, key, &progress, &group)
                continue
            }
            progress.running.insert(name)
            let shared = check.isolated ? nil : try await workspace.shared()
            request.events(.started(check: name))
            trace.begin(name)
            group.addTask {
                let (report, aftermath) = try await board.cancelling(name) { try await runOne(check, shared) }
                return .ran(report, aftermath, claim, lease)
            }
        }
        lookAgain(!blocked.isEmpty, &progress, &group)
    }

    /// Waits for the process that runs a check already, instead of running it.
    private func join(
        _ name: String, _ key: CheckKey, _ progress: inout Progress,
        _ group: inout ThrowingTaskGroup<Arrival, any Error>
    ) {
        progress.running.insert(name)
        request.events(.joined(check: name, remaining: running.remaining(key)))
        group.addTask { .joined(name, try await join(name, key)) }
    }

    /// When other runs hold what is needed: says so once, and looks again soon. Speculation looks less often, so that a
    /// slot that becomes free mostly goes to those somebody waits for.
    private func lookAgain(
        _ isBlocked: Bool, _ progress: inout Progress, _ group: inout ThrowingTaskGroup<Arrival, any Error>
    ) {
        if isBlocked, !progress.isBlocked, progress.running.isEmpty { request.events(.queued) }
        progress.isBlocked = isBlocked
        jobs.wait(isBlocked)
        guard isBlocked, !progress.isRetrying else { return }
        progress.isRetrying = true
        let pause = request.purpose == .speculation ? 300 : 25
        group.addTask {
            // Cancelled: the loop looks once more, and sees why.
            try? await Task.sleep(for: .milliseconds(pause))
            return .retry
        }
    }

    /// Lends free slots to what the checks start, until the run ends.
    private static func serve(_ server: JobServer) async -> Arrival {
        while !Task.isCancelled {
            server.balance()
            try? await Task.sleep(for: .milliseconds(100))  // Cancelled: the loop ends.
        }
        return .retry
    }

    private func claim(_ check: CheckDefinition) throws(FileLockProblem) -> FileLock? {
        guard let key = keys[check.name] else { return nil }
        let expected = history.isKnown(check.name) ? history.expected(check.name) : nil
        return try running.claim(
            key, RunningKeys.Note(check: check.name, started: .now(), expected: expected))
    }

    // MARK: Running

    private func runOne(
        _ check: CheckDefinition, _ shared: PooledWorktree?
    ) async throws -> (report: CheckReport, aftermath: Aftermath) {
        if let shared { return await run(check, in: shared) }
        let own = try await workspace.own()
        defer { own.release() }
        for giver in givers(to: check) where !artifacts.restore(of: giver, into: own.path) {
            let reason = "what '\(giver.name)' made cannot be restored: run it again"
            return (CheckReport(name: check.name, outcome: .failed, reason: reason), Aftermath(leftovers: 0))
        }
        return await run(check, in: own)
    }

    private func run(
        _ check: CheckDefinition, in worktree: PooledWorktree
    ) async -> (report: CheckReport, aftermath: Aftermath) {
        var variables = environment.variables(
            for: check, commit: workspace.commit, tree: request.tree, worktree: worktree.path,
            ceiling: workspace.pool.folder)
        if let shard = check.shard {
            variables[SplitNote.variable] = SplitNote.path(
                of: shard, tree: request.tree, in: request.useCache ? request.location.storeDirectory : logs)
        }
        let isOwn = variables["MAKEFLAGS"] != nil
        if let server, !isOwn { variables.merge(server.variables) { $1 } }
        let run = CheckRun(
            check: check, variables: variables, log: logs + "/" + LogName.of(check.name),
            server: isOwn ? nil : server, events: request.events)
        var (report, leftovers) = await run.run(in: worktree)
        report.key = keys[check.name]?.hex
        if let log = report.log { KeptReport.keep(check, from: worktree.path, log: log) }
        let warning = await artifacts.keep(of: check, from: worktree.path, &report)
        return (report, Aftermath(leftovers: leftovers, warning: warning))
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
        return try cache.pass(key, fromOthers: request.believesOthers) ?? cache.failure(key, since: since)
    }

    // MARK: Ending

    /// Brings the shared worktree back to the tree, judges what was seen meanwhile, and records the verdict.
    private func settle(
        _ report: CheckReport, _ aftermath: Aftermath, _ lock: FileLock?, _ cache: borrowing VerdictCache,
        _ progress: inout Progress
    ) async throws {
        let name = report.name
        progress.running.remove(name)
        progress.ran.insert(name)
        tell(aftermath, of: name, &progress)
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
        trace.end(report)
        if progress.disturbed.contains(name), let check = checks.first(where: { $0.name == name }) {
            artifacts.drop(of: check)
        }
        if let key = keys[name], !progress.disturbed.contains(name) {
            if audited.contains(name), let warning = try Quarantine.judge(report, key, in: request, cache) {
                progress.result.warnings.append(warning)
            }
            try cache.record(report, key, tree: request.tree, origin: origin)
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

    private func tell(_ aftermath: Aftermath, of name: String, _ progress: inout Progress) {
        if aftermath.leftovers > 0 { progress.result.warnings.append(Odd.leftBehind(name, aftermath.leftovers)) }
        if let warning = aftermath.warning { progress.result.warnings.append(warning) }
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
            let (report, aftermath) = try await runOne(check, shared)
            tell(aftermath, of: name, &progress)
            _ = try await shared.restore(workspace.holding)
            if let key = keys[name] { try cache.record(report, key, tree: request.tree, origin: origin) }
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
