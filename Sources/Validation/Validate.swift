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
    let ready = try await Preparation.make(request, calling: revision, store)
    defer { ready.workspace.release() }
    let book = RunBook(ready)
    var request = request
    request.events = book.listening(request.events)

    var schedule = Schedule(
        ready.history.items(ready.open), jobs: JobLimit.count(request), failFast: request.failFast)
    for name in ready.hits.keys { schedule.known(good: name) }
    var reports = ready.reports
    request.events(
        .planned(
            checks: schedule.waiting.count, expected: schedule.estimate, keys: Set(ready.keys.values.map(\.hex))))
    for report in ready.plan.checks.compactMap({ reports[$0.name] }) { request.events(.finished(report)) }

    var warnings: [String] = []
    if !schedule.waiting.isEmpty {
        let logs = "\(request.location.storeDirectory)/logs/\(book.id)"
        Files.makeFolder(logs)
        let before = try await RepositoryFacts.of(request.location, request.git)
        let runner = Runner(
            request: request, workspace: ready.workspace, environment: ready.environment, checks: ready.open,
            keys: ready.keys, history: ready.history, logs: logs)
        let result: Runner.Result
        do {
            result = try await runner.run(schedule)
        } catch {
            book.close(problem: (error as? any ProblemReport)?.description ?? "\(error)")
            throw error
        }
        reports.merge(result.reports) { $1 }
        let after = try await RepositoryFacts.of(request.location, request.git)
        warnings = result.warnings + after.differences(from: before)
    }
    let report = ready.report(reports, wall: (clock.now - start).inSeconds, warnings: warnings)
    try ready.history.record(report.checks, tree: request.tree, store)
    if report.outcome == .passed { await VerdictWriter.write(ready, request) }
    book.close(report)
    book.keepAsLatest()
    try Housekeeping.tidy(request.location.storeDirectory, store)
    return report
}

/// The report of a request whose every check has a recorded pass; `nil` when one would have to run.
package func recordedPass(
    _ request: ValidationRequest, calling revision: String, store: borrowing Store
) async throws -> ValidationReport? {
    let clock = SuspendingClock()
    let start = clock.now
    let ready = try await Preparation.make(request, calling: revision, store)
    defer { ready.workspace.release() }
    guard ready.hits.count == ready.open.count else { return nil }
    let report = ready.report(ready.reports, wall: (clock.now - start).inSeconds, warnings: [])
    try ready.history.record(report.checks, tree: request.tree, store)
    await VerdictWriter.write(ready, request)
    return report
}
