import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file `packed-refs` of a repository.
///
/// libgit2 reads the file before it takes the lock and rewrites all of it, which loses what another process packed in
/// between; here it is read under the lock, and only the lines of one ref go.
struct PackedReferences {
    /// The common git directory.
    let directory: String

    private var path: String { directory + "/packed-refs" }
    var lock: String { path + ".lock" }

    /// Removes a ref from the file, if it is in it; waits up to a second for the lock, as git does.
    func remove(_ name: ReferenceName) throws(GitError) {
        let operation = "removing '\(name)' from packed-refs"
        guard let content = try readFile(path, operation), try without(name, content, operation) != nil else { return }
        let descriptor = try takeLock(operation)
        var renamed = false
        defer { if !renamed { unlink(lock) } }
        defer { close(descriptor) }
        guard let current = try readFile(path, operation), let rest = try without(name, current, operation) else {
            return
        }
        try writeDurably(rest, to: descriptor, path, operation)
        guard rename(lock, path) == 0 else { throw GitError.system(operation, path) }
        renamed = true
    }

    /// The object of a ref in the file; `nil` when it is not in it.
    func value(of name: ReferenceName) throws(GitError) -> ObjectID? {
        let operation = "reading packed-refs"
        guard let content = try readFile(path, operation) else { return nil }
        let wanted = Array(name.text.utf8)
        var found: ArraySlice<UInt8>?
        var start = 0
        while start < content.count, found == nil {
            let end = content.endOfLine(from: start)
            // `ID NAME`: most lines are told apart by their length.
            if end - start == 41 + wanted.count, content[(start + 41)..<end].elementsEqual(wanted) {
                found = content[start..<(start + 40)]
            }
            start = end + 1
        }
        let hex = found.map { String(decoding: $0, as: UTF8.self) }
        guard let hex else { return nil }
        guard let id = ObjectID(hex: hex) else {
            throw GitError(.corrupt, operation, "the line of '\(name)' is damaged", path: path)
        }
        return id
    }

    /// The refs in the file whose name begins with a prefix.
    func list(under prefix: String) throws(GitError) -> [(name: ReferenceName, id: ObjectID)] {
        guard let content = try readFile(path, "reading packed-refs") else { return [] }
        let wanted = Array(prefix.utf8)
        return content.split(separator: 0x0A).compactMap { line in
            guard line.dropFirst(41).starts(with: wanted), line.count > 41,
                let id = ObjectID(hex: String(decoding: line.prefix(40), as: UTF8.self)),
                let name = ReferenceName(String(decoding: line.dropFirst(41), as: UTF8.self))
            else { return nil }
            return (name, id)
        }
    }

    /// Whether the file has a ref whose name begins with a prefix.
    func hasSome(under prefix: String) throws(GitError) -> Bool {
        guard let content = try readFile(path, "reading packed-refs") else { return false }
        let wanted = Array(prefix.utf8)
        for line in content.split(separator: UInt8(ascii: "\n")) where line.dropFirst(41).starts(with: wanted) {
            return true
        }
        return false
    }

    /// What `remove` would have written into the lock; `nil` when the ref is not in the file.
    func contentAfterRemoving(_ name: ReferenceName) throws(GitError) -> [UInt8]? {
        let operation = "reading packed-refs"
        guard let content = try readFile(path, operation) else { return nil }
        return try without(name, content, operation)
    }

    /// The file without the ref's line and its peeled line; `nil` when the ref is not in it.
    private func without(_ name: ReferenceName, _ content: [UInt8], _ operation: String) throws(GitError) -> [UInt8]? {
        let wanted = Array(name.text.utf8)
        var rest: [UInt8] = []
        rest.reserveCapacity(content.count)
        var isDropping = false
        var hasDropped = false
        for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
            if line.first == UInt8(ascii: "#") {
                isDropping = false
            } else if line.first != UInt8(ascii: "^") {
                let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
                guard parts.count == 2, parts[0].count == 40 else {
                    throw GitError(.corrupt, operation, "a line of it is damaged", path: path)
                }
                isDropping = parts[1].elementsEqual(wanted)
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
            guard errno == EEXIST else { throw GitError.system(operation, path) }
            if attempt < 39 { usleep(25_000) }
        }
        throw GitError(.locked, operation, "somebody holds its lock", path: lock)
    }
}

extension [UInt8] {
    /// The next line feed at or behind a place, or the end.
    fileprivate func endOfLine(from start: Int) -> Int {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let end = memchr(base + start, 0x0A, count - start) else {
                return count
            }
            return UnsafeRawPointer(end) - base
        }
    }
}
