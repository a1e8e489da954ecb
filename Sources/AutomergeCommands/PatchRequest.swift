import ArgumentParser
import CommandOptions
import Console
import ForgeQueue
import GitValues
import PlainRemote
import Store

/// Asks one thing of the remote for one patch: queued first, then delivered, so that it also works offline.
struct PatchRequest {
    let desk: Desk
    let output: OutputOptions

    /// Queues a request for the patch an argument means and delivers what waits for that patch.
    ///
    /// - Parameters:
    ///   - word: what the patch is afterwards.
    ///   - endsDraft: whether it is no draft afterwards, which is told where it was one.
    func send(
        _ text: String?, word: String, endsDraft: Bool = false,
        _ enqueue: (PatchRecord, RecordID, borrowing Store) throws(StoreError) -> Void
    ) async throws {
        let store = try desk.openStore()
        let record = try await self.record(text, in: store)
        let operation = RecordID.make()
        let wasDraft = endsDraft ? try await desk.remote.recall().patches[record.id]?.document.draft == true : false
        let word = wasDraft ? word + " and no draft any more" : word
        let command = word.hasPrefix("disarmed") ? "automerge disable" : "automerge enable"
        try store.record(
            command, record.title, as: operation, gitDirectory: desk.location.gitDirectory
        ) { () throws(StoreError) in try enqueue(record, operation, store) }
        let console = output.console
        let delivered = try await Delivery.drain(
            store: store, git: desk.git, location: desk.location, only: record.id, ignoringBackoff: true,
            settings: desk.settings, forge: desk.forgeWork()
        ) { event in
            if case .printed(let line) = event { console.note(safeForTerminal(line)) }
        }
        try render(record, delivered, operation: try store.requests(ofOperation: operation), word: word)
    }

    /// The patch as this clone records it, else made up from what the remote says.
    private func record(_ text: String?, in store: borrowing Store) async throws -> PatchRecord {
        if let found = try desk.localPatch(text, in: store), isMeant(found, by: text) {
            guard found.remote != nil, found.state != .local else {
                throw QueueProblem.localPatch(found.title, id: found.id)
            }
            guard found.state != .landed && found.state != .closed else {
                throw QueueProblem.finished(title: found.title, state: found.state.rawValue)
            }
            if let problem = try QueueProblem.landedInAnother(found, in: store) { throw problem }
            return found
        }
        if desk.isOnForge { throw desk.unknown(text) }
        let state = try await desk.remote.read(withCommits: false)
        let document = try desk.remotePatch(text, in: state).document
        guard !document.isFinished else {
            throw QueueProblem.finished(title: document.title, state: document.state.rawValue)
        }
        return PatchRecord(
            id: document.id, title: document.title, branch: document.branch, base: document.base,
            target: document.target,
            remote: desk.remote.connection.storedName, commit: document.head, tree: document.head, engine: .git,
            state: .queued, created: .now(), updated: .now())
    }

    /// Whether a patch of this clone is the one: under the branch of one that was closed here the remote may have another.
    private func isMeant(_ patch: PatchRecord, by text: String?) -> Bool {
        patch.state != .closed || desk.isOnForge || text.map { patch.id.text.hasPrefix($0) } == true
    }

    private func render(
        _ record: PatchRecord, _ delivered: [RequestRecord], operation: [RequestRecord], word: String
    ) throws {
        let refused = operation.first { $0.state == .refused || $0.state == .cancelled }
        let waits = operation.contains { $0.state == .waiting || $0.state == .running || $0.state == .unknown }
        if output.json {
            let outcome = refused != nil ? "refused" : waits ? "queued" : "done"
            let state = try desk.openStore().patch(record.id)?.state.rawValue
            output.console.result(
                try JSONText.encode(
                    Document(
                        outcome: outcome, patch: .init(id: record.id, title: record.title, state: state),
                        requests: operation.map(RequestJSON.init))))
        } else if let refused {
            output.console.report(
                "the remote refused it: \(refused.reason ?? "no reason was given")",
                hints: ["type 'git automerge explain \(record.id.short)' to see where it stands"])
        } else if waits {
            let earlier = try desk.openStore().openRequests().first { $0.patch == record.id }?.reason
            let reason =
                operation.lazy.compactMap(\.reason).first ?? earlier.map { "an earlier request waits: \($0)" }
                ?? "another process delivers"
            output.console.result(safeForTerminal("queued: patch '\(record.title)' will be \(word); \(reason)"))
        } else {
            output.console.result(safeForTerminal("patch '\(record.title)' is \(word)"))
        }
        if refused != nil { throw ExitCode(ExitStatus.refused) }
    }

    private struct Document: Encodable {
        struct Patch: Encodable {
            var id: RecordID
            var title: String
            var state: String?
        }

        var version = 1
        var outcome: String
        var patch: Patch
        var requests: [RequestJSON]
    }
}
