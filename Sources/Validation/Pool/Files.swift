import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The few file operations that validation needs; paths are absolute.
enum Files {
    /// What is at a path, without following a link there.
    enum Kind { case nothing, file, folder, other }

    static func kind(_ path: String) -> Kind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return .nothing }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    /// Creates a folder and those above it as needed; `false` when it cannot.
    @discardableResult
    static func makeFolder(_ path: String) -> Bool {
        if makeOne(path) { return true }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return false }
        return makeFolder(String(path[..<slash])) && makeOne(path)
    }

    /// Whether something is there that belongs to another user, whose files in it cannot be replaced.
    static func isClosed(_ path: String) -> Bool {
        var status = stat()
        return geteuid() != 0 && lstat(path, &status) == 0 && status.st_uid != geteuid()
    }

    private static func makeOne(_ path: String) -> Bool {
        guard mkdir(path, 0o777) == 0 else {
            let reason = errno
            if kind(path) == .folder { return true }
            errno = reason  // The look has another one.
            return false
        }
        SharedFiles.settle(path)
        return true
    }

    /// The folder a path lies in.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// The names in a folder, sorted; empty when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 1024) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The content of a file; `nil` when it cannot be read.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = posixRead(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// The size of a file in bytes; 0 when it cannot be told.
    static func size(_ path: String) -> Int64 {
        var status = stat()
        return lstat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// The content of a file as text; `nil` when it cannot be read.
    static func text(_ path: String) -> String? { read(path).map { String(decoding: $0, as: UTF8.self) } }

    /// Replaces a file in one step; `false` when it cannot. Not made durable: everything written so can be rebuilt.
    @discardableResult
    static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let temporary = "\(path).\(getpid()).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return false }
        SharedFiles.settle(descriptor, at: path)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { posixWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        guard close(descriptor) == 0, rest.isEmpty, rename(temporary, path) == 0 else {
            unlink(temporary)
            return false
        }
        return true
    }

    @discardableResult
    static func write(_ text: String, to path: String) -> Bool { write(Array(text.utf8), to: path) }

    /// Removes a file, or a folder with everything in it, folders that forbid it included. Links are not followed.
    /// Returns whether nothing is left.
    @discardableResult
    static func remove(_ path: String) -> Bool {
        switch kind(path) {
        case .nothing: return true
        case .file, .other: return unlink(path) == 0
        case .folder:
            if rmdir(path) == 0 { return true }
            chmod(path, 0o700)
            for name in names(in: path) { remove(path + "/" + name) }
            return rmdir(path) == 0
        }
    }

    /// Whether every folder above a path inside another folder is a real one, so that nothing leads out of it.
    static func isInside(_ top: String, _ path: String) -> Bool {
        var folder = top
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            if kind(folder) != .folder { return false }
        }
        return true
    }

    /// Gives the owner every permission on the folders in a folder.
    static func unlockFolders(in path: String) {
        chmod(path, 0o700)
        for name in names(in: path) where kind(path + "/" + name) == .folder { unlockFolders(in: path + "/" + name) }
    }

    static func delete(_ path: String) { unlink(path) }
}

#if canImport(Glibc)
    private let posixRead = Glibc.read
    private let posixWrite = Glibc.write
#elseif canImport(Musl)
    private let posixRead = Musl.read
    private let posixWrite = Musl.write
#else
    private let posixRead = Darwin.read
    private let posixWrite = Darwin.write
#endif
