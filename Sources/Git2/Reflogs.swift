import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which refs get a reflog when they have none yet: `core.logAllRefUpdates`.
package enum ReflogPolicy: Sendable {
    case none
    /// HEAD, branches, remote-tracking branches and notes.
    case usual
    case all

    /// Reads the setting; without it, only bare repositories keep none.
    package init(logAllRefUpdates: String?, isBare: Bool) {
        switch logAllRefUpdates?.lowercased() {
        case nil: self = isBare ? .none : .usual
        case "always": self = .all
        case "false", "no", "off", "0", "": self = .none
        default: self = .usual
        }
    }

    func makes(_ name: ReferenceName) -> Bool {
        switch self {
        case .none: false
        case .usual:
            name == .head || ["refs/heads/", "refs/remotes/", "refs/notes/"].contains { name.text.hasPrefix($0) }
        case .all: true
        }
    }
}

/// The reflogs of a repository.
///
/// As in git, they are not waited for: what a power cut takes from them is no work of anybody.
struct Reflogs {
    let files: ReferenceFiles

    /// Adds a line, if the ref has a log or gets one.
    func append(_ name: ReferenceName, from old: ObjectID?, to new: ObjectID?, _ message: String, by identity: Identity)
        throws(GitError)
    {
        let path = path(of: name)
        let operation = "writing the reflog of '\(name)'"
        guard let log = try open(path, creating: files.reflogs.makes(name), operation) else { return }
        defer { close(log) }
        let zero = String(repeating: "0", count: (old ?? new)?.hex.utf8.count ?? 40)
        let words = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let line = Array("\(old?.hex ?? zero) \(new?.hex ?? zero) \(identity.line)\t\(words)\n".utf8)
        // One call: other writers append to the same file.
        let count = write(log, line, line.count)
        if count == line.count { return }
        if count > 0 { Reflogs.takeBack(count, from: log) }
        throw GitError.system(operation, path)
    }

    /// Removes the beginning of a line that had no room, unless somebody has written behind it.
    private static func takeBack(_ count: Int, from log: Int32) {
        var status = stat()
        let end = lseek(log, 0, SEEK_CUR)
        if fstat(log, &status) == 0, status.st_size == end { _ = ftruncate(log, end - off_t(count)) }
        errno = ENOSPC
    }

    /// Removes the log of a ref, and the folders that are empty then.
    func remove(_ name: ReferenceName) throws(GitError) {
        let path = path(of: name)
        guard unlink(path) == 0 else {
            let reason = errno
            // A folder is the place of other logs; removing one as a file is EISDIR on Linux, EPERM elsewhere.
            var status = stat()
            let isFolder = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            if isFolder || reason == ENOENT || reason == ENOTDIR { return }
            errno = reason
            throw GitError.system("deleting the reflog of '\(name)'", path)
        }
        Folders.removeEmpty(above: path, below: files.directory(of: name) + "/logs/refs")
    }

    private func path(of name: ReferenceName) -> String { files.directory(of: name) + "/logs/" + name.text }

    private func open(_ path: String, creating: Bool, _ operation: String) throws(GitError) -> Int32? {
        let flags = O_WRONLY | O_APPEND | O_CLOEXEC
        for _ in 0..<3 {
            let log = systemOpen(path, creating ? flags | O_CREAT : flags, 0o666)
            if log >= 0 {
                if creating { SharedFiles.settle(log, at: path) }
                return log
            }
            switch errno {
            case ENOENT where creating:
                guard Folders.make(above: path) else { throw GitError.system(operation, path) }
            case ENOENT: return nil
            case ENOTDIR where !creating: return nil
            // Folders of logs that are gone.
            case EISDIR where creating && Folders.removeEmptyTree(path): continue
            case EISDIR where !creating: return nil
            default: throw GitError.system(operation, path)
            }
        }
        throw GitError.system(operation, path)
    }
}

private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
