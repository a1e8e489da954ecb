import GitProcess
import GitValues
import Settings
import Store

/// One check on its way to a report; none of this knows of the others.
extension Runner {
    func runOne(
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
    func join(_ name: String, _ key: CheckKey) async throws -> CheckReport? {
        let since = Timestamp.now()
        while claims.isClaimed(key) {
            if Task.isCancelled || Interruption.isRequested {
                return CheckReport(name: name, outcome: .cancelled, reason: "interrupted")
            }
            // A cancelled sleep returns at once, and the loop sees why.
            try? await Task.sleep(for: .milliseconds(50))
        }
        let cache = try VerdictCache(request.location.storeDirectory)
        return try cache.pass(key, fromOthers: request.believesOthers) ?? cache.failure(key, since: since)
    }
}
