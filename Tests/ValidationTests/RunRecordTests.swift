import GitValues
import Settings
import Store
import SuiteTestSupport
import Testing

@testable import Validation

/// What the record of a run tells of the time that is left, and of how it ended.
struct RunRecordTests {
    private func record(
        _ checks: [RunRecord.Check], outcome: ValidationReport.Outcome? = nil
    ) throws -> RunRecord {
        let tree = try #require(ObjectID(hex: String(repeating: "a", count: 40)))
        return RunRecord(
            id: .make(), owner: .current(), purpose: .push, commit: nil, tree: tree, tier: .quick, jobs: 2,
            started: .now(), checks: checks, outcome: outcome, warnings: [])
    }

    private func running(for seconds: Int64, expected: Double?) -> RunRecord.Check {
        RunRecord.Check(
            name: "unit", state: .running, expected: expected,
            started: Timestamp(seconds: Timestamp.now().seconds - seconds))
    }

    @Test func pastItsEstimateTheRestIsUnknown() throws {
        let late = try record([running(for: 30, expected: 0.2)])
        #expect(late.remaining() == nil)
        #expect(late.remainingWords() == ", longer than before: the rest is unknown")
        let inTime = try record([running(for: 30, expected: 3600)])
        #expect(inTime.remainingWords().hasPrefix(", about "))
        #expect(try record([running(for: 30, expected: nil)]).remainingWords() == "")
    }

    @Test func aRunThatWasEndedBeforeAnyCheckSaidNoIsCancelled() throws {
        func done(_ outcome: CheckReport.Outcome) -> RunRecord.Check {
            RunRecord.Check(name: "\(outcome)", state: .done, report: CheckReport(name: "x", outcome: outcome))
        }
        #expect(try record([done(.passed), done(.cancelled)], outcome: .failed).wasCancelled)
        #expect(try !record([done(.failed), done(.cancelled)], outcome: .failed).wasCancelled)
        #expect(try !record([done(.skipped)], outcome: .failed).wasCancelled)
        #expect(try !record([done(.passed)], outcome: .passed).wasCancelled)
    }
}
