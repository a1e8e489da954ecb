import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

private func systemRead(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(file, buffer, count)
}
private func systemWrite(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int { write(file, buffer, count) }

/// The file `packed-refs` of a repository.
///
/// libgit2 reads the file before it takes the lock and rewrites all of it, which loses what another process packed in
/// between; here it is read under the lock, and only the lines of one ref go.
struct PackedReferences {
    /// The common git directory.
    let directory: String

    private var path: String { directory + "/packed-refs" }
    private var lock: String { path + ".lock" }

    /// Removes a ref from the file, if it is in it; waits up to a second for the lock, as git does.
    func remove(_ name: ReferenceName) throws(GitError) {
        let operation = "removing '\(name)' from packed-refs"
        guard let content = try read(operation), without(name, content) != nil else { return }
        let descriptor = try takeLock(operation)
        var renamed = false
        defer { if !renamed { unlink(lock) } }
        defer { close(descriptor) }
        guard let current = try read(operation), let rest = without(name, current) else { return }
        try write(rest, to: descriptor, operation)
        guard rename(lock, path) == 0 else { throw problem(operation) }
        renamed = true
    }

    /// The file without the ref's line and its peeled line; `nil` when the ref is not in it.
    private func without(_ name: ReferenceName, _ content: [UInt8]) -> [UInt8]? {
        let wanted = Array(name.text.utf8)
        var rest: [UInt8] = []
        rest.reserveCapacity(content.count)
        var isDropping = false
        var hasDropped = false
        for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
            if line.first != UInt8(ascii: "^") {
                isDropping = line.first != UInt8(ascii: "#") && line.dropFirst(41).elementsEqual(wanted)
            }
            if isDropping {
                hasDropped = true
            } else {
                rest += line
                rest.append(UInt8(ascii: "\n"))
            }
        }
        return hasDropped ? rest : nil
    }

    private func takeLock(_ operation: String) throws(GitError) -> Int32 {
        for attempt in 0..<40 {
            let descriptor = open(lock, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return descriptor }
            guard errno == EEXIST else { throw problem(operation) }
            if attempt < 39 { usleep(25_000) }
        }
        throw GitError(.locked, operation, "somebody holds its lock", path: lock)
    }

    private func read(_ operation: String) throws(GitError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw problem(operation)
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = systemRead(descriptor, &buffer, buffer.count)
            if count == 0 { return content }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw problem(operation) }
            content += buffer[..<count]
        }
    }

    private func write(_ content: [UInt8], to descriptor: Int32, _ operation: String) throws(GitError) {
        var offset = 0
        while offset < content.count {
            let count = content.withUnsafeBytes { bytes in
                systemWrite(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw problem(operation) }
            offset += count
        }
        guard fsync(descriptor) == 0 else { throw problem(operation) }
    }

    private func problem(_ operation: String) -> GitError {
        let number = errno
        let code: GitError.Code =
            switch number {
            case ENOSPC, EDQUOT: .diskFull
            case EACCES, EPERM, EROFS: .notWritable
            default: .failed
            }
        return GitError(code, operation, String(cString: strerror(number)), path: path)
    }
}
