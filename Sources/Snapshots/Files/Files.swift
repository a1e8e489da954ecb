import CWriteBack
import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The file operations that capturing needs, with coded errors.
enum Files {
    /// The error of the last failed system call.
    static func error(_ operation: String, number: Int32 = errno) -> CaptureError {
        let code: CaptureError.Code =
            switch number {
            case ENOSPC, EDQUOT: .diskFull
            case EACCES, EPERM, EROFS: .notWritable
            default: .inputOutput
            }
        return CaptureError(code: code, operation: operation, message: String(cString: strerror(number)))
    }

    /// Creates a folder with a name nobody has, beginning with a path.
    static func makeTemporaryDirectory(_ prefix: String) throws -> String {
        var template = Array((prefix + "XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw error("make a folder '\(prefix)…'") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The bits that new files do not get, whatever their maker asks for.
    static let mask: mode_t = {
        let mask = umask(0o077)
        umask(mask)
        return mask
    }()

    /// Creates a folder unless it is there; says whether it did.
    @discardableResult
    static func makeDirectory(_ path: String, mode: mode_t = 0o777) throws(CaptureError) -> Bool {
        if mkdir(path, mode) == 0 {
            SharedFiles.settle(path)
            return true
        }
        if errno == EEXIST { return false }
        throw error("make the folder '\(path)'")
    }

    /// The names in a folder, without `.` and `..`; empty when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file, or a folder with all that is in it. What cannot be removed stays.
    static func removeTree(_ path: String) {
        if unlink(path) == 0 || errno == ENOENT { return }
        for name in names(in: path) { removeTree(path + "/" + name) }
        rmdir(path)
    }

    /// The bytes of a small file; `nil` when it is not there.
    ///
    /// - Throws: `CaptureError` when it is there and cannot be read.
    static func read(_ path: String, followingLink: Bool = true) throws -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | (followingLink ? 0 : O_NOFOLLOW))
        if file < 0 {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw error("read '\(path)'")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw error("read '\(path)'") }
        return try read(file, count: Int(status.st_size), path)
    }

    /// Reads up to the end of a file that is expected to hold `count` bytes.
    static func read(_ file: Int32, count: Int, _ path: String) throws -> [UInt8] {
        var failure: Int32 = 0
        var isLonger = false
        var bytes = [UInt8](unsafeUninitializedCapacity: count + 1) { buffer, filled in
            while filled < buffer.count {
                let got = Self.retrying {
                    systemRead(file, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
                }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                filled += got
            }
            isLonger = filled > count
        }
        guard failure == 0 else { throw error("read '\(path)'", number: failure) }
        if isLonger { bytes += try read(file, count: max(count, 1 << 16), path) }
        return bytes
    }

    /// Copies a file with its modification time, on which the rules for racy entries of an index rest.
    ///
    /// - Returns: the identity of the original; `nil` when there is none.
    static func copy(_ source: String, to destination: String) throws -> FileIdentity? {
        let file = open(source, O_RDONLY | O_CLOEXEC)
        if file < 0 {
            if errno == ENOENT { return nil }
            throw error("read '\(source)'")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw error("read '\(source)'") }
        try write(try read(file, count: Int(status.st_size), source), to: destination, sync: false)
        try setModified(destination, to: status.modified)
        return FileIdentity(status)
    }

    /// Sets the modification time of a file.
    static func setModified(_ path: String, to time: timespec) throws {
        guard utimensat(AT_FDCWD, path, [time, time], 0) == 0 else { throw error("set the time of '\(path)'") }
    }

    /// Writes a new file, or over an old one.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o666, sync: Bool) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw error("write '\(path)'") }
        defer { close(file) }
        SharedFiles.settle(file, at: path)
        try write(bytes, to: file, path)
        if sync { try self.sync(file, path) }
    }

    /// Writes all bytes to an open file.
    static func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws {
        let failure: Int32 = bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let put = retrying { systemWrite(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count) }
                if put < 0 { return errno }
                rest = rest.dropFirst(put)
            }
            return 0
        }
        if failure != 0 { throw error("write '\(path)'", number: failure) }
    }

    /// Sends the content of an open file on its way to the disk; whoever waits for it later waits less.
    static func beginWriteBack(_ file: Int32) { gitpatch_begin_write_back(file) }

    /// Makes an open file durable.
    static func sync(_ file: Int32, _ path: String) throws(CaptureError) {
        guard retrying({ Int(fsync(file)) }) == 0 else { throw error("make '\(path)' durable") }
    }

    /// Waits for the content of an open file that is about to get its name: until it is on the disk, or until it will be
    /// before the name is.
    static func settle(_ file: Int32, _ path: String, isWaitedFor: Bool) throws(CaptureError) {
        if !isWaitedFor, gitpatch_write_back(file) == 0 { return }
        try sync(file, path)
    }

    /// Makes a file's content, or a folder's names, durable.
    static func sync(_ path: String) throws(CaptureError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw error("make '\(path)' durable") }
        defer { close(file) }
        // Some network file systems cannot sync a folder and say EINVAL; there is nothing more to do there.
        guard retrying({ Int(fsync(file)) }) == 0 || errno == EINVAL else { throw error("make '\(path)' durable") }
    }

    /// Repeats a system call that a signal interrupts.
    static func retrying(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}

private func systemRead(_ file: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
    read(file, buffer, count)
}

private func systemWrite(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, buffer, count)
}

extension Files {
    /// Where temporary folders go: `TMPDIR`, else `/tmp`.
    static var temporaryDirectory: String {
        guard let path = getenv("TMPDIR").map({ String(cString: $0) }), path.hasPrefix("/") else { return "/tmp" }
        return path
    }
}

extension Files {
    /// What is at a path that should be a regular file.
    enum Regular {
        case content([UInt8])
        case missing
        /// A link, a folder, something unreadable.
        case unusual
    }

    /// Reads a small regular file, following no link at its end.
    static func readRegular(_ folder: String, _ path: [UInt8]) -> Regular {
        let file = withName(path, in: folder) { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) } ?? -1
        if file < 0 { return errno == ENOENT || errno == ENOTDIR ? .missing : .unusual }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.kind == S_IFREG,
            let bytes = try? read(file, count: Int(status.st_size), "")
        else { return .unusual }
        return .content(bytes)
    }
}
