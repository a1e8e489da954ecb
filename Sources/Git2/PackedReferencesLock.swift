import CWriteBack
import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The lock on `packed-refs`, with what the file becomes in it; what was not committed when this value ends has not
/// happened.
///
/// The lock is a second name of a file that is written first, `packed-refs.gitpatch-PID`: it is never there without its
/// content, and after a crash the shared inode proves whose it is. Git's own lock on this file stays empty while git writes
/// another one beside it, so nothing can be told from content.
struct PackedReferencesLock: ~Copyable {
    private static let proofMark = ".gitpatch-"

    private let path: String
    private let operation: String
    private let descriptor: Int32
    private var isHeld = true

    private var lock: String { path + ".lock" }
    private var proof: String { PackedReferencesLock.proof(for: path) }

    private static func proof(for path: String) -> String { path + proofMark + "\(getpid())" }

    /// Takes the lock; `nil` when somebody has it.
    ///
    /// - Parameter content: what the file shall be; it is on its way to the disk when this returns.
    static func take(
        for path: String, _ content: [UInt8], _ operation: String
    ) throws(GitError) -> PackedReferencesLock? {
        let proof = proof(for: path)
        let descriptor = open(proof, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            // Another task of this process has it, or one of that number was killed.
            if errno == EEXIST { return nil }
            throw GitError.system(operation, proof)
        }
        do throws(GitError) {
            // Who may read the file may read the next one.
            var status = stat()
            if stat(path, &status) == 0 { fchmod(descriptor, status.st_mode & 0o777) }
            SharedFiles.settle(descriptor, at: proof)
            try writeAll(content, to: descriptor, proof, operation)
            gitpatch_begin_write_back(descriptor)
            if link(proof, path + ".lock") == 0 {
                return PackedReferencesLock(path: path, operation: operation, descriptor: descriptor)
            }
            guard errno == EEXIST else { throw GitError.system(operation, path + ".lock") }
        } catch {
            close(descriptor)
            unlink(proof)
            throw error
        }
        close(descriptor)
        unlink(proof)
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
        unlink(proof)
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

    /// Removes what dead processes left of their locks, and says how many locks that were.
    ///
    /// - Parameter known: a process that is known to be dead, whoever has its number now.
    static func removeStale(for path: String, of known: Int32?) -> Int {
        guard let slash = path.lastIndex(of: "/") else { return 0 }
        let (folder, start) = (String(path[..<slash]), path[path.index(after: slash)...] + proofMark)
        guard let stream = opendir(folder) else { return 0 }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if name.hasPrefix(start) { names.append(name) }
        }
        closedir(stream)
        var removed = 0
        for name in names {
            guard let process = Int32(name.dropFirst(start.count)),
                process == known || (kill(process, 0) != 0 && errno == ESRCH)
            else { continue }
            var (proof, lock) = (stat(), stat())
            if lstat(folder + "/" + name, &proof) == 0, lstat(path + ".lock", &lock) == 0, proof.st_ino == lock.st_ino,
                proof.st_dev == lock.st_dev, unlink(path + ".lock") == 0
            {
                removed += 1
            }
            unlink(folder + "/" + name)
        }
        return removed
    }
}
