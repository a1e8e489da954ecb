import GitValues
import Store

extension RunJob {
    /// Notes why the run came to no report, where it has not noted that itself.
    package func note(_ error: any Error, in storeDirectory: String) {
        var record =
            RunRecord.read(id, in: storeDirectory)
            ?? RunRecord(
                id: id, owner: .current(), purpose: .push, commit: revision == tree ? nil : revision, tree: tree,
                tier: tier, jobs: 0, started: .now(), checks: [], warnings: [])
        if record.report != nil { return }
        let problem = error as? any ProblemReport
        record.problem =
            record.problem ?? problem?.description ?? (error is CancellationError ? "interrupted" : "\(error)")
        record.hints = problem?.hints
        record.finished = .now()
        Files.makeFolder(storeDirectory + "/runs")
        // Without the record the end of the process is all that is known, as after a kill.
        if let text = try? JSONText.encode(record) { Files.write(text, to: "\(storeDirectory)/runs/\(id).json") }
    }
}
