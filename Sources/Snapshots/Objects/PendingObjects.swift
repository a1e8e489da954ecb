package import GitValues
import Synchronization

/// The objects of a capture that nobody sees yet, so that the commit which names their tree comes with them.
///
/// Together they wait for the disk as often as the capture alone. Whoever lets go of them before `finish` has written
/// nothing.
package final class PendingObjects: Sendable {
    private let sink: ObjectSink
    private let isOpen = Mutex(true)
    private let writtenCommit = Mutex<ObjectID?>(nil)

    /// The commit they became visible with; `nil` when they did without one, or have not.
    package var commit: ObjectID? { writtenCommit.withLock { $0 } }

    init(_ sink: ObjectSink) { self.sink = sink }

    deinit { if isOpen.withLock({ $0 }) { sink.discard() } }

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
        writtenCommit.withLock { $0 = id }
        return id
    }

    /// Makes them durable, then visible; done again it does nothing.
    package func finish() throws {
        let isFirst = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard isFirst else { return }
        do { try sink.finish() } catch {
            sink.discard()
            throw error
        }
    }
}
