import CWriteBack
import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Lock files on some refs, held until this value ends; what was not committed by then has not happened.
///
/// The lock of a ref is the file `NAME.lock` beside it, made exclusively; the new value is written into it, and renaming
/// it is the move. Values and names are waited for together, not one by one.
struct ReferenceLocks: ~Copyable {
    private struct Lock {
        let path: String
        let reference: String
        let descriptor: Int32
        /// The folders in which folders above it were made.
        let grown: [String]
        var isHeld = true
    }

    private var locks: [Lock] = []
    /// The folders whose names have changed and are not known to be on the disk.
    private var folders: Set<String> = []

    deinit {
        for lock in locks {
            close(lock.descriptor)
            if lock.isHeld { unlink(lock.path) }
        }
    }

    /// Lets go of every lock that was not committed.
    mutating func release() {
        for index in locks.indices where locks[index].isHeld {
            unlink(locks[index].path)
            locks[index].isHeld = false
        }
    }

    /// Locks one more ref; waits as long as git does (a tenth of a second) for somebody else's lock.
    mutating func lock(_ name: ReferenceName, at reference: String) throws(GitError) {
        let operation = "locking '\(name)'"
        let path = reference + ".lock"
        var pauses = [1, 4, 9, 16, 30, 40][...]
        var attempts = 0
        var grown: [String] = []
        while true {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            SharedFiles.settle(descriptor, at: path)
            if descriptor >= 0 {
                locks.append(Lock(path: path, reference: reference, descriptor: descriptor, grown: grown))
                return
            }
            switch errno {
            case EEXIST:
                guard let pause = pauses.popFirst() else {
                    throw GitError(.locked, operation, "somebody holds its lock", subject: name.text, path: path)
                }
                usleep(UInt32(pause) * 1000)
            // Somebody who deletes a ref beside this one may remove the folder again.
            case ENOENT where attempts < 3:
                attempts += 1
                grown += foldersToGrow(above: path)
                guard Folders.make(above: path) else { throw GitError.system(operation, reference) }
            case ENOTDIR, EISDIR:
                throw GitError(.nameConflict, operation, "another ref has a part of its name", subject: name.text)
            default: throw GitError.system(operation, path)
            }
        }
    }

    /// Writes new values into their locks, in order, and waits for all of them as carefully as asked. `nil` is a value that is
    /// written elsewhere.
    func write(_ values: [ReferenceMove.New?], _ care: WriteCare) throws(GitError) {
        var written: [Lock] = []
        for (lock, value) in zip(locks, values) where try write(value, into: lock) { written.append(lock) }
        for lock in written where !care.settle(lock.descriptor) {
            throw GitError.system("writing '\(lock.reference)'", lock.path)
        }
    }

    /// Writes one value into its lock and waits for it.
    func write(_ index: Int, _ value: ReferenceMove.New) throws(GitError) {
        let lock = locks[index]
        guard try write(value, into: lock), fsync(lock.descriptor) == 0 else {
            throw GitError.system("writing '\(lock.reference)'", lock.path)
        }
    }

    private func write(_ value: ReferenceMove.New?, into lock: Lock) throws(GitError) -> Bool {
        let content: [UInt8]
        switch value {
        case .object(let id): content = Array("\(id.hex)\n".utf8)
        case .symbolic(let name): content = Array("ref: \(name)\n".utf8)
        case .deleted, nil: return false
        }
        guard systemWrite(lock.descriptor, content) == content.count else {
            throw GitError.system("writing '\(lock.reference)'", lock.path)
        }
        gitpatch_begin_write_back(lock.descriptor)
        return true
    }

    /// Gives the ref locked as the `index`th its new value and lets go of its lock.
    mutating func commit(_ index: Int) throws(GitError) {
        let lock = locks[index]
        if rename(lock.path, lock.reference) != 0 {
            let isFolder = [EISDIR, ENOTEMPTY, EEXIST].contains(errno)
            // Folders of refs that are gone are not in the way.
            guard isFolder, Folders.removeEmptyTree(lock.reference), rename(lock.path, lock.reference) == 0 else {
                if isFolder {
                    throw GitError(.nameConflict, "writing '\(lock.reference)'", "there are refs below that name")
                }
                throw GitError.system("writing '\(lock.reference)'", lock.reference)
            }
        }
        locks[index].isHeld = false
        folders.formUnion(lock.grown + [parent(lock.reference)])
    }

    /// Lets go of the lock of the ref locked as the `index`th, whose new value is in another file.
    ///
    /// - Parameter top: the folder `refs` it is in; folders below its children go when they are empty.
    mutating func leave(_ index: Int, below top: String) {
        unlink(locks[index].path)
        locks[index].isHeld = false
        Folders.removeEmpty(above: locks[index].reference, below: top)
    }

    /// Takes note of a folder where a file was replaced.
    mutating func note(changedIn folder: String) { folders.insert(folder) }

    /// Removes the file of the ref locked as the `index`th, if it has one, and lets go of its lock.
    ///
    /// - Parameter top: the folder `refs` it is in; folders below its children go when they are empty.
    mutating func delete(_ index: Int, below top: String) throws(GitError) {
        let lock = locks[index]
        if unlink(lock.reference) == 0 {
            folders.insert(parent(lock.reference))
        } else if ![ENOENT, ENOTDIR, EISDIR].contains(errno) {
            throw GitError.system("deleting '\(lock.reference)'", lock.reference)
        }
        unlink(lock.path)
        locks[index].isHeld = false
        Folders.removeEmpty(above: lock.reference, below: top)
    }

    /// Waits until every name that has changed is on the disk, those in one folder apart.
    mutating func synchronise(leaving other: String? = nil) throws(GitError) {
        for folder in folders.sorted() where folder != other {
            let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
            // A folder that is gone was empty, or is somebody else's matter.
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            // Some file systems cannot synchronise folders and say EINVAL; there is nothing better to do there.
            if fsync(descriptor) != 0 && errno != EINVAL { throw GitError.system("writing refs", folder) }
        }
        folders = []
    }

    /// The folders in which one is missing on the way to a path.
    private func foldersToGrow(above path: String) -> [String] {
        var result: [String] = []
        var folder = parent(path)
        while !folder.isEmpty, access(folder, F_OK) != 0 {
            folder = parent(folder)
            result.append(folder)
        }
        return result
    }

    private func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: [UInt8]) -> Int { write(descriptor, bytes, bytes.count) }
