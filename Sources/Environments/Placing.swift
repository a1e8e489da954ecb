#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How files of a snapshot come into a worktree, best first.
package enum Placing: String, Sendable, CaseIterable, Codable {
    /// The file system shares the blocks until one side writes.
    case reflink
    /// A second name; a write in place is seen on both sides, and noticed at the next restoring.
    case hardLink = "hard link"
    case copy

    /// Places one file; returns whether this way works here.
    ///
    /// - Throws: `FileProblem` when even a copy fails.
    func place(_ source: String, at target: String, _ facts: FileFacts) throws(FileProblem) -> Bool {
        switch self {
        case .reflink: return try Placing.clone(source, target, facts)
        case .hardLink: return link(source, target) == 0
        case .copy:
            try FileCalls.copy(source, to: target)
            Placing.finish(target, facts)
            return true
        }
    }

    private static func clone(_ source: String, _ target: String, _ facts: FileFacts) throws(FileProblem) -> Bool {
        #if os(Linux)
            let from = open(source, O_RDONLY | O_CLOEXEC)
            guard from >= 0 else { throw FileProblem("cannot read '\(source)'") }
            defer { close(from) }
            let to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard to >= 0 else { throw FileProblem("cannot write '\(target)'") }
            defer { close(to) }
            // FICLONE of linux/fs.h, _IOW(0x94, 9, int): a macro that is not imported.
            guard ioctl(to, 0x4004_9409, from) == 0 else {
                unlink(target)
                return false
            }
            finish(target, facts)
            return true
        #else
            return clonefile(source, target, 0) == 0
        #endif
    }

    /// Mode and time as the manifest has them.
    private static func finish(_ path: String, _ facts: FileFacts) {
        chmod(path, mode_t(facts.mode))
        var times = [
            timespec(tv_sec: Int(facts.modifiedSeconds), tv_nsec: Int(facts.modifiedNanoseconds)),
            timespec(tv_sec: Int(facts.modifiedSeconds), tv_nsec: Int(facts.modifiedNanoseconds)),
        ]
        utimensat(AT_FDCWD, path, &times, 0)
    }
}
