import CommandOptions
import Console
import GitValues
import Patches
import PlainRemote
import Snapshots
import Store

/// One run of `git patch "<description>"`: makes the patch and says what happened.
struct Creation: Equatable {
    var request: CreateRequest
    /// Whether the command ends when the remote has everything, and not before.
    var waits = false
    var output = PlainOutput()

    func run() async throws {
        let workspace = try await output.openWorkspace().withCommittedFile()
        if request.dryRun {
            return try report(try await Session.read(workspace).preview(request))
        }
        let session = try await Session.change(workspace, command: "create")
        let outcome = try await session.create(request)
        session.unlock()
        let console = output.console
        let paths = outcome.captured.changes.count
        console.note(
            "made patch \(outcome.patch.id.short) for '\(outcome.patch.target)': \(paths == 1 ? "1 path" : "\(paths) paths")"
        )
        guard outcome.patch.remote != nil else {
            console.note(request.local ? "kept local" : "kept local: there is no remote to push to")
            return try report(outcome.operation, outcome.patch, DeliveryReport(requests: []), problem: nil)
        }
        let delivered = try await session.deliver(about: outcome.patch.id)
        delivered.notices(waits: waits).forEach(console.show)
        let patch = try session.store.patch(outcome.patch.id) ?? outcome.patch
        let problem = delivered.problem ?? (waits ? delivered.unreachable : nil)
        try report(outcome.operation, patch, delivered, problem: problem)
    }

    /// Prints the result: the URL, or the branch where there is none.
    private func report(
        _ operation: RecordID, _ patch: PatchRecord, _ delivered: DeliveryReport, problem: PatchProblem?
    ) throws {
        var document = ChangeJSON(outcome: delivered.problem == nil ? "created" : "refused", operation: operation)
        document.patch = PatchJSON(patch)
        document.requests = delivered.requests.map(RequestJSON.init)
        try output.finish(document, result: patch.url ?? patch.branch, problem: problem)
    }

    private func report(_ preview: CreatePreview) throws {
        let changes = preview.captured.changes
        if output.json {
            var document = ChangeJSON(outcome: "planned", patch: PatchJSON(preview.plan, preview.captured))
            document.changes = changes.map(ChangedPathJSON.init)
            document.commands = [request.run].compactMap { $0 } + request.tests
            return try output.printJSON(document)
        }
        let console = output.console
        for line in changes.table.lines() { console.result(line) }
        for command in [request.run].compactMap({ $0 }) {
            console.note("would first run '\(command)' and capture what it changes, too")
        }
        for command in request.tests { console.note("would run '\(command)' in a checkout of the patch") }
        let place = preview.plan.remote.map { "push it to '\($0)' for '\(preview.plan.target)'" } ?? "keep it local"
        console.note(
            "would capture \(changes.count == 1 ? "1 path" : "\(changes.count) paths") (\(preview.captured.size)), commit on a new branch and \(place)"
        )
        console.result(preview.plan.branch)
    }
}

extension [CapturedChange] {
    /// The changes as people read them: what happened, where, and how much is there now.
    var table: Table {
        var table = Table()
        for change in self {
            table.add([
                change.kind.letter, safeForTerminal(change.pathText),
                change.kind == .deleted ? "" : ByteSize(bytes: change.bytes).description,
            ])
        }
        return table
    }
}
