import GitProcess
import GitValues
import Settings
import Store

/// Which checks start, and when.
extension Runner {
    /// Starts all that can start now.
    func start(
        _ progress: inout Progress, _ board: CancelBoard, _ cache: borrowing VerdictCache,
        _ group: inout Arrivals
    ) async throws {
        var blocked: Set<String> = []
        while progress.stop == nil, !Task.isCancelled, !Interruption.isRequested,
            let name = progress.schedule.next(except: blocked)
        {
            guard let check = checks.first(where: { $0.name == name }) else { continue }
            let shared = mayShare(check, progress) ? keys[name] : nil
            // Another process may have finished it since the plan was made.
            if let shared, let hit = try cache.pass(shared, fromOthers: request.believesOthers) {
                progress.finish(hit)
                continue
            }
            if let shared, claims.isClaimed(shared) {
                join(name, shared, &progress, &group)
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
            if let shared, claim == nil {
                join(name, shared, &progress, &group)
                continue
            }
            progress.running.insert(name)
            let worktree = check.isolated ? nil : try await workspace.shared()
            request.events(.started(check: name))
            trace.begin(name)
            group.addTask {
                let (report, aftermath) = try await board.cancelling(name) { try await runOne(check, worktree) }
                return .ran(report, aftermath, claim, lease)
            }
        }
        lookAgain(!blocked.isEmpty, &progress, &group)
    }

    /// Whether a verdict will do that another process comes to: nobody tests the recorded one, and nothing that the check
    /// makes is missing.
    private func mayShare(_ check: CheckDefinition, _ progress: Progress) -> Bool {
        let lacksArtifacts = request.wantsArtifacts && !check.artifacts.isEmpty && !artifacts.areKept(of: check)
        return request.useCache && !progress.again.contains(check.name) && !audited.contains(check.name)
            && !lacksArtifacts
    }

    /// Waits for the process that runs a check already, instead of running it.
    private func join(
        _ name: String, _ key: CheckKey, _ progress: inout Progress,
        _ group: inout Arrivals
    ) {
        progress.running.insert(name)
        request.events(.joined(check: name, remaining: claims.remaining(key)))
        group.addTask { .joined(name, try await join(name, key)) }
    }

    /// When other runs hold what is needed: says so once, and looks again soon. Speculation looks less often, so that a
    /// slot that becomes free mostly goes to those somebody waits for.
    private func lookAgain(
        _ isBlocked: Bool, _ progress: inout Progress, _ group: inout Arrivals
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

    private func claim(_ check: CheckDefinition) throws(FileLockProblem) -> FileLock? {
        guard let key = keys[check.name] else { return nil }
        let expected = history.isKnown(check.name) ? history.expected(check.name) : nil
        return try claims.claim(
            key, RunningKeys.Note(check: check.name, started: .now(), expected: expected))
    }
}
