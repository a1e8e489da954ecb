import GitValues
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whole files of text.
enum TextFile {
    /// Whether something is at a path.
    static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

    /// The bytes of a file; `nil` when it cannot be read.
    static func bytes(_ path: FilePath) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return nil }
        return try? file.closeAfter {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return bytes }
                bytes += buffer[..<count]
            }
        }
    }

    /// The text of a file; `nil` when it cannot be read.
    static func read(_ path: FilePath) -> String? { bytes(path).map { String(decoding: $0, as: UTF8.self) } }

    /// The names in a folder, sorted; none when it cannot be read.
    static func names(in folder: FilePath) -> [String] {
        guard let stream = opendir(folder.string) else { return [] }
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

    /// Replaces a file in one step, creating its folders.
    static func replace(_ path: FilePath, with text: String) throws(Errno) {
        try makeFolders(path.removingLastComponent())
        let temporary = FilePath(path.string + ".\(getpid()).new")
        do {
            let file = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.closeAfter { _ = try file.writeAll(text.utf8) }
        } catch {
            unlink(temporary.string)
            throw error as? Errno ?? .ioError
        }
        guard rename(temporary.string, path.string) == 0 else {
            let reason = Errno(rawValue: errno)
            unlink(temporary.string)
            throw reason
        }
    }

    private static func makeFolders(_ path: FilePath) throws(Errno) {
        if path.isEmpty || mkdir(path.string, 0o777) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else { throw Errno(rawValue: errno) }
        try makeFolders(path.removingLastComponent())
        guard mkdir(path.string, 0o777) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
    }
}
