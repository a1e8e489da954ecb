import GitValues
import Synchronization
import SystemPackage
import Testing

@testable import GitProcess

/// A number that a command told.
private final class Told: Sendable {
    let number = Mutex<Int32?>(nil)
}

/// What a command used, as the kernel tells.
struct ChildUsageTests {
    private func usage(
        _ line: String, timeout: TimeSpan? = nil
    ) async throws -> (outcome: ShellCommand.Outcome, usage: ChildUsage?) {
        let guardian = try ProcessGuard()
        defer { guardian.end() }
        let command = ShellCommand(
            line, in: "/", environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], timeout: timeout)
        let outcome = try await command.run(under: guardian) { _ in }
        return (outcome, outcome.usage)
    }

    /// Spends some processor time without waiting.
    private let spin = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"

    @Test func timeOfChildrenCounts() async throws {
        let idle = try #require(try await usage("sleep 0.3").usage)
        let busy = try #require(try await usage("sh -c '\(spin)'").usage)
        #expect(busy.cpu > 0.02 && busy.cpu > idle.cpu, "\(busy) v. \(idle)")
        #expect(idle.memory > 0)
    }

    @Test func memoryIsThatOfAllProcessesOfTheGroup() async throws {
        // Each holds 32 MB in the shell's own memory until it is ended.
        let hold = "x=$(head -c 33554432 /dev/zero | tr '\\0' a); sleep 60"
        let command = ShellCommand(
            "echo $$; for n in 1 2 3; do (\(hold)) & done; wait", in: "/",
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
        let guardian = try ProcessGuard()
        defer { guardian.end() }
        let group = Told()
        let most = try await withThrowingTaskGroup(of: Int64?.self) { tasks in
            tasks.addTask {
                _ = try await command.run(under: guardian) { bytes in
                    group.number.withLock { $0 = Int32(String(decoding: bytes.dropLast(), as: UTF8.self)) }
                }
                return nil
            }
            tasks.addTask {
                var most: Int64 = 0
                for _ in 0..<500 where most < 90 << 20 {
                    try await Task.sleep(for: .milliseconds(50))
                    most = max(most, group.number.withLock { $0 }.flatMap { GroupMemory.of($0) } ?? 0)
                }
                return most
            }
            var most: Int64?
            while most == nil, let answer = try await tasks.next() { most = answer }
            tasks.cancelAll()
            return most
        }
        // The kernel counts in steps of some pages, so a little is missing.
        #expect((most ?? 0) >= 90 << 20, "\(most ?? 0) of three")
    }

    @Test func howeverACommandEndsItsUsageIsKnown() async throws {
        #expect(try await usage("exit 3").usage != nil)
        #expect(try await usage("kill -9 $$").usage != nil)
        let late = try await usage("sleep 30", timeout: TimeSpan(seconds: 0.2))
        #expect(late.outcome.ending == .timedOut && late.usage != nil)
        // It closes its output and goes on.
        let quiet = try await usage("exec >/dev/null 2>&1; \(spin); exit 4")
        #expect(quiet.outcome.ending == .exited(4) && (quiet.usage?.cpu ?? 0) > 0.01)
        // What is left behind holds the output open.
        let left = try await usage("sleep 30 & exit 0")
        #expect(left.outcome.ending == .exited(0) && left.outcome.leftovers == 1 && left.usage != nil)
    }

    @Test func whatIsNoChildIsNotGuessed() {
        guard case .unknown = ChildUsage.of(1) else {
            Issue.record("the first process is no child of ours")
            return
        }
    }
}
