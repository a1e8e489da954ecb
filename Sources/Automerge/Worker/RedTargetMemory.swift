package import GitValues
import PlainRemote
import Store

/// A patch that was red on a target that is red by itself, remembered by this clone: until the target or the head moves
/// it is looked at again less and less often, from 2 seconds to 10 minutes.
package struct RedTarget: Hashable, Sendable, Codable {
    package var head: ObjectID
    package var base: ObjectID
    package var checks: [String]
    package var attempts: Int
    package var notBefore: Timestamp
}

enum RedTargetMemory {
    private static func key(_ remote: String, _ patch: RecordID) -> String { "automerge.red-target \(remote) \(patch)" }

    static func read(_ patch: RecordID, remote: String, in store: borrowing Store) throws -> RedTarget? {
        guard let text = try store.fact(key(remote, patch)) else { return nil }
        // A memory of another form is forgotten: the patch is tested once more.
        return try? JSONText.decode(RedTarget.self, from: text)
    }

    static func write(_ held: HeldMember, now: Timestamp, remote: String, in store: borrowing Store) throws {
        let earlier = try read(held.member.id, remote: remote, in: store)
        let isSame = earlier?.head == held.member.head && earlier?.base == held.base
        let attempts = (isSame ? earlier?.attempts ?? 0 : 0) + 1
        var pause = 2.0
        for _ in 1..<min(attempts, 6) { pause *= 4 }
        let memory = RedTarget(
            head: held.member.head, base: held.base, checks: held.checks, attempts: attempts,
            notBefore: now.adding(seconds: min(pause, 600)))
        try store.setFact(key(remote, held.member.id), to: try JSONText.encode(memory))
    }

    static func clear(_ patch: RecordID, remote: String, in store: borrowing Store) throws {
        try store.setFact(key(remote, patch), to: nil)
    }
}
