import GitValues
import Store
import Synchronization

/// How many checks of a repository run at once on this machine, whoever started them: numbered slots, each a locked file
/// in `<common dir>/gitpatch/jobs`.
///
/// A run that may use N takes slots 1 to N only, so `-j` bounds all runs together and not each by itself. Locks go with
/// the process that holds them, so a slot is never lost. Words of `exclusive` are locked in the same way.
final class JobPool: Sendable {
    /// What a running check holds.
    final class Lease: Sendable {
        fileprivate let slot: FileLock
        private let words: [FileLock]

        fileprivate init(slot: FileLock, words: [FileLock]) {
            self.slot = slot
            self.words = words
        }
    }

    /// How many slots this run may use.
    let limit: Int
    private let folder: String
    private let mark = Mutex<FileLock?>(nil)

    init(_ storeDirectory: String, limit: Int) {
        folder = storeDirectory + "/jobs"
        self.limit = limit
        Files.makeFolder(folder)
    }

    /// A free slot; `nil` when there is none.
    func slot() throws(FileLockProblem) -> FileLock? {
        for number in 1...limit {
            if let lock = try FileLock(path: "\(folder)/\(number)") { return lock }
        }
        return nil
    }

    /// What a check needs to start in a slot; `nil` when another check, here or in another run, has one of its words.
    func lease(_ slot: FileLock, exclusive words: [String]) throws(FileLockProblem) -> Lease? {
        var locks: [FileLock] = []
        for word in Set(words).sorted() {
            let name = SHA256.hex(Array(word.utf8)).prefix(16)
            guard let lock = try FileLock(path: "\(folder)/exclusive-\(name)") else { return nil }
            locks.append(lock)
        }
        return Lease(slot: slot, words: locks)
    }

    /// Tells other runs that this one waits for a slot, or no longer does.
    func wait(_ isWaiting: Bool) {
        mark.withLock { mark in
            // Without the mark others do not make way, and that is all.
            if !isWaiting { mark = nil } else if mark == nil { mark = try? FileLock(path: waitingPath, shared: true) }
        }
    }

    /// Whether some run waits for a slot.
    var isAwaited: Bool { FileLock.isHeld(waitingPath, byAnyone: true) }

    private var waitingPath: String { folder + "/waiting" }
}
