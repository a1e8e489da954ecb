import Forge
package import GitValues
import PlainRemote
package import Store

/// A request that takes back what a forge was told while a stop holds; the wish to land stays.
package struct TakingBack: Codable {
    var reason: String
    var at: Timestamp
    /// Tells it from a request that switches auto-merge off.
    var keepsWish = true

    /// Ends those that wait for a patch: a request to disarm it for good does the same and more.
    package static func cancel(ofPatch patch: RecordID, in store: borrowing Store) throws(StoreError) {
        for var request in try store.openRequests() where request.patch == patch && request.kind == .disarm {
            guard try !isForGood(request) else { continue }
            request.state = .cancelled
            request.reason = "auto-merge was switched off"
            try store.update(request)
        }
    }

    /// Whether a request to disarm ends the wish, too.
    static func isForGood(_ request: RequestRecord) throws(StoreError) -> Bool {
        struct Wish: Decodable {
            var keepsWish: Bool?
        }
        return try RequestPayload.decode(Wish.self, of: request).keepsWish != true
    }

    /// Queues one for a patch that has none yet.
    ///
    /// - Parameter reason: why it could not be done at once.
    static func enqueue(_ patch: PatchRecord, because reason: String, in store: borrowing Store) throws {
        guard let remote = patch.remote,
            try !store.openRequests().contains(where: { $0.kind == .disarm && $0.patch == patch.id })
        else { return }
        let operation = RecordID.make()
        let payload = try JSONText.encode(TakingBack(reason: "a stop holds", at: .now()))
        var request = RequestRecord(
            id: .make(), operation: operation, patch: patch.id, kind: .disarm, remote: remote,
            idempotencyKey: "take-back:\(patch.id):\(operation)", payload: payload, created: .now())
        request.reason = reason
        try store.enqueue(request)
    }
}

extension ForgePass {
    /// Takes back at the forge everything of a remote that was told there. What cannot be taken back now is queued, so
    /// that the next command does it, and named with the reason.
    package func takeBackAll(in store: borrowing Store, targets: Set<String>? = nil) async throws -> [String] {
        var left: [String] = []
        for patch in try store.patches() where patch.state != .landed && patch.state != .closed {
            guard targets?.contains(patch.target) != false, var record = try StoredRecord(patch.id, in: store),
                patch.remote == remote || record.remote == remote, record.pull != nil
            else { continue }
            var words: String?
            do {
                let forge = try await work.forge(of: record.remote)
                if case .left = try work.disarm(patch, &record, forge, in: store) { words = record.reason }
            } catch let failure as ForgeFailure {
                if record.isAtForge { words = failure.words }
            }
            guard let words else { continue }
            try TakingBack.enqueue(patch, because: words, in: store)
            left.append("'\(patch.title)': \(words)")
        }
        return left
    }
}
