import GitValues
package import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An exclusive lock on a file, held until the value ends; the system releases it when the process dies.
package struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock at once; `nil` when another process holds it.
    package static func take(_ path: String) throws(FileLockProblem) -> FileLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileLockProblem(path: path, number: errno) }
        SharedFiles.settle(descriptor, at: path)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            if number == EINTR { continue }
            close(descriptor)
            if number == EWOULDBLOCK { return nil }
            throw FileLockProblem(path: path, number: number)
        }
        return FileLock(descriptor: descriptor)
    }

    /// Takes the lock, trying for as long as `seconds`.
    package static func take(_ path: String, waiting seconds: Double) async throws -> FileLock? {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        while true {
            if let lock = try take(path) { return lock }
            guard clock.now < end else { return nil }
            try await clock.sleep(for: .milliseconds(50))
        }
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}
