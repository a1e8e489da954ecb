import GitValues
import Store

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An exclusive lock on a file (flock(2)): gone with the processes that hold it, however they end.
final class FileLock: Sendable {
    let path: String
    let descriptor: Int32

    /// Takes the lock, a shared one beside other shared ones; `nil` when somebody else has it.
    init?(path: String, shared: Bool = false) throws(FileLockProblem) {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw FileLockProblem(path: path, number: errno) }
            SharedFiles.settle(descriptor, at: path)
            guard flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
                let number = errno
                close(descriptor)
                if number == EINTR { continue }
                if number == EWOULDBLOCK { return nil }
                throw FileLockProblem(path: path, number: number)
            }
            if FileLock.isStill(descriptor, path) {
                self.path = path
                self.descriptor = descriptor
                return
            }
            close(descriptor)  // The last holder removed the file meanwhile; the lock of that one is worth nothing.
        }
    }

    deinit { close(descriptor) }

    /// Removes the file; the lock itself goes with the last use of this value.
    func remove() { unlink(path) }

    /// Whether somebody holds the lock of that file now; a shared lock counts only when asked for.
    static func isHeld(_ path: String, byAnyone: Bool = false) -> Bool {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, (byAnyone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0
    }

    private static func isStill(_ descriptor: Int32, _ path: String) -> Bool {
        var (mine, there) = (stat(), stat())
        return fstat(descriptor, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino
            && mine.st_dev == there.st_dev
    }
}
