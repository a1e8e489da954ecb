#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What `lstat` says of a file, as far as an index keeps it.
struct FileStatus: Hashable, Sendable {
    let changedSeconds: Int64
    let changedNanoseconds: UInt32
    let modifiedSeconds: Int64
    let modifiedNanoseconds: UInt32
    let device: UInt32
    let inode: UInt64
    let mode: UInt32
    let user: UInt32
    let group: UInt32
    let size: Int64

    init(_ status: stat) {
        changedSeconds = Int64(status.changed.tv_sec)
        changedNanoseconds = UInt32(truncatingIfNeeded: status.changed.tv_nsec)
        modifiedSeconds = Int64(status.modified.tv_sec)
        modifiedNanoseconds = UInt32(truncatingIfNeeded: status.modified.tv_nsec)
        device = UInt32(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
        mode = UInt32(status.st_mode)
        user = UInt32(truncatingIfNeeded: status.st_uid)
        group = UInt32(truncatingIfNeeded: status.st_gid)
        size = Int64(status.st_size)
    }

    /// The kinds of files that git knows.
    enum Kind: Sendable {
        case regular
        case link
        case folder
        /// A pipe, a socket, a device.
        case special
    }

    /// What the file is.
    var kind: Kind {
        switch mode_t(mode) & S_IFMT {
        case S_IFREG: .regular
        case S_IFLNK: .link
        case S_IFDIR: .folder
        default: .special
        }
    }

    /// How long to wait, in nanoseconds, until a file that was changed a moment ago can be read so that a write shows; 0 when
    /// it can be now.
    ///
    /// The kernel takes the times of files from a clock that moves in steps (4 ms as most are built, 10 ms at the slowest):
    /// two writes in one step leave the same time. Every write sets the time of the last change, which no program can set.
    var unsettled: Int64 {
        let changed = changedSeconds * 1_000_000_000 + Int64(changedNanoseconds)
        let time = FileStatus.now(CLOCK_REALTIME)
        #if canImport(Glibc)
            var step = timespec()
            if clock_getres(CLOCK_REALTIME_COARSE, &step) == 0, step.tv_sec == 0, step.tv_nsec > 0 {
                return FileStatus.unsettled(
                    since: changed, size: size, fileClock: FileStatus.now(CLOCK_REALTIME_COARSE), time: time,
                    step: Int64(step.tv_nsec))
            }
        #endif
        return time < changed ? 0 : max(0, FileStatus.longWrite - (time - changed))
    }

    /// The same, all times in nanoseconds, by the clock of files and the time of day.
    ///
    /// A busy or virtual machine moves that clock late, by more than a step: the time of day alone tells nothing. What lies
    /// less than half a step behind it is of its last step, perhaps rounded by the file system; what lies in front of it is
    /// a finer time, which newer kernels give on some file systems, and on others as a bound that writes share.
    ///
    /// A write sets the time when it begins. One page is there as a whole or not at all, more may take longer than a step.
    static func unsettled(since change: Int64, size: Int64, fileClock: Int64, time: Int64, step: Int64) -> Int64 {
        let age = time - change
        guard age >= 0 else { return 0 }
        let step = fileClock - change < step / 2 ? max(step - age, step / 4) : 0
        return size <= page ? step : max(step, longWrite - age)
    }

    /// The smallest page that systems have, in bytes.
    private static let page = 4096
    /// How long a write is allowed for, in nanoseconds.
    private static let longWrite: Int64 = 10_000_000

    private static func now(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    /// Whether its owner may execute it.
    var isExecutable: Bool { mode & 0o100 != 0 }
}

/// The modes of files in trees and indexes.
enum FileMode {
    static let regular: UInt32 = 0o100644
    static let executable: UInt32 = 0o100755
    static let link: UInt32 = 0o120000
    static let folder: UInt32 = 0o040000
    static let submodule: UInt32 = 0o160000
}
