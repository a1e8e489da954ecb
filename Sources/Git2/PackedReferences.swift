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
/// between; here it is read again under the lock, and only the lines of the refs in question come or go.
struct PackedReferences {
    /// The common git directory.
    let directory: String

    /// The file itself: where several worktrees share one through a symbolic link, what that leads to.
    private var path: String {
        let path = directory + "/packed-refs"
        guard isLink, let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private var isLink: Bool {
        var status = stat()
        return lstat(directory + "/packed-refs", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// The folder whose names change with the file.
    var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? directory }

    /// Takes the lock to add refs, all of which are new and point at commits; what the file becomes is in it.
    ///
    /// `nil` where each ref had better get a file of its own: somebody holds the lock, the file is long, is somebody else's
    /// through a link, or its format is not the usual one.
    func lock(adding refs: [(name: ReferenceName, id: ObjectID)]) throws(GitError) -> PackedReferencesLock? {
        let operation = "writing packed-refs"
        guard !isLink, let content = try contentAfterAdding(refs),
            let lock = try PackedReferencesLock.take(for: path, content, operation)
        else { return nil }
        // Somebody may have written the file between the look and the lock.
        if try contentAfterAdding(refs) != content { return nil }
        return lock
    }

    /// Removes refs from the file, those that are in it, and says whether it has any; waits up to a second for the lock, as git
    /// does. The content is on the disk when this returns, the name need not be.
    func remove(_ names: [ReferenceName]) throws(GitError) -> Bool {
        let operation = "removing refs from packed-refs"
        for attempt in 0..<40 {
            if attempt > 0 { usleep(25_000) }
            guard let rest = try contentAfterRemoving(names) else { return false }
            guard var lock = try PackedReferencesLock.take(for: path, rest, operation),
                try contentAfterRemoving(names) == rest
            else { continue }
            try lock.settle()
            try lock.commit()
            return true
        }
        throw GitError(.locked, operation, "somebody holds its lock", path: path + ".lock")
    }

    /// Removes what dead processes left of their locks on the file, and says how many locks that were.
    ///
    /// - Parameter process: one that is known to be dead, whoever has its number now.
    func removeStaleLocks(of process: Int32?) -> Int { PackedReferencesLock.removeStale(for: path, of: process) }

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

    /// The file with refs added; `nil` where it is long or not of the usual format.
    private func contentAfterAdding(_ refs: [(name: ReferenceName, id: ObjectID)]) throws(GitError) -> [UInt8]? {
        let head = Array("# pack-refs with: peeled fully-peeled sorted \n".utf8)
        let content = try readFile(path, "reading packed-refs") ?? head
        let end = content.endOfLine(from: 0)
        let traits = String(decoding: content[..<end], as: UTF8.self).split(separator: " ")
        guard content.count <= PackedReferences.longestToAddTo, traits.first == "#", traits.contains("sorted") else {
            return nil
        }
        var waiting = refs.sorted { $0.name < $1.name }[...]
        var result: [UInt8] = []
        result.reserveCapacity(content.count + refs.count * 100)
        for line in content.split(separator: 0x0A) {
            if line.first != UInt8(ascii: "#"), line.first != UInt8(ascii: "^") {
                let name = line.dropFirst(41)
                while let next = waiting.first, next.name.text.utf8.lexicographicallyPrecedes(name) {
                    result += PackedReferences.line(waiting.removeFirst())
                }
            }
            result += line
            result.append(0x0A)
        }
        for ref in waiting { result += PackedReferences.line(ref) }
        return result
    }

    /// How long a file may be that is written again for a few new refs, in bytes: about three thousand of them.
    private static let longestToAddTo = 256 * 1024

    private static func line(_ ref: (name: ReferenceName, id: ObjectID)) -> [UInt8] {
        Array("\(ref.id.hex) \(ref.name)\n".utf8)
    }

    /// The file without the lines of some refs and their peeled lines, `nil` when it has none of them.
    private func contentAfterRemoving(_ names: [ReferenceName]) throws(GitError) -> [UInt8]? {
        let operation = "reading packed-refs"
        guard let content = try readFile(path, operation) else { return nil }
        let wanted = Set(names.map { Array($0.text.utf8)[...] })
        var rest: [UInt8] = []
        rest.reserveCapacity(content.count)
        var isDropping = false
        var hasDropped = false
        for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
            if line.first == UInt8(ascii: "#") {
                isDropping = false
            } else if line.first != UInt8(ascii: "^") {
                guard line.count > 41, line[line.startIndex + 40] == UInt8(ascii: " ") else {
                    throw GitError(.corrupt, operation, "a line of it is damaged", path: path)
                }
                isDropping = wanted.contains(line.dropFirst(41))
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
