package import GitValues
import Synchronization

/// The new objects of a capture, in one pack: nobody sees them before they are finished, and git does not tidy them away
/// while somebody holds on to this.
///
/// The commit that names their tree may come with them: together they wait for the disk as often as the capture alone.
/// Whoever lets go of them before they are finished has written nothing.
package final class CapturedObjects: Sendable {
    private struct State {
        var isOpen = true
        var commit: ObjectID?
        var keep: PackKeep?
    }

    private let sink: ObjectSink
    private let state = Mutex(State())

    /// Whether nobody sees them yet, so that a commit can come with them.
    package var arePending: Bool { state.withLock { $0.isOpen } }

    /// The commit they became visible with; `nil` when they did without one, or have not.
    package var commit: ObjectID? { state.withLock { $0.commit } }

    init(_ sink: ObjectSink) { self.sink = sink }

    deinit { if state.withLock({ $0.isOpen }) { sink.discard() } }

    /// Adds a commit and finishes.
    ///
    /// - Throws: `CaptureError`; nothing has become visible then.
    package func finish(with commit: [UInt8]) throws -> ObjectID {
        let digest = commit.withUnsafeBytes { ObjectType.commit.digest(of: $0) }
        guard let id = digest.objectID else {
            throw CaptureError(code: .inputOutput, operation: "name the commit", message: "its name is all zeros")
        }
        if sink.claim(digest) {
            var batch = try ObjectBatch(level: sink.level)
            try commit.withUnsafeBytes { try sink.add(digest, .commit, $0, &batch) }
            try sink.flush(&batch)
        }
        try finish()
        state.withLock { $0.commit = id }
        return id
    }

    /// The folder they are in: their names are on the disk once somebody has waited for it, as whoever makes a reference lead
    /// to them must.
    package var folder: String? { sink.packFolder }

    /// Makes them durable, then visible, names apart; done again it does nothing.
    package func finish() throws {
        let isFirst = state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
        guard isFirst else { return }
        do {
            let keep = try sink.finish()
            state.withLock { $0.keep = keep }
        } catch {
            sink.discard()
            throw error
        }
    }

    /// Says that something refers to them now.
    package func letGo() { state.withLock { $0.keep = nil } }

    /// Lets git tidy up what killed commands held. Needs the lock of the repository.
    package static func letGoOfStale(in location: RepositoryLocation) {
        PackKeep.removeStale(in: location.commonDirectory + "/objects") { $0 == PackKeep.ofPatch }
    }
}
