import Foundation
import SuiteTestSupport
import Testing

/// What a tier may take, and what counts as nothing tested.
struct TierTests {
    private func checks(_ options: String) -> String {
        "[validate]\n\(options)\n[validate \"standard\"]\n    target = 100ms\n[check \"slow\"]\n    run = sleep 0.3\n"
    }

    @Test func overTheTargetIsAWarning() async throws {
        try await CheckedRepository.with(checks("")) { desk in
            let report = try await desk.report()
            #expect(report.outcome == "passed")
            #expect(report.warnings?.contains { $0.contains("its target is") } == true)
            // Asked for single checks there is no tier to speak of.
            #expect(try await desk.report("--check", "slow", "--no-cache").warnings == [])
        }
    }

    @Test func anEnforcedTargetHoldsForReusedVerdictsToo() async throws {
        try await CheckedRepository.with(checks("enforceTargets = true")) { desk in
            for outcome in ["passed", "cached"] {
                let report = try await desk.report()
                #expect(report.outcome == "failed")
                #expect(report.outcomes == ["slow": outcome])
            }
            let result = try await desk.validate()
            #expect(result.exitCode == 1)
            #expect(result.output.contains("over the target of tier standard"))
        }
    }

    @Test func testersThatFoundNoTestDoNotPass() async throws {
        let checks = """
            [check "empty"]
                run = "echo 'running 0 tests'"
            [check "allowed"]
                run = "echo 'running 0 tests'"
                allowNoTests = true
            [check "some"]
                run = "echo 'running 1 test'"

            """
        try await CheckedRepository.with(checks) { desk in
            let report = try await desk.report()
            #expect(report.outcomes == ["empty": "failed", "allowed": "passed", "some": "passed"])
            #expect(report["empty"]?.reason == "its test runner ran no test")
            #expect(try await desk.report().outcomes["empty"] == "failed")
        }
    }
}
