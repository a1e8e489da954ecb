#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads a whole file; `nil` when there is none.
func readFile(_ path: String, _ operation: @autoclosure () -> String) throws(GitError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw GitError.system(operation(), path)
    }
    defer { close(descriptor) }
    var status = stat()
    var content: [UInt8] = []
    // One byte more than expected: the end is seen without another buffer.
    var room = fstat(descriptor, &status) == 0 ? Int(status.st_size) + 1 : 1 << 16
    while true {
        guard let piece = read(descriptor, atMost: room) else { throw GitError.system(operation(), path) }
        if piece.isEmpty { return content }
        content += piece
        room = room > piece.count ? room - piece.count : 1 << 16
    }
}

/// Reads once; empty at the end, `nil` when it cannot.
private func read(_ descriptor: Int32, atMost room: Int) -> [UInt8]? {
    var hasFailed = false
    let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        var got = systemRead(descriptor, buffer.baseAddress, room)
        while got < 0 && errno == EINTR { got = systemRead(descriptor, buffer.baseAddress, room) }
        hasFailed = got < 0
        count = max(got, 0)
    }
    return hasFailed ? nil : piece
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ room: Int) -> Int {
    read(descriptor, buffer, room)
}

/// Writes all bytes.
func writeAll(_ content: [UInt8], to descriptor: Int32, _ path: String, _ operation: @autoclosure () -> String)
    throws(GitError)
{
    var offset = 0
    while offset < content.count {
        let count = content.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw GitError.system(operation(), path) }
        offset += count
    }
}

extension GitError {
    /// The error of the system call that just failed.
    static func system(_ operation: String, _ path: String) -> GitError {
        let number = errno
        return GitError(
            code(ofSystemError: number) ?? .failed, operation, String(cString: strerror(number)), path: path)
    }

    /// The error with the real reason when writing below a folder failed: libgit2 loses the system's number on its way.
    func explained(writingTo path: String) -> GitError {
        guard code == .failed || code == .corrupt else { return self }
        var folder = path[...]
        while !folder.isEmpty, access(String(folder), F_OK) != 0 {
            folder = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]
        }
        var error = self
        var space = statvfs()
        if !folder.isEmpty, access(String(folder), W_OK) != 0 {
            error.code = .notWritable
            error.path = String(folder)
        } else if statvfs(String(folder), &space) == 0, space.f_bavail == 0 {
            error.code = .diskFull
        }
        return error
    }

    /// What a number of the system means to callers.
    static func code(ofSystemError number: Int32) -> Code? {
        switch number {
        case ENOSPC, EDQUOT: .diskFull
        case EACCES, EPERM, EROFS: .notWritable
        default: nil
        }
    }
}
