import GitValues
package import PlainRemote
package import Store
import Synchronization

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
            let words = firstLine(of: path).map { ": \($0)" } ?? ""
            return EpochDocument.Stop(by: "this clone", reason: "the file \(path) is there\(words)", at: .now())
        }
        do {
            let wishes = try queued(in: store).filter { $0.remote == remote }
            return wishes.last { $0.target == RemoteReferences.everyTarget }?.stop
                ?? wishes.last { $0.target == target }?.stop
        } catch is DecodingError {
            return EpochDocument.Stop(by: "this clone", reason: "its queued stops cannot be read", at: .now())
        }
    }

    /// The first line of a file that says something.
    private static func firstLine(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = read(descriptor, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) }.map(String.init)
    }

    /// Lets signals do what the file does: USR1 makes it, USR2 removes it.
    ///
    /// Handlers may do little; making and removing a file is allowed (signal-safety(7)).
    package static func obeySignals(_ storeDirectory: String) {
        guard let path = strdup(file(storeDirectory)) else { return }
        signalFile.store(UInt(bitPattern: path), ordering: .sequentiallyConsistent)
        signal(SIGUSR1) { _ in
            guard let path = UnsafePointer<CChar>(bitPattern: LocalStop.signalFile.load(ordering: .relaxed)) else {
                return
            }
            let saved = errno
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                let note: StaticString = "signal USR1 came\n"
                _ = write(descriptor, note.utf8Start, note.utf8CodeUnitCount)
                close(descriptor)
            }
            errno = saved
        }
        signal(SIGUSR2) { _ in
            guard let path = UnsafePointer<CChar>(bitPattern: LocalStop.signalFile.load(ordering: .relaxed)) else {
                return
            }
            let saved = errno
            unlink(path)
            errno = saved
        }
    }

    /// The address of the file's name, kept for as long as the process lives.
    private static let signalFile = Atomic<UInt>(0)

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
