import GitValues
import Store

/// What a worker is about to push, written down before it does, so that the next one can find out what came of it.
struct LandingIntent: Codable {
    /// One reference of the push.
    struct Update: Codable {
        var name: ReferenceName
        var old: ObjectID?
        var new: ObjectID?
    }

    var remote: String
    var target: String
    var base: ObjectID
    var candidate: ObjectID
    var updates: [Update]
    var at: Timestamp

    /// The name of the fact that holds the intent of a target.
    private static func key(_ remote: String, _ target: String) -> String { "automerge.intent \(remote) \(target)" }

    /// Writes the intent.
    func save(in store: borrowing Store) throws(StoreError) {
        let text: String
        do { text = try JSONText.encode(self) } catch {
            throw StoreError(code: .failed, operation: "cannot record the landing", message: "\(error)")
        }
        try store.setFact(LandingIntent.key(remote, target), to: text)
    }

    /// Removes the intent: its outcome is known.
    func clear(in store: borrowing Store) throws(StoreError) {
        try store.setFact(LandingIntent.key(remote, target), to: nil)
    }

    /// The open intent of a target; one that cannot be read is as good as none, because the remote decides.
    static func open(remote: String, target: String, in store: borrowing Store) throws -> LandingIntent? {
        guard let text = try store.fact(key(remote, target)) else { return nil }
        return try? JSONText.decode(LandingIntent.self, from: text)
    }
}
