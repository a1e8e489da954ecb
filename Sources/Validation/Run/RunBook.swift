import GitValues
import Settings
import Store
import Synchronization

/// Keeps the record of a run up to date while it goes on.
final class RunBook: Sendable {
    /// Names the run.
    let id: RecordID
    private let storeDirectory: String
    private let state: Mutex<RunRecord>

    init(_ ready: Preparation) {
        let request = ready.request
        id = request.runID ?? RecordID.make()
        storeDirectory = request.location.storeDirectory
        let history = ready.history
        state = Mutex(
            RunRecord(
                id: id, owner: .current(), purpose: request.purpose, commit: request.commit, tree: request.tree,
                tier: request.tier, scope: request.scope, jobs: JobLimit.count(request), started: .now(),
                checks: ready.plan.checks.map { check in
                    RunRecord.Check(
                        name: check.name, state: .waiting,
                        expected: history.isKnown(check.name) ? history.expected(check.name) : nil,
                        needs: check.needs, shard: check.shard)
                }, warnings: []))
        Files.makeFolder(storeDirectory + "/runs")
        Housekeeping.removeOldRuns(storeDirectory)
        update { _ in }
    }

    /// A listener that keeps the record and passes every event on.
    func listening(
        _ next: @escaping @Sendable (ValidationEvent) -> Void
    ) -> @Sendable (ValidationEvent) -> Void {
        { event in
            self.take(event)
            next(event)
        }
    }

    /// Closes the record with the report.
    func close(_ report: ValidationReport) {
        update { record in
            record.outcome = report.outcome
            record.time = report.time
            record.warnings = report.warnings
            record.finished = .now()
        }
    }

    /// Keeps the record of a run that ran something: what a report shows outlives the records of runs.
    func keepAsLatest() {
        let record = state.withLock { $0 }
        guard record.checks.contains(where: { $0.started != nil }), let text = try? JSONText.encode(record) else {
            return
        }
        Files.write(text, to: RunRecord.latestPath(in: storeDirectory))
    }

    /// Closes the record of a run that came to no report.
    func close(problem: String) {
        update { record in
            record.problem = problem
            record.finished = .now()
        }
    }

    private func take(_ event: ValidationEvent) {
        switch event {
        case .started(let name): change(name) { $0 = RunBook.running($0, elsewhere: false, expected: $0.expected) }
        case .joined(let name, let remaining):
            change(name) { $0 = RunBook.running($0, elsewhere: true, expected: remaining?.seconds ?? $0.expected) }
        case .finished(let report):
            change(report.name) { check in
                check.state = .done
                check.report = report
            }
        case .planned, .output, .queued, .warning: break
        }
    }

    private static func running(_ check: RunRecord.Check, elsewhere: Bool, expected: Double?) -> RunRecord.Check {
        var check = check
        check.state = .running
        check.started = .now()
        check.isElsewhere = elsewhere ? true : nil
        check.expected = expected
        return check
    }

    private func change(_ name: String, _ body: (inout RunRecord.Check) -> Void) {
        update { record in
            if let index = record.checks.firstIndex(where: { $0.name == name }) { body(&record.checks[index]) }
        }
    }

    /// Changes the record and its file. The run does not depend on the file: one that cannot be written is left out.
    private func update(_ body: (inout RunRecord) -> Void) {
        state.withLock { record in
            body(&record)
            if let text = try? JSONText.encode(record) { Files.write(text, to: "\(storeDirectory)/runs/\(id).json") }
        }
    }
}
