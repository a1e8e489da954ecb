import Foundation
import SuiteTestSupport
import Testing

@testable import Validation

/// `-j` is a limit for all runs of a repository together.
struct JobPoolTests {
    /// Each check notes how many run beside it.
    private static func counting(_ count: Int, _ extra: String = "") -> String {
        (1...count).map { number in
            """
            [check "c\(number)"]
                run = "mkdir $LEDGER/$GITPATCH_CHECK.$$; ls $LEDGER | wc -l >> $LEDGER.seen; sleep 0.3; rmdir $LEDGER/$GITPATCH_CHECK.$$"
                env = LEDGER
                env = ROUND
                \(extra)

            """
        }.joined()
    }

    private func most(_ desk: CheckedRepository, _ ledger: String, _ arguments: [[String]]) async throws -> Int {
        try FileManager.default.createDirectory(atPath: ledger, withIntermediateDirectories: true)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (round, words) in arguments.enumerated() {
                let repository = desk.repository.with(environment: ["LEDGER": ledger, "ROUND": "\(round)"])
                group.addTask {
                    let result = try await repository.run("git-validate", words)
                    #expect(result.exitCode == 0, "\(result)")
                }
            }
            try await group.waitForAll()
        }
        let seen = try String(contentsOfFile: ledger + ".seen", encoding: .utf8)
        return seen.split(separator: "\n").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }.max() ?? 0
    }

    @Test func aRunTakesTheJobThatItHasJustFreed() async throws {
        let checks = (1...4).map { "[check \"c\($0)\"]\n    run = true\n" }.joined()
        try await CheckedRepository.with(checks) { desk in
            let alone = try await desk.validate("-j1")
            #expect(alone.succeeded)
            #expect(!alone.errorOutput.contains("use all jobs"), "nobody else runs: \(alone)")
        }
    }

    @Test func twoRunsShareTheJobs() async throws {
        try await CheckedRepository.with(Self.counting(3)) { desk in
            let ledger = desk.repository.scratch.path + "/ledger"
            let seen1 = try await most(desk, ledger, [["-j2"], ["-j2"]])
            #expect(seen1 == 2)
            let seen2 = try await most(desk, ledger + "1", [["-j1", "--no-cache"], ["-j1", "--no-cache"]])
            #expect(seen2 == 1)
        }
    }

    @Test func exclusiveHoldsBetweenRuns() async throws {
        try await CheckedRepository.with(Self.counting(2, "exclusive = port")) { desk in
            let ledger = desk.repository.scratch.path + "/ledger"
            let seen3 = try await most(desk, ledger, [["-j4"], ["-j4"]])
            #expect(seen3 == 1)
        }
    }

    @Test func slotsAreNumberedAndGoBack() async throws {
        try await Scratch.with { scratch in
            let (two, one) = (JobPool(scratch.path, limit: 2), JobPool(scratch.path, limit: 1))
            var held = [try two.slot(), try two.slot()]
            #expect(held.allSatisfy { $0 != nil })
            #expect(try two.slot() == nil)
            #expect(try one.slot() == nil)
            held.removeLast()
            #expect(try one.slot() == nil)  // Slot 2 is free, and not for a run that may use one.
            // What is given back may stay locked for a moment: by a child of another test between its fork and its exec.
            #expect(try await eventually { try two.slot() != nil })
            held = []
            #expect(try await eventually { try one.slot() != nil })
            #expect(!one.isAwaited)
            two.wait(true)
            #expect(one.isAwaited)
            two.wait(false)
            #expect(try await eventually { !one.isAwaited })
        }
    }

    @Test func whatIsLentComesBackOrIsReset() async throws {
        try await Scratch.with { scratch in
            let pool = JobPool(scratch.path, limit: 3)
            let own = try pool.slot()
            let server = try #require(JobServer(scratch.path + "/fifo", pool))
            server.balance()
            #expect(try pool.slot() == nil)
            // A make that takes one and never gives it back.
            let client = FileHandle(forUpdatingAtPath: scratch.path + "/fifo")
            #expect(try client?.read(upToCount: 1) == Data("+".utf8))
            #expect(server.takeBack() != nil)
            #expect(server.takeBack() == nil)
            server.reset()
            #expect(try await eventually { try pool.slot() != nil })
            withExtendedLifetime(own) {}
        }
    }

    /// GNU make below a check runs no more jobs at once than are free.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/make"), "needs GNU make"))
    func makeSharesTheJobs() async throws {
        let makefile = """
            all: a b c d
            a b c d:
            \t@mkdir $(LEDGER)/$@; ls $(LEDGER) | wc -l >> $(LEDGER).seen; sleep 0.3; rmdir $(LEDGER)/$@

            """
        let checks = "[check \"made\"]\n    run = make -s all\n    env = LEDGER\n    env = ROUND\n"
        try await CheckedRepository.with(checks, files: ["Makefile": makefile]) { desk in
            let ledger = desk.repository.scratch.path + "/ledger"
            let seen4 = try await most(desk, ledger, [["-j3"]])
            #expect(seen4 == 3)
            let seen5 = try await most(desk, ledger + "1", [["-j1", "--no-cache"]])
            #expect(seen5 == 1)
        }
    }
}
