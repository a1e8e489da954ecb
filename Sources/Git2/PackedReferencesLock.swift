import CWriteBack

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The lock on `packed-refs`, and what the file becomes; what was not committed when this value ends has not happened.
struct PackedReferencesLock: ~Copyable {
    private let path: String
    private let operation: String
    private let descriptor: Int32
    private var isHeld = true

    private var lock: String { path + ".lock" }

    /// Takes the lock; `nil` when somebody has it, after that many attempts with pauses of a fortieth of a second.
    static func take(for path: String, _ operation: String, attempts: Int) throws(GitError) -> PackedReferencesLock? {
        let lock = path + ".lock"
        for attempt in 1...attempts {
            let descriptor = open(lock, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return PackedReferencesLock(path: path, operation: operation, descriptor: descriptor) }
            guard errno == EEXIST else { throw GitError.system(operation, lock) }
            if attempt < attempts { usleep(25_000) }
        }
        return nil
    }

    private init(path: String, operation: String, descriptor: Int32) {
        self.path = path
        self.operation = operation
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
        if isHeld { unlink(lock) }
    }

    /// Writes what the file shall be; it is on its way to the disk then.
    mutating func write(_ content: [UInt8]) throws(GitError) {
        try writeAll(content, to: descriptor, lock, operation)
        gitpatch_begin_write_back(descriptor)
    }

    /// Waits until the content is on the disk.
    borrowing func settle() throws(GitError) {
        guard fsync(descriptor) == 0 else { throw GitError.system(operation, lock) }
    }

    /// Puts the file in place. Its name is not waited for.
    mutating func commit() throws(GitError) {
        guard rename(lock, path) == 0 else { throw GitError.system(operation, path) }
        isHeld = false
    }
}
