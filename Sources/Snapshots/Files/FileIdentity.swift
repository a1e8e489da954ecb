#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What tells one state of a file from another without reading it.
package struct FileIdentity: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int64
    /// The modification time.
    package let seconds: Int64
    package let nanoseconds: Int64
    /// Whether it is a regular file.
    package let isRegular: Bool
    /// The permission bits.
    let permissions: mode_t

    /// Reads the identity of what is at a path, not following a link; `nil` when nothing is there.
    package init?(of path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The same for a path of any bytes, relative to a folder.
    init?(of path: [UInt8], in folder: String) {
        guard let status = Files.status(of: path, in: folder) else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = Int64(status.modified.tv_sec)
        nanoseconds = Int64(status.modified.tv_nsec)
        isRegular = status.kind == S_IFREG
        permissions = status.st_mode & 0o7777
    }
}

extension stat {
    /// The modification time, under one name on all systems.
    var modified: timespec {
        #if canImport(Glibc)
            st_mtim
        #else
            st_mtimespec
        #endif
    }

    /// The change time, under one name on all systems.
    var changed: timespec {
        #if canImport(Glibc)
            st_ctim
        #else
            st_ctimespec
        #endif
    }

    /// The kind of file: `S_IFREG`, `S_IFDIR`, `S_IFLNK` and so on.
    var kind: mode_t { st_mode & S_IFMT }
}

extension Files {
    /// What `lstat` says of a path of any bytes, relative to a folder; `nil` when nothing is there.
    static func status(of path: [UInt8], in folder: String) -> stat? {
        withName(path, in: folder) { name in
            var status = stat()
            return lstat(name, &status) == 0 ? status : nil
        } ?? nil
    }

    /// Gives access to a path of any bytes, relative to a folder, as the system takes it.
    static func withName<Result>(
        _ path: [UInt8], in folder: String, _ body: (UnsafePointer<CChar>) -> Result
    ) -> Result? {
        let full = Array(folder.utf8) + [UInt8(ascii: "/")] + path + [0]
        return full.withUnsafeBytes { $0.bindMemory(to: CChar.self).baseAddress.map(body) }
    }

    /// The time by the clock of the file system a folder is in.
    static func now(in folder: String) throws -> timespec {
        let path = folder + "/clock"
        try write([], to: path, sync: false)
        defer { unlink(path) }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw error("read the time of '\(path)'") }
        return status.modified
    }
}

extension FileIdentity {
    /// Reads the identity of an open file; `nil` when the system does not tell.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }
}
