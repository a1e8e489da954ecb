import Synchronization

/// Output of a command, gathered piece by piece.
final class Gathered: Sendable {
    private let state = Mutex<[UInt8]>([])

    /// Appends a piece.
    func append(_ bytes: [UInt8]) { state.withLock { $0 += bytes } }

    /// All of it so far.
    var bytes: [UInt8] { state.withLock { $0 } }
}
