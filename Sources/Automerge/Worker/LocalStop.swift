package import GitValues
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
    package struct Queued: Codable, Hashable, Sendable {
        /// Tells two wishes apart that say the same.
        package var id = RecordID.make()
        package var remote: String
        package var target: String
        /// `nil`: resume.
        package var stop: EpochDocument.Stop?
        /// Of a resume: the stop that was known when it was asked for.
        package var lifts: EpochDocument.Stop?
        package var at = Timestamp.now()

        /// Creates an entry.
        package init(
            remote: String, target: String, stop: EpochDocument.Stop?, lifts: EpochDocument.Stop? = nil
        ) {
            self.remote = remote
            self.target = target
            self.stop = stop
            self.lifts = lifts
        }

        /// Whether a resume that waited is about this stop, and not about one that somebody made since.
        package func means(_ other: EpochDocument.Stop) -> Bool { lifts.map { $0 == other } ?? (other.at <= at) }
    }

    private static let key = StopsToTell.fact

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
        try change(in: store) { wishes in
            wishes.removeAll { $0.remote == item.remote && (isWide || $0.target == item.target) }
            wishes.append(item)
        }
    }

    /// Removes this very one: the remote has it. A later one for the same target stays.
    package static func remove(_ item: Queued, in store: borrowing Store) throws {
        try change(in: store) { wishes in wishes.removeAll { $0 == item } }
    }

    /// Changes the list in one transaction: another process of this clone may do so at the same time.
    private static func change(in store: borrowing Store, _ body: (inout [Queued]) -> Void) throws {
        // A list that cannot be read stops this clone, and is not written over.
        var problem: (any Error)?
        var encoded: String?
        try store.atomically("cannot write down the stop") { () throws(StoreError) in
            let text = try store.fact(key)
            do {
                var wishes = try text.map { try JSONText.decode([Queued].self, from: $0) } ?? []
                body(&wishes)
                encoded = wishes.isEmpty ? nil : try JSONText.encode(wishes)
            } catch {
                problem = error
                return
            }
            try store.setFact(key, to: encoded)
        }
        if let problem { throw problem }
    }
}
