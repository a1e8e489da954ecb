import Foundation
import SuiteTestSupport
import Testing

@testable import Validation

/// A share of the recorded passes is put to the test; a check that lies is not believed any more.
struct AuditTests {
    /// Passes while a file outside is there, which it does not declare.
    private static let lying = "[check \"liar\"]\n    run = \"test -e $COUNTER\"\n    env = COUNTER\n"

    @Test func aLyingCheckIsFoundAndNotBelieved() async throws {
        try await CheckedRepository.with(Self.lying) { desk in
            let file = desk.repository.scratch.path + "/file"
            let repository = desk.repository.with(environment: ["COUNTER": file])
            let liar = CheckedRepository(repository: repository)
            try "".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await liar.report().outcomes == ["liar": "passed"])
            try await repository.git("config", "validate.audit", "0")
            #expect(try await liar.report().outcomes == ["liar": "cached"])
            try FileManager.default.removeItem(atPath: file)
            #expect(try await liar.report().outcomes == ["liar": "cached"])

            try await repository.git("config", "validate.audit", "100%")
            let report = try await liar.report()
            #expect(report.outcomes == ["liar": "failed"])
            #expect(report.warnings?.contains { $0.contains("does not declare") } == true)

            // A pass from now on is recorded and not reused, whatever the share.
            try await repository.git("config", "validate.audit", "0")
            try "".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await liar.report().outcomes == ["liar": "passed"])
            #expect(try await liar.report().outcomes == ["liar": "passed"])
            let explained = try await repository.run("git-validate", ["explain", "liar"])
            #expect(explained.output.contains("does not declare"))
            let verdicts = try? FileManager.default.contentsOfDirectory(
                atPath: repository.path + "/.git/gitpatch/verdicts")
            #expect((verdicts ?? []).isEmpty)

            // Another definition is another check.
            try await repository.commit("mended", files: [".gitpatch": Self.lying + "    tool = echo 1\n"])
            #expect(try await liar.report().outcomes == ["liar": "passed"])
            #expect(try await liar.report().outcomes == ["liar": "cached"])
        }
    }

    @Test func anHonestCheckStaysReused() async throws {
        try await CheckedRepository.with("[check \"a\"]\n    run = true\n") { desk in
            _ = try await desk.report()
            try await desk.repository.git("config", "validate.audit", "100%")
            #expect(try await desk.report().outcomes == ["a": "passed"])
            try await desk.repository.git("config", "validate.audit", "0")
            #expect(try await desk.report().outcomes == ["a": "cached"])
        }
    }

    @Test func explainTellsWhereAHitCameFrom() async throws {
        try await CheckedRepository.with("[check \"a\"]\n    run = true\n") { desk in
            _ = try await desk.report()
            let explained = try await desk.repository.run("git-validate", ["explain", "a"])
            #expect(explained.output.contains("from run "))
        }
    }
}
