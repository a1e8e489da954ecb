import Environments
import GitProcess
import GitValues
import Settings
package import Store

/// Runs the checks of a request on its tree, in pooled worktrees, and returns what came of them.
///
/// Nothing of the user's is touched: no file in the working tree, no index, no reference. Cancelling the task ends all
/// checks; the report then says which were cancelled.
///
/// - Parameter revision: what the user called the tree, for messages.
/// - Throws: `ValidationProblem` when nothing could be judged (no checks, no worktree); a failed check is a report.
package func validate(
    _ request: ValidationRequest, calling revision: String = "HEAD", store: borrowing Store
) async throws -> ValidationReport {
    let clock = SuspendingClock()
    let start = clock.now
    let ready = try await Preparation.make(request, calling: revision, store, auditing: request.purpose != .push)
    defer { ready.workspace.release() }
    let unboxed = ready.open.filter { $0.sandbox && ready.hits[$0.name] == nil }
    if !unboxed.isEmpty, Sandbox.program(ready.environment.searchPath) == nil {
        throw ValidationProblem.noSandbox(unboxed.map(\.name))
    }
    let book = RunBook(ready)
    var request = request
    request.events = book.listening(request.events)

    var schedule = Schedule(
        ready.history.items(ready.open, changed: request.changed), jobs: JobLimit.count(request),
        failFast: request.failFast)
    for name in ready.hits.keys { schedule.known(good: name) }
    var reports = ready.reports
    request.events(
        .planned(
            checks: schedule.waiting.count, expected: schedule.estimate, keys: Set(ready.keys.values.map(\.hex))))
    for report in ready.plan.checks.compactMap({ reports[$0.name] }) { request.events(.finished(report)) }

    var warnings = ready.warnings
    if !schedule.waiting.isEmpty {
        let logs = "\(request.location.storeDirectory)/logs/\(book.id)"
        Files.makeFolder(logs)
        let before = try await RepositoryFacts.of(request.location, request.git)
        let jobs = JobPool(request.location.storeDirectory, limit: JobLimit.count(request))
        let runner = Runner(
            request: request, workspace: ready.workspace, environment: ready.environment, checks: ready.open,
            keys: ready.keys, history: ready.history, audited: ready.audited,
            artifacts: Artifacts(
                store: ArtifactStore(request.location.storeDirectory), keys: ready.keys, logs: logs,
                tree: request.tree, git: request.git), jobs: jobs,
            server: JobServer("\(request.location.storeDirectory)/runs/\(book.id).jobs", jobs),
            trace: request.trace ?? ScheduleTrace(), logs: logs)
        let result: Runner.Result
        do {
            result = try await runner.run(schedule)
        } catch {
            let words = error is CancellationError ? "interrupted" : "\(error)"
            book.close(problem: (error as? any ProblemReport)?.description ?? words)
            throw error
        }
        reports.merge(result.reports) { $1 }
        let after = try await RepositoryFacts.of(request.location, request.git)
        warnings += result.warnings + after.differences(from: before)
    }
    let report = ready.report(reports, wall: (clock.now - start).inSeconds, warnings: warnings)
    try ready.history.record(report.checks, tree: request.tree, store)
    try share(report, ready, store)
    if report.outcome == .passed { await VerdictWriter.write(ready, request) }
    book.close(report)
    book.keepAsLatest()
    // Nobody waits for this any more.
    if report.outcome == .passed { await ready.workspace.environments?.share(rememberingIn: store) }
    try Housekeeping.tidy(request.location.storeDirectory, request.policy, store)
    return report
}

/// Gives passes to the shared cache, where there is one that may be written to.
private func share(_ report: ValidationReport, _ ready: Preparation, _ store: borrowing Store) throws {
    let passed = report.checks.flatMap(\.apart).filter { $0.outcome == .passed }
    guard !passed.isEmpty, ready.request.policy[ValidateKeys.remotePush],
        let remote = try RemoteCache.configured(for: ready.request, store, isToWrite: true, tell: { _ in })
    else { return }
    for report in passed {
        guard let check = ready.open.first(where: { $0.name == report.name }), let key = ready.keys[report.name],
            !ready.quarantined.contains(report.name)
        else { continue }
        remote.share(report, check, key, tree: ready.request.tree)
    }
    remote.remember(in: store)
}

/// The report of a request whose every check has a recorded pass; `nil` when one would have to run, or a tool to be
/// asked: nothing is started here but git.
package func recordedPass(
    _ request: ValidationRequest, calling revision: String, store: borrowing Store
) async throws -> ValidationReport? {
    let clock = SuspendingClock()
    let start = clock.now
    let ready: Preparation
    do {
        ready = try await Preparation.make(request, calling: revision, store, asking: false)
    } catch is ToolVersions.NotKnown {
        return nil
    }
    defer { ready.workspace.release() }
    guard ready.hits.count == ready.open.count else { return nil }
    let report = ready.report(ready.reports, wall: (clock.now - start).inSeconds, warnings: [])
    try ready.history.record(report.checks, tree: request.tree, store)
    await VerdictWriter.write(ready, request)
    return report
}
