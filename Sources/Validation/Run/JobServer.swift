import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Lends the free slots of a run to what its checks start, as GNU make's job server does (make(1), "POSIX Jobserver"):
/// each byte in a named pipe stands for one more job.
///
/// Make, cargo and others take a byte for each job after the first and put it back. Slots that are needed, here or by
/// another run, are taken back as bytes return; a slot is lent only while it is locked by this process.
final class JobServer: Sendable {
    let path: String
    private let pool: JobPool
    private let descriptor: Int32
    private let lent = Mutex<[FileLock]>([])

    /// The descriptor under which checks find the pipe.
    static let number = 8

    /// Makes the pipe; `nil` when that is not possible, and then nothing is lent.
    init?(_ path: String, _ pool: JobPool) {
        unlink(path)
        guard mkfifo(path, 0o600) == 0 else { return nil }
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.path = path
        self.pool = pool
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// What a check needs to know, by variable.
    var variables: [String: String] {
        ["MAKEFLAGS": "-j\(pool.limit) --jobserver-auth=\(JobServer.number),\(JobServer.number)"]
    }

    /// The words that start a command with the pipe open.
    func words(starting command: [String]) -> [String] {
        let script = "exec \(JobServer.number)<>\"$1\"; shift; exec \"$@\""
        return ["/bin/sh", "-c", script, "sh", path] + command
    }

    /// Lends what is free, or takes back what is not in use when another run waits.
    func balance() {
        if pool.isAwaited { return takeBackAll() }
        lent.withLock { lent in
            // A slot that cannot be had for another reason is not lent; the run itself says why.
            while let slot = (try? pool.slot()) ?? nil {
                var byte = UInt8(ascii: "+")
                guard posixWrite(descriptor, &byte, 1) == 1 else { return }
                lent.append(slot)
            }
        }
    }

    /// Takes one slot back; `nil` when all that were lent are in use.
    func takeBack() -> FileLock? {
        lent.withLock { lent in
            var byte: UInt8 = 0
            guard !lent.isEmpty, read(descriptor, &byte, 1) == 1 else { return nil }
            return lent.removeLast()
        }
    }

    /// Gives all that is not in use back to the pool.
    func takeBackAll() { while takeBack() != nil {} }

    /// When no check runs: what was lent is free, also where a check was killed before it put its bytes back.
    func reset() {
        lent.withLock { lent in
            var byte: UInt8 = 0
            while read(descriptor, &byte, 1) == 1 {}
            lent = []
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
