import Foundation
import GitValues
import SuiteTestSupport
import SystemPackage
import Testing

@testable import GitProcess

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
        try await Scratch.with { scratch in
            func stat(_ process: String, _ name: String, group: Int, pages: String) throws {
                let folder = scratch.path + "/" + process
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let zeros = Array(repeating: "0", count: 18).joined(separator: " ")
                let text = "\(process) (\(name)) S 1 \(group) \(zeros) \(pages) 18446744073709551615 1 1\n"
                try text.write(toFile: folder + "/stat", atomically: true, encoding: .utf8)
            }
            try stat("10", "sh", group: 10, pages: "100")
            try stat("11", "a) R 1 99 (b", group: 10, pages: "20")
            try stat("12", "other", group: 12, pages: "7")
            try stat("13", "odd", group: 12, pages: "x")
            try stat("self", "again", group: 10, pages: "1000")
            try FileManager.default.createDirectory(atPath: scratch.path + "/14", withIntermediateDirectories: true)
            let page = Int64(sysconf(Int32(_SC_PAGESIZE)))
            #expect(GroupMemory.sums(in: scratch.path) == [10: 120 * page, 12: 7 * page])
            #expect(GroupMemory.sums(in: scratch.path + "/none") == [:])
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/stat")))
    func theKernelWritesWhatIsRead() throws {
        #expect((GroupMemory.sums()[getpgrp()] ?? 0) > 1 << 20)
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
