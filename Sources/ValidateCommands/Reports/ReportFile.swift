import GitValues
import SystemPackage

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
