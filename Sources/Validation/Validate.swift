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
    let before = try await RepositoryFacts.of(request.location, request.git)

    var reports: [String: CheckReport] = [:]
    for name in plan.leftOut {
        reports[name] = CheckReport(name: name, outcome: .skipped, reason: CheckReport.notConcerned)
    }
    let open = plan.checks.filter { reports[$0.name] == nil }
    request.events(.planned(checks: open.count, expected: nil))
    for report in plan.checks.compactMap({ reports[$0.name] }) { request.events(.finished(report)) }

    let runID = RecordID.make()
    let logs = "\(request.location.storeDirectory)/logs/\(runID)"
    if !open.isEmpty { Files.makeFolder(logs) }
    let runner = Runner(
        request: request, commit: commit, pool: WorktreePool(request.location), logs: logs, checks: open)
    let items = open.map { check in
        Schedule.Item(
            name: check.name, needs: check.needs.filter { need in open.contains { $0.name == need } },
            exclusive: Set(check.exclusive), expected: history.expected(check.name),
            failedLast: history.failedLast(check.name))
    }
    let jobs = JobLimit.count(request)
    let result = try await runner.run(Schedule(items, jobs: jobs, failFast: request.failFast))
    reports.merge(result.reports) { $1 }
    try history.record(open.compactMap { reports[$0.name] }, tree: request.tree, store)

    let sorted = plan.checks.compactMap { reports[$0.name] }
    let after = try await RepositoryFacts.of(request.location, request.git)
    return ValidationReport(
        commit: request.commit, tree: request.tree, tier: request.tier,
        outcome: sorted.count == plan.checks.count && sorted.allSatisfy(\.isGood) ? .passed : .failed,
        wall: (clock.now - start).inSeconds, checks: sorted, warnings: result.warnings + after.differences(from: before)
    )
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
