import GitValues
import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The right to change a repository: one holder at a time among all commands of the suite and all linked worktrees.
///
/// An advisory lock on `<common dir>/gitpatch/lock`, so that the kernel ends it with the process; the file's content
/// names the holder for those who wait. Released when the value goes away.
struct OperationLock: ~Copyable {
    private let descriptor: Int32
    /// Whether the last holder died with the lock in its hands.
    let followsCrash: Bool

    /// Takes the lock, waiting a little for a holder who is about to finish.
    ///
    /// - Throws: `PatchProblem.busy` that names the holder; `DiskProblem` when the lock file cannot be made.
    ///
    /// - Parameter tell: called once with who is waited for, when that takes long enough to be noticed.
    static func acquire(
        in storeDirectory: String, command: String, patience: TimeSpan, tell: (String) -> Void = { _ in }
    ) async throws -> OperationLock {
        let folder = DiskPath(storeDirectory)
        try Disk.makeDirectory(folder)
        let path = folder.appending("lock")
        let descriptor = path.withCString { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw DiskProblem("cannot create", path, errno) }
        SharedFiles.settle(descriptor, at: path.text)
        var waited = 0.0
        var isTold = false
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                let problem = DiskProblem("cannot lock", path, errno)
                close(descriptor)
                throw problem
            }
            guard waited < patience.seconds else {
                let holder = holder(in: storeDirectory)
                close(descriptor)
                throw PatchProblem(
                    .busy, "another command works on this repository: \(holder ?? "its holder is unknown")",
                    hints: ["wait until it has finished and run the command again"])
            }
            do { try await Task.sleep(for: .milliseconds(20)) } catch {
                close(descriptor)
                throw error
            }
            waited += 0.02
            if !isTold, waited >= 0.3 {
                isTold = true
                tell(holder(in: storeDirectory) ?? "another command of the suite")
            }
        }
        var left = stat()
        let followsCrash = fstat(descriptor, &left) == 0 && left.st_size > 0
        let mark = ProcessMark.current()
        let text = "\(mark.pid) \(mark.start) \(mark.boot) git patch \(command)\n"
        // The content only informs; the lock holds whether or not it can be written.
        _ = ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
        return OperationLock(descriptor: descriptor, followsCrash: followsCrash)
    }

    /// What the lock file says about the last holder: `git patch create (process 123)`; `nil` when it says nothing.
    static func holder(in storeDirectory: String) -> String? {
        // An unreadable file is the same as no answer here.
        guard let bytes = try? Disk.read(DiskPath(storeDirectory).appending("lock")) else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first?
            .split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard let fields, fields.count == 4 else { return nil }
        return "\(fields[3]) (process \(fields[0]))"
    }

    /// Whether the last holder died with the lock in its hands, as far as can be seen without taking it.
    static func wasLeft(in storeDirectory: String) -> Bool {
        guard let bytes = try? Disk.read(DiskPath(storeDirectory).appending("lock")), !bytes.isEmpty else {
            return false
        }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 3)
        guard fields.count == 4, let pid = Int32(fields[0]), let start = UInt64(fields[1]) else { return true }
        return !ProcessMark(pid: pid, start: start, boot: String(fields[2])).isAlive
    }

    private init(descriptor: Int32, followsCrash: Bool) {
        self.descriptor = descriptor
        self.followsCrash = followsCrash
    }

    deinit {
        _ = ftruncate(descriptor, 0)
        close(descriptor)
    }
}
