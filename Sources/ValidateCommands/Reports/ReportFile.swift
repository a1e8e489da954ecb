import GitValues
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A report that goes into a file.
enum ReportFile {
    /// A file that could not be written.
    struct WriteProblem: ProblemReport {
        let path: String
        let reason: String
        var problemCode: String { "cannot-write" }
        var exitStatus: Int32 { 69 }
        var description: String { "cannot write '\(path)': \(reason)" }
    }

    /// Refuses a path that cannot be written, before work is done for it.
    static func requireWritable(_ path: String) throws(WriteProblem) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw WriteProblem(path: path, reason: "it is a folder")
        }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if access(path, W_OK) == 0 { return }
        guard errno == ENOENT, access(folder, W_OK) == 0 else {
            throw WriteProblem(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// Writes a text to a file, replacing what it held.
    static func write(_ text: String, to path: String) throws {
        do {
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.closeAfter { _ = try file.writeAll(text.utf8) }
        } catch let error as Errno {
            throw WriteProblem(path: path, reason: "\(error)")
        }
    }
}
