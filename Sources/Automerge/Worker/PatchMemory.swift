import GitValues
import PlainRemote
import Store

/// One kind of thing this clone remembers of single patches, until they land or leave.
struct PatchMemory<Value: Codable & Sendable>: Sendable {
    fileprivate let kind: String

    /// What is remembered of a patch; `nil` when nothing is, or when another version wrote it in another form: it will be
    /// found out again.
    func read(_ patch: RecordID, remote: String, in store: borrowing Store) throws -> Value? {
        guard let text = try store.fact(PatchMemories.key(kind, remote, patch)) else { return nil }
        return try? JSONText.decode(Value.self, from: text)
    }

    fileprivate func write(_ value: Value, of patch: RecordID, remote: String, in store: borrowing Store) throws {
        try store.setFact(PatchMemories.key(kind, remote, patch), to: try JSONText.encode(value))
    }
}

/// The kinds there are.
enum PatchMemories {
    /// What servers said no to.
    static let refusals = PatchMemory<ServerRefusal>(kind: "automerge.refusal")
    /// Being red on a target that is red by itself.
    static let redTargets = PatchMemory<RedTarget>(kind: "automerge.red-target")

    fileprivate static func key(_ kind: String, _ remote: String, _ patch: RecordID) -> String {
        "\(kind) \(remote) \(patch)"
    }

    /// Forgets everything about a patch, once it has landed or left.
    static func clear(_ patch: RecordID, remote: String, in store: borrowing Store) throws {
        for kind in [refusals.kind, redTargets.kind] {
            let key = key(kind, remote, patch)
            // Writing waits for the disk, and mostly there is nothing to forget.
            if try store.fact(key) != nil { try store.setFact(key, to: nil) }
        }
    }
}

extension PatchMemory<ServerRefusal> {
    /// Remembers that a server refused a candidate with these members.
    func write(_ members: [QueueMember], words: String, now: Timestamp, remote: String, in store: borrowing Store)
        throws
    {
        for member in members {
            let earlier = try read(member.id, remote: remote, in: store)
            let attempts = (earlier?.head == member.head ? earlier?.attempts ?? 0 : 0) + 1
            let refusal = ServerRefusal(
                words: words, head: member.head, attempts: attempts,
                notBefore: Backoff.time(afterAttempts: attempts, from: now), wasBatch: members.count > 1)
            try write(refusal, of: member.id, remote: remote, in: store)
        }
    }
}

extension PatchMemory<RedTarget> {
    /// Remembers that a member is red on a target that is red by itself: until the target or the head moves it is looked at
    /// again less and less often, from 2 seconds to 10 minutes.
    func write(_ held: HeldMember, now: Timestamp, remote: String, in store: borrowing Store) throws {
        let earlier = try read(held.member.id, remote: remote, in: store)
        let isSame = earlier?.head == held.member.head && earlier?.base == held.base
        let attempts = (isSame ? earlier?.attempts ?? 0 : 0) + 1
        var pause = 2.0
        for _ in 1..<min(attempts, 6) { pause *= 4 }
        let memory = RedTarget(
            head: held.member.head, base: held.base, checks: held.checks, attempts: attempts,
            notBefore: now.adding(seconds: min(pause, 600)))
        try write(memory, of: held.member.id, remote: remote, in: store)
    }
}
