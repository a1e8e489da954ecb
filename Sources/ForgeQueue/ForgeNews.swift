import Automerge
import GitValues
import PlainRemote
import Store

/// What happened to patches and was not told yet: written down with the change itself, so that a kill loses none of it.
enum ForgeNews {
    private static let key = "forge.untold"

    /// Writes a line down; part of the caller's transaction.
    static func add(_ entry: EventLog.Entry?, in store: borrowing Store) throws {
        guard let entry else { return }
        try store.setFact(key, to: try JSONText.encode(try untold(in: store) + [entry]))
    }

    /// Tells what waits to be told, the oldest first; after a kill in between one line may be told twice.
    static func tell(in store: borrowing Store, by tell: (EventLog.Entry) -> Void) throws {
        let entries = try untold(in: store)
        guard !entries.isEmpty else { return }
        entries.forEach(tell)
        FaultPoint.reached("forge.finish.told")
        try store.setFact(key, to: nil)
    }

    private static func untold(in store: borrowing Store) throws -> [EventLog.Entry] {
        guard let text = try store.fact(key) else { return [] }
        return try JSONText.decode([EventLog.Entry].self, from: text)
    }
}
