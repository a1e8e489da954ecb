#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What tells one file from another and one state of it from the next: where its bytes are, how many, and since when.
///
/// The change time is left out on purpose: a rename or a second name alters it and nothing else.
package struct FileIdentity: Hashable, Sendable, Codable {
    /// What kind of thing has the name.
    package enum Kind: String, Sendable, Codable { case file, link, directory, other }

    package var kind: Kind
    package var inode: UInt64
    package var size: Int64
    package var modifiedSeconds: Int64
    package var modifiedNanoseconds: Int64
    /// The permission bits.
    package var permissions: UInt32

    /// The identity of what has the name, links not followed; `nil` when nothing has it.
    static func of(_ path: DiskPath) -> FileIdentity? { of(Place(path)) }

    /// The same for a name in an open folder.
    static func of(_ place: Place) -> FileIdentity? { FileState.of(place)?.identity }

    fileprivate init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFLNK: kind = .link
        case S_IFDIR: kind = .directory
        default: kind = .other
        }
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        permissions = UInt32(status.st_mode & 0o7777)
        #if canImport(Glibc)
            modifiedSeconds = Int64(status.st_mtim.tv_sec)
            modifiedNanoseconds = Int64(status.st_mtim.tv_nsec)
        #else
            modifiedSeconds = Int64(status.st_mtimespec.tv_sec)
            modifiedNanoseconds = Int64(status.st_mtimespec.tv_nsec)
        #endif
    }
}

/// A file's identity with its change time, which even a writer that sets the time of the content back cannot hold.
struct FileState: Equatable {
    let identity: FileIdentity
    private let changedSeconds: Int64
    private let changedNanoseconds: Int64

    /// The state of what has the name, links not followed; `nil` when nothing has it.
    static func of(_ place: Place) -> FileState? {
        var status = stat()
        guard place.name.withCString({ fstatat(place.folder, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else {
            return nil
        }
        return FileState(status)
    }

    private init(_ status: stat) {
        identity = FileIdentity(status)
        #if canImport(Glibc)
            changedSeconds = Int64(status.st_ctim.tv_sec)
            changedNanoseconds = Int64(status.st_ctim.tv_nsec)
        #else
            changedSeconds = Int64(status.st_ctimespec.tv_sec)
            changedNanoseconds = Int64(status.st_ctimespec.tv_nsec)
        #endif
    }
}
