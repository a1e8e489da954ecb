package import GitValues
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A log file with a cap: of output that is longer, the beginning and the end are kept.
package final class OutputLog: Sendable {
    private struct State {
        var descriptor: Int32
        var written = 0
        var tail: [UInt8] = []
        var dropped = 0
        var last: [UInt8] = []
    }

    /// How much of the cap is kept for the end.
    private let tailLimit: Int
    private let headLimit: Int
    private let state: Mutex<State>

    /// Creates the file, or empties it.
    ///
    /// - Throws: `GitProcessError` when the file cannot be created.
    package init(path: String, cap: ByteSize = ByteSize(bytes: 8 << 20)) throws(GitProcessError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw GitProcessError(
                code: .failed, operation: "creating '\(path)'", message: String(cString: strerror(errno)))
        }
        SharedFiles.settle(descriptor, at: path)
        tailLimit = min(Int(cap.bytes) / 2, 1 << 20)
        headLimit = Int(cap.bytes) - tailLimit
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { finish() }

    /// Appends output.
    package func append(_ bytes: [UInt8]) {
        state.withLock { state in
            state.last = Array((state.last + bytes.suffix(OutputLog.lastLimit)).suffix(OutputLog.lastLimit))
            let head = bytes.prefix(max(0, headLimit - state.written))
            OutputLog.write(head, to: state.descriptor)
            state.written += head.count
            state.tail.append(contentsOf: bytes.dropFirst(head.count))
            if state.tail.count > 2 * tailLimit {
                let surplus = state.tail.count - tailLimit
                state.tail.removeFirst(surplus)
                state.dropped += surplus
            }
        }
    }

    /// Writes the end of the output and closes the file.
    package func finish() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            let surplus = max(0, state.tail.count - tailLimit)
            state.tail.removeFirst(surplus)
            state.dropped += surplus
            if state.dropped > 0 {
                let note = "\n[\(ByteSize(bytes: Int64(state.dropped))) of output left out here]\n"
                OutputLog.write(Array(note.utf8)[...], to: state.descriptor)
            }
            OutputLog.write(state.tail[...], to: state.descriptor)
            close(state.descriptor)
            state.descriptor = -1
            state.tail = []
        }
    }

    /// The last few kilobytes of the output, as text.
    package var end: String { state.withLock { String(decoding: $0.last, as: UTF8.self) } }

    private static let lastLimit = 4096

    /// What cannot be written (a full disk) is lost from the log; the command's result does not depend on it.
    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { posixWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

#if canImport(Glibc)
    private let posixWrite = Glibc.write
#elseif canImport(Musl)
    private let posixWrite = Musl.write
#else
    private let posixWrite = Darwin.write
#endif
