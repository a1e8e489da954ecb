#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The file of a prepared index, from the start of a capture to its end.
final class IndexDraft {
    private let path: String
    private let began: timespec
    private var isComplete = false

    /// Creates the file; its time, by the clock of its file system, is the start of the capture.
    init(_ folder: String) throws {
        path = folder + "/index"
        try Files.write([], to: path, sync: false)
        var status = stat()
        guard lstat(path, &status) == 0 else { throw Files.error("examine '\(path)'") }
        began = status.modified
    }

    /// Fills the file, with the time at which the capture began: files written since then look racy to git and are compared
    /// by content, so that no change is missed.
    ///
    /// Its content is on its way to the disk; whoever puts it in place waits for that, together with all else.
    func complete(_ bytes: [UInt8], _ destination: String, basis: FileIdentity?) throws -> PreparedIndex {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw Files.error("write '\(path)'") }
        defer { close(file) }
        try Files.write(bytes, to: file, path)
        if let mode = basis?.permissions { fchmod(file, mode) }
        guard futimens(file, [began, began]) == 0 else { throw Files.error("set the time of '\(path)'") }
        Files.beginWriteBack(file)
        isComplete = true
        return PreparedIndex(path: path, destination: destination, basis: basis)
    }

    /// Removes the file unless it is complete.
    func discard() { if !isComplete { unlink(path) } }
}
