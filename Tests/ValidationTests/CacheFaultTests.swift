import Foundation
import SuiteTestSupport
import Testing

@testable import Validation

/// Damage, kills and races never turn a failure into a pass.
struct CacheFaultTests {
    private static let rounds = ProcessInfo.processInfo.environment["GITPATCH_LONG"] == nil ? 1 : 25

    private static let checks = """
        [check "good"]
            run = true
        [check "bad"]
            run = "sleep 0.05; exit 1"
        [check "after"]
            run = true
            needs = bad

        """

    /// Whatever is asked, the answer is not a pass.
    private func neverPasses(_ desk: CheckedRepository, _ note: String, _ arguments: String...) async throws {
        let result = try await desk.repository.run("git-validate", ["--json"] + arguments)
        #expect(result.exitCode != 0, "\(note): \(result)")
        if let report = try? JSONDecoder().decode(CheckedRepository.Report.self, from: Data(result.outputBytes)) {
            #expect(report.outcome != "passed", "\(note)")
            #expect(report.outcomes["bad"].map { $0 != "passed" && $0 != "cached" } ?? true, "\(note)")
        }
    }

    @Test func damagedFiles() async throws {
        try await CheckedRepository.with(Self.checks) { desk in
            try await neverPasses(desk, "first")
            let folder = desk.repository.path + "/.git/gitpatch"
            let original = folder + "-original"
            // Everything into one file, so that damage hits what is read.
            _ = try await desk.repository.run("sqlite3", [folder + "/store.sqlite", "PRAGMA wal_checkpoint(TRUNCATE)"])
            try FileManager.default.copyItem(atPath: folder, toPath: original)
            var random = SplitMix(state: 11)
            for round in 0..<(12 * Self.rounds) {
                try FileManager.default.removeItem(atPath: folder)
                try FileManager.default.copyItem(atPath: original, toPath: folder)
                let files = ["store.sqlite", "store.sqlite-wal"].map { folder + "/" + $0 }
                    .filter { (FileManager.default.contents(atPath: $0)?.count ?? 0) > 0 }
                for path in files {
                    var bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
                    if round % 4 == 3 { bytes.removeLast(bytes.count / 3) }
                    for _ in 0..<(1 + round % 3 * 40) {
                        bytes[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
                    }
                    try Data(bytes).write(to: URL(fileURLWithPath: path))
                }
                try await neverPasses(desk, "damage \(round)")
            }
        }
    }

    /// The one bit that decides.
    @Test func aVerdictThatWasChangedIsNone() async throws {
        try await CheckedRepository.with(Self.checks) { desk in
            try await neverPasses(desk, "first")
            let store = desk.repository.path + "/.git/gitpatch/store.sqlite"
            let changed = try await desk.repository.run(
                "python3",
                [
                    "-c",
                    "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('UPDATE verdicts SET passed=1, exit_code=0'); c.commit()",
                    store,
                ])
            try #require(changed.exitCode == 0)
            try await neverPasses(desk, "passed = 1")
        }
    }

    @Test func killsAtAnyTime() async throws {
        try await CheckedRepository.with(Self.checks) { desk in
            for round in 0..<(8 * Self.rounds) {
                let pause = Double(round % 8) * 0.03 + 0.01
                let line =
                    "git-validate --no-cache >/dev/null 2>&1 & pid=$!; sleep \(pause); kill -9 $pid; wait $pid; true"
                _ = try await desk.repository.run("sh", ["-c", line])
                try await neverPasses(desk, "killed after \(pause)")
            }
        }
    }

    @Test func racesOfManyRuns() async throws {
        try await CheckedRepository.with(Self.checks) { desk in
            for round in 0..<Self.rounds {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<6 {
                        group.addTask {
                            if number % 2 == 0 {
                                try await neverPasses(desk, "race \(round)")
                            } else {
                                try await neverPasses(desk, "race \(round)", "--no-cache", "--fail-fast")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}
