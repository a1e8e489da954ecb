import Settings
import Store

/// What a check that ended means for the worktree, for verdicts, and for those that ran beside it.
extension Runner {
    /// Brings the shared worktree back to the tree, judges what was seen meanwhile, and records the verdict.
    func settle(
        _ report: CheckReport, _ aftermath: Aftermath, _ lock: FileLock?, _ cache: borrowing VerdictCache,
        _ progress: inout Progress
    ) async throws {
        let name = report.name
        progress.running.remove(name)
        progress.ran.insert(name)
        progress.tell(aftermath, of: name)
        if checks.contains(where: { $0.name == name && !$0.isolated }) {
            if report.isGood { progress.here.insert(name) }
            switch try await workspace.shared().restore(workspace.holding) {
            case .untouched: break
            case .remade:
                progress.here = []
                workspace.isCold()
                progress.disturb(name)
                progress.warnings.append(Odd.brokenWorktree(name))
            case .restored(let paths):
                progress.disturb(name)
                progress.warnings.append(Odd.changedFiles(name, paths))
            }
        }
        trace.end(report)
        if progress.disturbed.contains(name), let check = checks.first(where: { $0.name == name }) {
            artifacts.drop(of: check)
        }
        if let key = keys[name], !progress.disturbed.contains(name) {
            if audited.contains(name), let warning = try Quarantine.judge(report, key, in: request, cache) {
                progress.warnings.append(warning)
            }
            try cache.record(report, key, tree: request.tree, origin: origin)
        }
        if let lock { claims.release(lock) }
    }

    /// Runs passes again, one by one, that happened while another check had changed tracked files.
    func confirm(_ cache: borrowing VerdictCache, _ progress: inout Progress) async throws {
        for name in progress.disturbed where progress.reports[name]?.isGood == true {
            guard !Task.isCancelled, let check = checks.first(where: { $0.name == name }) else { continue }
            request.events(.warning("'\(name)' runs again: files were changed while it ran"))
            let shared = try await workspace.shared()
            let (report, aftermath) = try await runOne(check, shared)
            progress.tell(aftermath, of: name)
            _ = try await shared.restore(workspace.holding)
            if let key = keys[name] { try cache.record(report, key, tree: request.tree, origin: origin) }
            progress.note(report)
        }
    }
}
