import GitProcess
import GitValues
import Settings
import Store

/// Runs the checks of a plan that have no verdict yet, side by side as the schedule allows.
///
/// One task decides everything: it starts what can start, waits for the next thing to happen, settles it, and starts what
/// has become possible. What is known at any time is `Progress`.
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
    var origin: String { "\(request.purpose.text) \(logs.split(separator: "/").last ?? "")" }

    var claims: RunningKeys { RunningKeys(request.location.storeDirectory) }

    /// What came of the checks, and what is odd.
    struct Result: Sendable {
        var reports: [String: CheckReport]
        var warnings: [String]
    }

    /// What a check leaves besides its report.
    struct Aftermath: Sendable {
        /// Processes that were ended.
        var leftovers: Int
        /// What is odd about its artifacts.
        var warning: String?
    }

    /// What a task of the run brings back.
    enum Arrival: Sendable {
        case ran(CheckReport, Aftermath, FileLock?, JobPool.Lease)
        /// Another process has run the check; `nil` when it ended without a verdict.
        case joined(String, CheckReport?)
        case tick
        /// A slot may be free now.
        case retry
    }

    typealias Arrivals = ThrowingTaskGroup<Arrival, any Error>

    /// Runs until every check of the schedule has its report. Cancelling the task ends the running ones and cancels the
    /// others.
    ///
    /// - Throws: `ValidationProblem.noWorktree`, `StoreError`.
    func run(_ schedule: Schedule) async throws -> Result {
        var progress = Progress(schedule: schedule, checks: checks, events: request.events)
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
            progress.note(CheckReport(name: name, outcome: .cancelled, reason: progress.stop ?? "interrupted"))
        }
        try await confirm(cache, &progress)
        return Result(reports: progress.reports, warnings: progress.warnings)
    }

    /// Waits for the next thing to happen and settles it. What a check held is free when this returns, for the next one
    /// to take.
    ///
    /// - Returns: whether something may start now; `nil` when nothing will happen any more.
    private func take(
        _ progress: inout Progress, _ board: CancelBoard, _ cache: borrowing VerdictCache,
        _ group: inout Arrivals
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
                progress.finish(report)
            } else {
                progress.schedule.reopen([name])
            }
        case .ran(let report, let aftermath, let lock, let lease):
            try await settle(report, aftermath, lock, cache, &progress)
            progress.finish(report)
            withExtendedLifetime(lease) {}
            if progress.running.isEmpty { server?.reset() }
        }
        if request.failFast, progress.stop == nil, progress.reports.values.contains(where: { !$0.isGood }) {
            progress.stop = "another check failed"
            group.cancelAll()
        }
        return true
    }

    // MARK: What runs beside the checks

    /// Lends free slots to what the checks start, until the run ends.
    private static func serve(_ server: JobServer) async -> Arrival {
        while !Task.isCancelled {
            server.balance()
            try? await Task.sleep(for: .milliseconds(100))  // Cancelled: the loop ends.
        }
        return .retry
    }

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
