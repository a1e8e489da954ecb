import Foundation
import GitValues
import Subprocess
import SuiteTestSupport
import SystemPackage
import Testing

@testable import Validation

/// No process of a check outlives it, however it ends.
struct ProcessTests {
    @Test func backgroundChildrenAreEndedAlsoAfterSuccess() async throws {
        let mark = "98\(Int.random(in: 10_000...99_999))"
        let checks = """
            [check "leaky"]
                run = "sleep \(mark)1 & setsid sleep \(mark)2 & (trap '' TERM; sleep \(mark)3) & echo done"

            """
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report()
            #expect(report.outcome == "passed")
            #expect(processes(saying: "sleep\0\(mark)").isEmpty)
            #expect(report.warnings?.contains { $0.contains("left") } == true)
        }
    }

    /// It left the group and dropped its mark; the pipe of the output gives it away.
    @Test func whatHoldsTheOutputOpenIsFoundAndEnded() async throws {
        let mark = "95\(Int.random(in: 10_000...99_999))"
        let checks = "[check \"leaky\"]\n    run = \"env -i setsid sleep \(mark) & sleep 0.3; echo done\"\n"
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report()
            #expect(report.outcome == "passed")
            #expect(processes(saying: "sleep\0\(mark)").isEmpty)
            #expect(report.warnings?.contains { $0.contains("left a process") } == true)
        }
    }

    /// It left group and session, dropped its mark and holds nothing open; it is where nobody else works.
    @Test func aDaemonThatHidesIsEndedWithTheLastCheck() async throws {
        let mark = "93\(Int.random(in: 10_000...99_999))"
        let daemon = "env -i setsid sleep \(mark)1 < /dev/null > /dev/null 2>&1 & sleep 0.3"
        let checks = """
            [check "hidden"]
                run = "\(daemon); touch hidden; sleep 0.3"
            [check "beside"]
                run = "while [ ! -e hidden ]; do sleep 0.05; done; sleep 1; rm hidden"
            [check "after"]
                run = "mkdir -p made; cd made; env -i setsid sleep \(mark)2 < /dev/null > /dev/null 2>&1 & sleep 0.3"
                needs = beside
                needs = hidden

            """
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report("--jobs", "2")
            #expect(report.outcome == "passed", "\(report)")
            #expect(processes(saying: "sleep\0\(mark)").isEmpty)
            #expect((report.warnings ?? []).filter { $0.contains("left a process") }.count == 2, "\(report)")
        }
    }

    @Test func aCheckThatIgnoresTermIsKilledAtItsTimeout() async throws {
        let mark = "97\(Int.random(in: 10_000...99_999))"
        let checks = """
            [check "stubborn"]
                run = "trap '' TERM; sleep \(mark) & sleep \(mark); sleep \(mark)"
                timeout = 300ms

            """
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report()
            #expect(report.outcomes == ["stubborn": "timeout"])
            #expect(report.outcome == "failed")
            #expect(processes(saying: "sleep\0\(mark)").isEmpty)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGKILL])
    func nothingIsLeftAfterASignal(_ number: Int32) async throws {
        let mark = "96\(Int.random(in: 10_000...99_999))"
        let checks = """
            [check "long"]
                run = "setsid sleep \(mark)1 & sleep \(mark)2 & sleep \(mark)3"
            [check "short"]
                run = "test -e .gitpatch"
                tier = quick

            """
        try await CheckedRepository.with(checks) { desk in
            let environment = desk.repository.environment
            let result = try await Subprocess.run(
                .path(FilePath(productsDirectory + "/git-validate")), arguments: [],
                environment: .custom(environment.map { Array("\($0.key)=\($0.value)".utf8) + [0] }),
                workingDirectory: FilePath(desk.repository.path), input: .none, output: .discarded, error: .discarded
            ) { execution in
                let started = try await eventually { processes(saying: "sleep\0\(mark)").count >= 3 }
                #expect(started)
                try execution.send(signal: Signal(rawValue: number))
            }
            if number == SIGKILL {
                #expect(result.terminationStatus == .signaled(SIGKILL))
            } else {
                #expect(result.terminationStatus == .exited(128 + number))
            }
            let isGone = try await eventually { processes(saying: "sleep\0\(mark)").isEmpty }
            #expect(isGone)
            // The worktree of the run is free when nothing of it is left, and is taken by the next.
            let lock = desk.repository.path + "/.git/gitpatch/worktrees/1.slot"
            let isFree = try await eventually { !FileLock.isHeld(lock) }
            #expect(isFree)
            #expect(try await desk.report("--tier", "quick").outcome == "passed")
            let pool = try FileManager.default.contentsOfDirectory(
                atPath: desk.repository.path + "/.git/gitpatch/worktrees")
            #expect(pool.contains("1") && !pool.contains("2"))
        }
    }
}
