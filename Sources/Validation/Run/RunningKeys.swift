import GitValues
import Store

/// Which checks run right now, in any process: one locked file per key in `<common dir>/gitpatch/running`.
///
/// Whoever needs the same verdict waits for it instead of working it out once more. A process that dies gives its locks
/// up, so nobody waits for the dead.
struct RunningKeys: Sendable {
    /// What is told about a running check.
    struct Note: Codable, Sendable {
        var check: String
        var started: Timestamp
        /// Seconds it is expected to take; absent when it never ran before.
        var expected: Double?
    }

    private let folder: String

    init(_ storeDirectory: String) { folder = storeDirectory + "/running" }

    /// Claims a key for this process; `nil` when another one runs it.
    func claim(_ key: CheckKey, _ note: Note) throws(FileLockProblem) -> FileLock? {
        Files.makeFolder(folder)  // When it cannot be made, the lock says why.
        guard let lock = try FileLock(path: path(key)) else { return nil }
        // The note only serves to tell how long it may take; without it nothing is told.
        if let text = try? JSONText.encode(note) { Files.write(text, to: path(key) + ".note") }
        return lock
    }

    /// Gives a key up, when its verdict is recorded.
    func release(_ lock: FileLock) {
        Files.delete(lock.path + ".note")
        lock.remove()
    }

    /// Whether somebody runs the check of a key now.
    func isClaimed(_ key: CheckKey) -> Bool { FileLock.isHeld(path(key)) }

    /// Seconds until the running check of a key should be done; `nil` when that is unknown.
    func remaining(_ key: CheckKey) -> TimeSpan? {
        guard let text = Files.text(path(key) + ".note"), let note = try? JSONText.decode(Note.self, from: text),
            let expected = note.expected
        else { return nil }
        let left = expected - Timestamp.now().seconds(since: note.started)
        return left > 0 ? TimeSpan(seconds: left) : nil
    }

    private func path(_ key: CheckKey) -> String { "\(folder)/\(key.hex)" }
}
