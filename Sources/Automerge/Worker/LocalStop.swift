import GitValues
package import PlainRemote
package import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The stop as this clone knows it: asked for while the remote was out of reach, or as a file for the local worker.
package enum LocalStop {
    /// The file that stops the worker of this clone for as long as it is there: `<common dir>/gitpatch/STOP`.
    package static func file(_ storeDirectory: String) -> String { storeDirectory + "/STOP" }

    /// A stop or resume that the remote has not got yet.
    package struct Queued: Codable, Sendable {
        package var remote: String
        package var target: String
        /// `nil`: resume.
        package var stop: EpochDocument.Stop?

        /// Creates an entry.
        package init(remote: String, target: String, stop: EpochDocument.Stop?) {
            self.remote = remote
            self.target = target
            self.stop = stop
        }
    }

    private static let key = "automerge.stops"

    /// The stop of a target as this clone knows it; `nil` when there is none. What cannot be read means stop.
    package static func current(
        remote: String, target: String, in store: borrowing Store
    ) throws -> EpochDocument.Stop? {
        let path = file(store.directory)
        if access(path, F_OK) == 0 || errno != ENOENT {
            return EpochDocument.Stop(by: "this clone", reason: "the file \(path) is there", at: .now())
        }
        do {
            let wishes = try queued(in: store).filter { $0.remote == remote }
            return wishes.last { $0.target == RemoteReferences.everyTarget }?.stop
                ?? wishes.last { $0.target == target }?.stop
        } catch is DecodingError {
            return EpochDocument.Stop(by: "this clone", reason: "its queued stops cannot be read", at: .now())
        }
    }

    /// Stops and resumes that wait for the remote, oldest first.
    package static func queued(in store: borrowing Store) throws -> [Queued] {
        guard let text = try store.fact(key) else { return [] }
        return try JSONText.decode([Queued].self, from: text)
    }

    /// Adds one; an earlier one for the same target is replaced, and one for every target replaces them all.
    package static func enqueue(_ item: Queued, in store: borrowing Store) throws {
        let isWide = item.target == RemoteReferences.everyTarget
        let others = try queued(in: store).filter { other in
            other.remote != item.remote || !(isWide || other.target == item.target)
        }
        try store.setFact(key, to: try JSONText.encode(others + [item]))
    }

    /// Removes one: the remote has it.
    package static func remove(remote: String, target: String, in store: borrowing Store) throws {
        let others = try queued(in: store).filter { $0.remote != remote || $0.target != target }
        try store.setFact(key, to: others.isEmpty ? nil : try JSONText.encode(others))
    }
}
