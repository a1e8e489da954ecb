#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What tells one state of a file from another without reading it: device, inode, size and both change times.
///
/// The status change time (`ctime`) is part of it because a program may set the modification time to anything.
package struct FileIdentity: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int64
    /// Modification time in nanoseconds since the epoch.
    package let modified: Int64
    /// Status change time in nanoseconds since the epoch.
    package let changed: Int64

    /// Creates an identity from its parts.
    package init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    /// Looks at a path, following symbolic links; `nil` when nothing is there or it cannot be looked at.
    package static func of(_ path: String) -> FileIdentity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
        #else
            let (modified, changed) = (status.st_mtim, status.st_ctim)
        #endif
        return FileIdentity(
            device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino),
            size: Int64(status.st_size),
            modified: nanoseconds(modified), changed: nanoseconds(changed))
    }

    /// Whether a later change could leave the very same identity behind, seen from a look taken at `time`.
    ///
    /// As in git's index ("racy git"): a write in the same tick of the file system's clock cannot be told apart. The
    /// kernel's tick is at most 10 ms; times without a fraction point to a file system that keeps whole seconds.
    package func isRacy(seenAt time: Int64) -> Bool {
        let window: Int64 = changed % 1_000_000_000 == 0 ? 2_000_000_000 : 20_000_000
        return max(modified, changed) >= time - window
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// The system's clock in nanoseconds since the epoch, as file times are.
package func wallClockNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
