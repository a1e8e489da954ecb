import GitValues
import PlainRemote
import Store

/// What servers said no to, remembered by this clone until the patch lands or gets another head.
enum RefusalMemory {
    private static func key(_ remote: String, _ patch: RecordID) -> String { "automerge.refusal \(remote) \(patch)" }

    /// The last refusal of a patch; `nil` when there is none.
    static func read(_ patch: RecordID, remote: String, in store: borrowing Store) throws -> ServerRefusal? {
        guard let text = try store.fact(key(remote, patch)) else { return nil }
        // A memory another version wrote in another form is forgotten; the server will say it again.
        return try? JSONText.decode(ServerRefusal.self, from: text)
    }

    /// Remembers that a server refused a candidate with these members.
    static func write(
        _ members: [QueueMember], words: String, now: Timestamp, remote: String, in store: borrowing Store
    ) throws {
        for member in members {
            let earlier = try read(member.id, remote: remote, in: store)
            let attempts = (earlier?.head == member.head ? earlier?.attempts ?? 0 : 0) + 1
            let refusal = ServerRefusal(
                words: words, head: member.head, attempts: attempts,
                notBefore: Backoff.time(afterAttempts: attempts, from: now), wasBatch: members.count > 1)
            try store.setFact(key(remote, member.id), to: try JSONText.encode(refusal))
        }
    }

    /// Forgets, once the patch has landed or left.
    static func clear(_ patch: RecordID, remote: String, in store: borrowing Store) throws {
        try store.setFact(key(remote, patch), to: nil)
    }
}
