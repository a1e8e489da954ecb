import GitProcess
import GitValues
import Store

/// Which process speculates for a worktree, and the keys it needs: a small file that the newest process owns.
final class SpeculationToken: Sendable {
    private struct Note: Codable {
        var token: RecordID
        /// Absent until the newer process knows them.
        var keys: Set<String>?
    }

    private let path: String
    private let token = RecordID.make()

    init(_ location: RepositoryLocation) {
        let folder = location.storeDirectory + "/speculation"
        Files.makeFolder(folder)
        path = folder + "/" + SHA256.hex(Array(location.gitDirectory.utf8)).prefix(16)
        alone { write(Note(token: token)) }
    }

    /// Whether a newer process has come, or the repository has gone.
    var isReplaced: Bool { read()?.token != token }

    /// Tells older processes what this one needs.
    func announce(_ keys: Set<String>) { alone { if !isReplaced { write(Note(token: token, keys: keys)) } } }

    /// The keys that a newer process needs; `nil` while there is none, or it does not know them yet.
    func wantedByNewer() -> Set<String>? { read().flatMap { $0.token == token ? nil : $0.keys } }

    /// Does something while no other process looks at the note and writes it: an older one could take a newer one's away.
    private func alone(_ body: () -> Void) {
        for _ in 0..<200 {
            // Where no lock can be made, two runs may do the same work, and nothing worse.
            guard let lock = try? FileLock(path: path + ".lock") else {
                pauseThread(milliseconds: 5)
                continue
            }
            return withExtendedLifetime(lock) { body() }
        }
        body()
    }

    private func read() -> Note? {
        Files.text(path).flatMap { try? JSONText.decode(Note.self, from: $0) }  // Unreadable: as good as gone.
    }

    private func write(_ note: Note) {
        if let text = try? JSONText.encode(note) { Files.write(text, to: path) }
    }
}
