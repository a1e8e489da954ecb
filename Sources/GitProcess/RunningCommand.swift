import GitValues
import Subprocess
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The process group of one command while it runs.
final class RunningCommand: Sendable {
    private struct State {
        var group: Int32?
        var timedOut = false
        var output: String?
        var usage: ChildUsage?
        var memory: Int64 = 0
    }

    private let guardian: ProcessGuard
    private let state = Mutex(State())

    init(guardian: ProcessGuard) { self.guardian = guardian }

    /// Notes the group as soon as it exists.
    func started(_ group: Int32) {
        guardian.started(group: group)
        ProcessGroups.add(group)
        let output = pipe(of: group)
        state.withLock { state in
            state.group = group
            state.output = output
        }
    }

    /// Asks the group to end because the time is up.
    func timeIsUp() {
        state.withLock { $0.timedOut = true }
        strike(SIGTERM)
    }

    /// Sends a signal to the group.
    func strike(_ number: Int32) {
        if let group = state.withLock({ $0.group }) { kill(-group, number) }
    }

    /// Whether the first process has ended; it is not waited for by the look.
    var hasExited: Bool {
        guard let group = state.withLock({ $0.group }) else { return false }
        var information = siginfo_t()
        guard waitid(P_PID, id_t(group), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else { return true }
        return information.si_signo == SIGCHLD
    }

    /// Notes what the first process used, once it has ended. Must be awaited before that process is waited for.
    func noteUsage() async {
        guard let group = state.withLock({ $0.group }) else { return }
        var pause = 1
        while !Task.isCancelled {
            switch ChildUsage.of(group) {
            case .ended(let usage): return state.withLock { $0.usage = usage }
            case .unknown: return
            case .running: break
            }
            // It has closed its output and goes on. Cancelled, the loop ends.
            try? await Task.sleep(for: .milliseconds(pause))
            pause = min(pause * 2, 50)
        }
    }

    /// Looks now and then how much memory the group holds, until it is cancelled.
    func watchMemory() async {
        var pause = 50
        while true {
            try? await Task.sleep(for: .milliseconds(pause))  // Cancelled, the loop ends.
            if Task.isCancelled { return }
            pause = min(pause * 2, 2000)
            guard let group = state.withLock({ $0.group }), let memory = GroupMemory.of(group) else { continue }
            state.withLock { $0.memory = max($0.memory, memory) }
        }
    }

    /// What the command used; `nil` when nobody tells.
    var usage: ChildUsage? {
        state.withLock { state in
            state.usage.map { ChildUsage(cpu: $0.cpu, memory: max($0.memory, state.memory)) }
        }
    }

    /// How the command ended, given how its first process did.
    func ending(_ status: TerminationStatus) -> ShellCommand.Ending {
        if state.withLock({ $0.timedOut }) { return .timedOut }
        if Task.isCancelled { return .cancelled }
        switch status {
        case .exited(let code): return .exited(code)
        case .signaled(let number): return .signaled(number)
        }
    }

    /// Ends what the first process left, after it was waited for. Returns how many processes there were.
    ///
    /// - Parameter folder: where nobody else works, and the first process group that did since nobody had.
    func clear(
        mark: String, ranFor duration: TimeSpan, grace: TimeSpan, folder: (path: String, since: Int32)? = nil
    ) async -> Int {
        guard let group = state.withLock({ $0.group }) else { return 0 }
        let leftovers = Leftovers(
            group: group, mark: mark, output: state.withLock { $0.output },
            folder: folder.flatMap { resolvedPath($0.path) },
            since: min(group, folder?.since ?? group), mayHaveWrapped: duration.seconds > 10)
        let count = await leftovers.end(grace: grace)
        ProcessGroups.remove(group)
        guardian.ended(group: group)
        return count
    }
}

/// The process groups of all commands that run now, for signals that are passed on.
package enum ProcessGroups {
    private static let groups = Mutex<Set<Int32>>([])

    static func add(_ group: Int32) { groups.withLock { _ = $0.insert(group) } }

    static func remove(_ group: Int32) { groups.withLock { _ = $0.remove(group) } }

    /// Whether no command runs.
    package static var isEmpty: Bool { groups.withLock { $0.isEmpty } }

    /// Sends a signal to every group.
    package static func signal(_ number: Int32) {
        for group in groups.withLock({ $0 }) { kill(-group, number) }
    }
}
