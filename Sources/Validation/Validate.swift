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
    let plan = try Plan(request, calling: revision)
    let commit =
        if let known = request.commit { known } else { try await request.git.wrapping(tree: request.tree) }
    let history = try History(plan.checks.map(\.name), store)
    let environment = CheckEnvironment()
    let workspace = Workspace(request, commit: commit)
    defer { workspace.release() }

    var reports = plan.skips
    let open = plan.checks.filter { reports[$0.name] == nil }
    let tools = try await ToolVersions.ask(open, workspace, environment, store)
    let keys = try await KeyMaker(request: request, plan: plan, environment: environment).keys(tools)
    let hits = request.useCache ? try passes(open, keys, request) : [:]
    reports.merge(hits) { $1 }

    var schedule = Schedule(history.items(open), jobs: JobLimit.count(request), failFast: request.failFast)
    for name in hits.keys { schedule.known(good: name) }
    request.events(.planned(checks: open.count - hits.count, expected: schedule.estimate))
    for report in plan.checks.compactMap({ reports[$0.name] }) { request.events(.finished(report)) }

    var warnings: [String] = []
    if hits.count < open.count {
        let logs = "\(request.location.storeDirectory)/logs/\(RecordID.make())"
        Files.makeFolder(logs)
        let before = try await RepositoryFacts.of(request.location, request.git)
        let runner = Runner(
            request: request, workspace: workspace, environment: environment, checks: open, keys: keys,
            history: history, logs: logs)
        let result = try await runner.run(schedule)
        reports.merge(result.reports) { $1 }
        let after = try await RepositoryFacts.of(request.location, request.git)
        warnings = result.warnings + after.differences(from: before)
    }
    let sorted = plan.checks.compactMap { reports[$0.name] }
    try history.record(sorted, tree: request.tree, store)
    return ValidationReport(
        commit: request.commit, tree: request.tree, tier: request.tier,
        outcome: sorted.count == plan.checks.count && sorted.allSatisfy(\.isGood) ? .passed : .failed,
        wall: (clock.now - start).inSeconds, checks: sorted, warnings: warnings)
}

/// The recorded passes of checks by name.
private func passes(
    _ checks: [CheckDefinition], _ keys: [String: CheckKey], _ request: ValidationRequest
) throws -> [String: CheckReport] {
    let cache = try VerdictCache(request.location.storeDirectory)
    var hits: [String: CheckReport] = [:]
    for check in checks {
        if let key = keys[check.name], let hit = try cache.pass(key) { hits[check.name] = hit }
    }
    return hits
}

extension GitProgram {
    /// A commit that holds a tree and nothing else, on no reference; the same one each time.
    func wrapping(tree: ObjectID) async throws -> ObjectID {
        var git = self
        for role in ["AUTHOR", "COMMITTER"] {
            git.environment = git.environment.setting("GIT_\(role)_NAME", "git-patch")
                .setting("GIT_\(role)_EMAIL", "git-patch@localhost").setting("GIT_\(role)_DATE", "@0 +0000")
        }
        let made = try await git.output(["commit-tree", "--no-gpg-sign", "-m", "a tree to validate", tree.hex])
        guard let id = ObjectID(hex: made.text) else {
            throw GitProcessError(code: .failed, operation: "git commit-tree", message: "no object id")
        }
        return id
    }
}
