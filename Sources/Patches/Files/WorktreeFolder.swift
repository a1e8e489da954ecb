#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A name as the system's `…at` calls take it: inside an open folder, or absolute.
struct Place {
    /// The open folder, or `AT_FDCWD` for an absolute path; whoever made the place keeps it open.
    let folder: Int32
    let name: DiskPath

    /// An absolute path.
    init(_ path: DiskPath) {
        folder = AT_FDCWD
        name = path
    }

    fileprivate init(folder: Int32, name: [UInt8]) {
        self.folder = folder
        self.name = DiskPath(bytes: name)
    }
}

/// An open folder of the working tree, reached from its top without following a link.
///
/// Git takes what lies behind a link for not there. A path that is opened name by name stays in the working tree even
/// when something swaps a folder for a link meanwhile.
struct WorktreeFolder: ~Copyable {
    private let descriptor: Int32

    /// Opens the folder that holds a path.
    ///
    /// - Parameters:
    ///   - path: relative to `top`.
    ///   - making: whether missing folders are made.
    /// - Returns: `nil` when a folder on the way is missing, or a file or a link stands in its place.
    static func open(
        holding path: [UInt8], in top: DiskPath, making: Bool = false
    ) throws(DiskProblem) -> WorktreeFolder? {
        let start = top.withCString { Self.open(AT_FDCWD, $0, following: true) }
        guard start >= 0 else { throw DiskProblem("cannot open", top, errno) }
        var folder = WorktreeFolder(descriptor: start)
        for part in path.split(separator: 0x2F).dropLast() {
            let name = DiskPath(bytes: Array(part))
            if making, name.withCString({ mkdirat(folder.descriptor, $0, 0o777) }) != 0, errno != EEXIST {
                throw DiskProblem("cannot create the folder", top.appending(path).parent, errno)
            }
            let next = name.withCString { Self.open(folder.descriptor, $0, following: false) }
            guard next >= 0 else {
                if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return nil }
                throw DiskProblem("cannot open", top.appending(path).parent, errno)
            }
            folder = WorktreeFolder(descriptor: next)
        }
        return folder
    }

    private static func open(_ folder: Int32, _ name: UnsafePointer<CChar>, following: Bool) -> Int32 {
        openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (following ? 0 : O_NOFOLLOW))
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// A name in the folder; the place must not outlive it.
    func place(_ name: [UInt8]) -> Place { Place(folder: descriptor, name: name) }
}

extension FileIdentity {
    /// The identity of what git sees at a path of the working tree: nothing where a link stands in the place of a folder.
    static func of(_ path: [UInt8], in top: DiskPath) throws(DiskProblem) -> FileIdentity? {
        guard let folder = try WorktreeFolder.open(holding: path, in: top) else { return nil }
        return of(folder.place(path.fileName))
    }
}

extension [UInt8] {
    /// What follows the last slash of a path.
    var fileName: [UInt8] { lastIndex(of: 0x2F).map { Array(self[($0 + 1)...]) } ?? self }
}
