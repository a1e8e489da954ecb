#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A system call that failed.
package struct FileProblem: Error, Sendable, CustomStringConvertible {
    package let operation: String
    package let code: Int32
    package var description: String { "\(operation): \(String(cString: strerror(code)))" }

    init(_ operation: String) {
        self.operation = operation
        code = errno
    }
}

/// What is at a path: what `lstat` says of it that matters here.
struct FileFacts: Sendable, Hashable {
    enum Kind: String, Sendable { case file = "f", folder = "d", link = "l", other = "o" }

    let kind: Kind
    /// The permission bits.
    let mode: UInt32
    let size: Int64
    let modifiedSeconds: Int64
    let modifiedNanoseconds: Int64

    /// Reads them without following a link; `nil` when nothing is there.
    static func of(_ path: String) -> FileFacts? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return FileFacts(
            kind: kind, mode: UInt32(status.st_mode & 0o7777), size: Int64(status.st_size),
            modifiedSeconds: Int64(time.tv_sec), modifiedNanoseconds: Int64(time.tv_nsec))
    }
}

/// The file operations a store of environments needs.
enum FileCalls {
    static func makeFolder(_ path: String, mode: UInt32 = 0o777) throws(FileProblem) {
        if mkdir(path, mode_t(mode)) == 0 { return }
        if errno == EEXIST, FileFacts.of(path)?.kind == .folder { return }
        throw FileProblem("cannot create '\(path)'")
    }

    /// Creates a folder and those above it.
    static func makeFolders(_ path: String) throws(FileProblem) {
        if mkdir(path, 0o777) == 0 || FileFacts.of(path)?.kind == .folder { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw FileProblem("cannot create '\(path)'")
        }
        try makeFolders(String(path[..<slash]))
        try makeFolder(path)
    }

    static func move(_ old: String, to new: String) throws(FileProblem) {
        guard rename(old, new) == 0 else { throw FileProblem("cannot move '\(old)'") }
    }

    /// The names in a folder, in no order.
    static func names(in path: String) throws(FileProblem) -> [String] {
        guard let stream = opendir(path) else { throw FileProblem("cannot read '\(path)'") }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 1024) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    static func target(ofLink path: String) throws(FileProblem) -> String {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = readlink(path, &buffer, 4096)
        guard count >= 0 else { throw FileProblem("cannot read the link '\(path)'") }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes whatever is at a path, links not followed; what is not there is no error.
    static func remove(_ path: String) {
        guard let facts = FileFacts.of(path) else { return }
        guard facts.kind == .folder else {
            unlink(path)
            return
        }
        if facts.mode & 0o700 != 0o700 { chmod(path, 0o700) }
        for name in (try? names(in: path)) ?? [] { remove(path + "/" + name) }
        rmdir(path)
    }

    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = readBytes(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes += buffer[..<count]
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws(FileProblem) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileProblem("cannot write '\(path)'") }
        let problem = writeAll(bytes[...], to: descriptor) ? nil : FileProblem("cannot write '\(path)'")
        guard close(descriptor) == 0, problem == nil else { throw problem ?? FileProblem("cannot write '\(path)'") }
    }

    /// Copies a file's bytes piece by piece into a new file.
    static func copy(_ source: String, to target: String) throws(FileProblem) {
        let from = open(source, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw FileProblem("cannot read '\(source)'") }
        defer { close(from) }
        let to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard to >= 0 else { throw FileProblem("cannot write '\(target)'") }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var problem: FileProblem?
        while problem == nil {
            let count = readBytes(from, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { problem = FileProblem("cannot read '\(source)'") }
            if count <= 0 { break }
            if !writeAll(buffer[..<count], to: to) { problem = FileProblem("cannot write '\(target)'") }
        }
        guard close(to) == 0, problem == nil else { throw problem ?? FileProblem("cannot write '\(target)'") }
    }

    /// Writes all bytes; `false` with `errno` when that cannot be.
    private static func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { writeBytes(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

#if canImport(Glibc)
    private let readBytes = Glibc.read
    private let writeBytes = Glibc.write
#elseif canImport(Musl)
    private let readBytes = Musl.read
    private let writeBytes = Musl.write
#else
    private let readBytes = Darwin.read
    private let writeBytes = Darwin.write
#endif
