import GitValues
import Store
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The few file operations the journal is made of; each is one system call, or says in which order it makes several.
///
/// Paths are absolute. Names inside the worktree are bytes, so every call takes a `DiskPath`.
enum Disk {
    /// Creates a folder; one that exists is fine, a missing parent is not.
    static func makeDirectory(_ path: DiskPath) throws(DiskProblem) {
        if path.withCString({ mkdir($0, 0o777) }) == 0 { return SharedFiles.settle(path.text) }
        let code = errno
        if code == EEXIST, isDirectory(path) { return }
        throw DiskProblem("cannot create the folder", path, code)
    }

    /// Creates a folder that nobody else may look into, where temporary files go: in `TMPDIR`, else `/tmp`.
    static func makeTemporaryDirectory() throws(DiskProblem) -> DiskPath {
        let place = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        var template = Array((place + "/gitpatch-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw DiskProblem("cannot create a folder in", DiskPath(place), errno)
        }
        return DiskPath(bytes: template.dropLast().map { UInt8(bitPattern: $0) })
    }

    /// Creates a folder and the missing ones above it.
    static func makeDirectories(_ path: DiskPath) throws(DiskProblem) {
        if isDirectory(path) { return }
        let parent = path.parent
        if parent != path { try makeDirectories(parent) }
        try makeDirectory(path)
    }

    /// Gives a file a second name; `false` when something has that name already.
    static func link(_ source: DiskPath, to target: DiskPath) throws(DiskProblem) -> Bool {
        try link(Place(source), to: Place(target))
    }

    /// The same for names in open folders.
    static func link(_ source: Place, to target: Place) throws(DiskProblem) -> Bool {
        FaultPoint.reached("link")
        let status = source.name.withCString { from in
            target.name.withCString { to in linkat(source.folder, from, target.folder, to, 0) }
        }
        if status == 0 { return true }
        let code = errno
        if code == EEXIST { return false }
        throw DiskProblem("cannot create", target.name, code)
    }

    /// Moves a file over another name in one step.
    static func rename(_ source: DiskPath, to target: DiskPath) throws(DiskProblem) {
        try rename(Place(source), to: Place(target))
    }

    /// The same for names in open folders.
    static func rename(_ source: Place, to target: Place) throws(DiskProblem) {
        FaultPoint.reached("rename")
        let status = source.name.withCString { from in
            target.name.withCString { to in renameat(source.folder, from, target.folder, to) }
        }
        if status != 0 { throw DiskProblem("cannot write", target.name, errno) }
    }

    /// Removes a file or a symbolic link; one that is not there is fine.
    static func remove(_ path: DiskPath) throws(DiskProblem) { try remove(Place(path)) }

    /// The same for a name in an open folder.
    static func remove(_ place: Place) throws(DiskProblem) {
        FaultPoint.reached("unlink")
        if place.name.withCString({ unlinkat(place.folder, $0, 0) }) == 0 { return }
        let code = errno
        if code != ENOENT && code != ENOTDIR { throw DiskProblem("cannot remove", place.name, code) }
    }

    /// Removes a folder if it is empty; says whether it did.
    static func removeEmptyDirectory(_ path: DiskPath) -> Bool { path.withCString { rmdir($0) } == 0 }

    /// Removes a file or folder of ours with all it holds; what cannot be removed stays.
    static func removeTree(_ path: DiskPath) {
        guard isDirectory(path) else {
            _ = path.withCString { unlink($0) }
            return
        }
        for name in names(in: path) { removeTree(path.appending(name)) }
        _ = path.withCString { rmdir($0) }
    }

    /// The names in a folder, sorted by bytes; empty when it cannot be read.
    static func names(in path: DiskPath) -> [[UInt8]] {
        guard let handle = path.withCString({ opendir($0) }) else { return [] }
        defer { closedir(handle) }
        var names: [[UInt8]] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [0x2E] && name != [0x2E, 0x2E] { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The files below a folder of the worktree, as paths relative to its top.
    static func files(below path: [UInt8], in top: DiskPath) -> [[UInt8]] {
        names(in: top.appending(path)).flatMap { name -> [[UInt8]] in
            let child = path + [0x2F] + name
            return isDirectory(top.appending(child)) ? files(below: child, in: top) : [child]
        }
    }

    /// Reads a file whole; `nil` when there is none.
    static func read(_ path: DiskPath) throws(DiskProblem) -> [UInt8]? {
        let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw DiskProblem("cannot read", path, errno)
        }
        defer { close(descriptor) }
        var status = stat()
        var bytes: [UInt8] = []
        if fstat(descriptor, &status) == 0 { bytes.reserveCapacity(Int(status.st_size) + 1) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = posixRead(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw DiskProblem("cannot read", path, errno) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// Writes a file that must not exist yet and, if `durably`, waits until its bytes are on the disk.
    static func write(
        _ bytes: [UInt8], toNew path: DiskPath, mode: UInt32 = 0o666, durably: Bool = true
    ) throws(DiskProblem) {
        FaultPoint.reached("write")
        let descriptor = path.withCString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode)) }
        guard descriptor >= 0 else { throw DiskProblem("cannot create", path, errno) }
        defer { close(descriptor) }
        SharedFiles.settle(descriptor, at: path.text)
        try write(bytes[...], to: descriptor, named: path)
        guard durably else { return }
        FaultPoint.reached("fsync")
        if fsync(descriptor) != 0 { throw DiskProblem("cannot write", path, errno) }
    }

    /// Writes all bytes to an open file; the path is for the message.
    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, named path: DiskPath) throws(DiskProblem) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { posixWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw DiskProblem("cannot write", path, errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Waits until a folder's names, or a file's bytes, are on the disk.
    static func synchronise(_ path: DiskPath) throws(DiskProblem) {
        FaultPoint.reached("fsync")
        let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw DiskProblem("cannot open", path, errno) }
        defer { close(descriptor) }
        // Some file systems cannot synchronise folders and say EINVAL; there is nothing better to do there.
        if fsync(descriptor) != 0 && errno != EINVAL { throw DiskProblem("cannot write", path, errno) }
    }

    /// Waits until a file's bytes are on the disk; a symbolic link has none to wait for.
    static func synchroniseFile(_ path: DiskPath) throws(DiskProblem) {
        if FileIdentity.of(path)?.kind == .file { try synchronise(path) }
    }

    /// Refuses a folder whose names cannot be changed.
    static func requireWritable(_ path: DiskPath) throws(DiskProblem) {
        if path.withCString({ access($0, W_OK | X_OK) }) != 0 {
            throw DiskProblem("cannot change files in", path, errno)
        }
    }

    /// Whether a folder is at the path; links are not followed.
    static func isDirectory(_ path: DiskPath) -> Bool { FileIdentity.of(path)?.kind == .directory }

    /// Whether anything is at the path, a broken link included.
    static func exists(_ path: DiskPath) -> Bool { FileIdentity.of(path) != nil }
}

/// An absolute path as the system has it: bytes.
struct DiskPath: Hashable, Sendable, CustomStringConvertible {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    init(_ text: String) { self.bytes = Array(text.utf8) }

    /// The path of something inside the folder.
    func appending(_ name: [UInt8]) -> DiskPath { DiskPath(bytes: bytes + [0x2F] + name) }

    /// The path of something inside the folder.
    func appending(_ name: String) -> DiskPath { appending(Array(name.utf8)) }

    /// The folder it is in; of `/`, `/` itself.
    var parent: DiskPath {
        guard let slash = bytes.lastIndex(of: 0x2F) else { return self }
        return DiskPath(bytes: slash == 0 ? [0x2F] : Array(bytes[..<slash]))
    }

    /// The path as children take it.
    var filePath: FilePath { FilePath(text) }

    /// The path as text, for messages and children.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    var description: String { text }

    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        (bytes + [0]).withUnsafeBytes { raw in
            guard let start = raw.bindMemory(to: CChar.self).baseAddress else { return body("") }
            return body(start)
        }
    }
}

#if canImport(Glibc)
    private let posixRead = Glibc.read
    private let posixWrite = Glibc.write
#else
    private let posixRead = Darwin.read
    private let posixWrite = Darwin.write
#endif
