/// What becomes of one path in a new index.
struct IndexUpdate: Sendable {
    /// The entry it had; `nil` for a new path.
    let entry: Int?
    let path: [UInt8]
    /// What it gets; `nil` for a path that leaves.
    let content: Content?

    /// A blob and the file that it was read from.
    struct Content: Sendable {
        let mode: UInt32
        let digest: Digest
        let status: FileStatus
    }
}

/// Makes the index that `git add -A && git commit` would leave: the old one with updates, and all its trees known.
struct IndexWriter {
    private let index: IndexFile
    private let version: Int
    private var bytes: [UInt8] = []
    private var last: [UInt8] = []

    /// Returns the bytes of the new index.
    ///
    /// - Parameters:
    ///   - updates: in the order of the index.
    ///   - count: the number of entries afterwards.
    ///   - memory: the top node of the `TREE` extension, without its name.
    static func bytes(_ index: IndexFile, _ updates: [IndexUpdate], count: Int, memory: [UInt8]) -> [UInt8] {
        var writer = IndexWriter(index)
        writer.write(updates, count: count, memory: memory)
        return writer.bytes
    }

    private init(_ index: IndexFile) {
        self.index = index
        // Version 3 only differs by extended flags, which library mode has none of.
        version = index.version == 4 ? 4 : 2
        bytes.reserveCapacity(index.bytes.count + 4096)
    }

    private mutating func write(_ updates: [IndexUpdate], count: Int, memory: [UInt8]) {
        bytes += Array("DIRC".utf8)
        append(UInt32(version))
        append(UInt32(count))
        var next = 0
        for update in updates {
            let entry = update.entry ?? index.lowerBound(update.path, in: next..<index.count)
            copy(next..<entry)
            if let content = update.content { append(update.path, content) }
            next = entry + (update.entry == nil ? 0 : 1)
        }
        copy(next..<index.count)
        appendExtension("TREE", [0] + memory)
        if let undo = index.extensionBytes("REUC") { appendExtension("REUC", Array(index.bytes[undo])) }
        var hash = SHA1()
        hash.update(bytes)
        hash.digest().append(to: &bytes)
    }

    /// Takes over entries as they are.
    private mutating func copy(_ entries: Range<Int>) {
        guard let first = entries.first else { return }
        if version == 2 {
            let start = Int(index.starts[first])
            bytes += index.bytes[start..<index.endOfEntry(entries.upperBound - 1)]
            return
        }
        for entry in entries {
            let start = Int(index.starts[entry])
            bytes += index.bytes[start..<(start + IndexEntry.fixedSize)]
            appendCompressed(index.path(entry))
        }
    }

    private mutating func append(_ path: [UInt8], _ content: IndexUpdate.Content) {
        let status = content.status
        append(UInt32(truncatingIfNeeded: status.changedSeconds))
        append(status.changedNanoseconds)
        append(UInt32(truncatingIfNeeded: status.modifiedSeconds))
        append(status.modifiedNanoseconds)
        append(status.device)
        append(UInt32(truncatingIfNeeded: status.inode))
        append(content.mode)
        append(status.user)
        append(status.group)
        append(UInt32(truncatingIfNeeded: status.size))
        content.digest.append(to: &bytes)
        let flags = UInt16(min(path.count, Int(IndexFlags.length)))
        withUnsafeBytes(of: flags.bigEndian) { bytes.append(contentsOf: $0) }
        if version == 4 { return appendCompressed(path) }
        bytes += path
        let size = IndexEntry.fixedSize + path.count
        bytes.append(contentsOf: repeatElement(0, count: ((size + 8) & ~7) - size))
    }

    private mutating func appendCompressed(_ path: [UInt8]) {
        var shared = 0
        while shared < min(path.count, last.count), path[shared] == last[shared] { shared += 1 }
        VariableLength.append(last.count - shared, to: &bytes)
        bytes += path[shared...]
        bytes.append(0)
        last = path
    }

    private mutating func appendExtension(_ signature: String, _ data: [UInt8]) {
        bytes += Array(signature.utf8)
        append(UInt32(data.count))
        bytes += data
    }

    private mutating func append(_ number: UInt32) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

extension IndexFile {
    /// Where an entry of version 2 or 3 ends in the file, its padding included.
    func endOfEntry(_ entry: Int) -> Int {
        let size = Int(pathStarts[entry]) - Int(starts[entry]) + Int(pathLengths[entry])
        return Int(starts[entry]) + ((size + 8) & ~7)
    }
}
