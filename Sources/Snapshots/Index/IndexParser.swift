/// Reads the structure of an index file and checks every bound on the way.
struct IndexParser {
    private let bytes: [UInt8]
    private var starts: [UInt32] = []
    private var pathStarts: [UInt32] = []
    private var pathLengths: [UInt32] = []
    private var arena: [UInt8] = []
    private var extensions: [IndexExtension] = []
    private var traits = IndexTraits()

    /// Why an index cannot be read here; git may be able to.
    struct Flaw: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads an index; a file that is not there is an empty index.
    ///
    /// - Throws: `Flaw` when the structure is unknown or damaged, `CaptureError` when the file cannot be read.
    static func read(_ path: String) throws -> IndexFile {
        guard let file = RawFile(reading: path) else {
            if FileIdentity(of: path) == nil { return .absent }
            throw Files.error("read '\(path)'")
        }
        guard let identity = FileIdentity(descriptor: file.descriptor) else { throw Files.error("read '\(path)'") }
        var parser = IndexParser(bytes: try file.read(at: 0, count: Int(identity.size)))
        return try parser.parse(identity)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func parse(_ identity: FileIdentity?) throws -> IndexFile {
        guard bytes.count >= 12 + Digest.size, bytes.prefix(4).elementsEqual("DIRC".utf8) else {
            throw Flaw(description: "the index is damaged")
        }
        guard bytes.count < UInt32.max else { throw Flaw(description: "the index is larger than 4 GB") }
        let version = number(at: 4)
        let count = number(at: 8)
        guard (2...4).contains(version) else { throw Flaw(description: "the index has version \(version)") }
        guard count <= bytes.count / 60 else { throw Flaw(description: "the index is damaged") }
        starts.reserveCapacity(count)
        pathStarts.reserveCapacity(count)
        pathLengths.reserveCapacity(count)
        let end = try version == 4 ? parseCompressed(count) : parsePlain(count)
        try parseExtensions(from: end)
        try checkOrder()
        return IndexFile(
            bytes: bytes, version: version, starts: starts, paths: version == 4 ? arena : bytes, pathStarts: pathStarts,
            pathLengths: pathLengths, extensions: extensions, traits: traits, identity: identity)
    }

    private func number(at offset: Int) -> Int {
        bytes.withUnsafeBytes { Int(UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self))) }
    }

    /// Versions 2 and 3: whole paths, entries padded with zero bytes to a multiple of eight.
    private mutating func parsePlain(_ count: Int) throws -> Int {
        let bytes = bytes
        return try bytes.withUnsafeBytes { buffer in
            let end = buffer.count - Digest.size
            var offset = 12
            for _ in 0..<count {
                let path = try fixedPart(buffer, offset, end)
                let rest = UnsafeRawBufferPointer(rebasing: buffer[path..<end])
                guard let length = pathLength(buffer, offset, rest) else {
                    throw Flaw(description: "the index is damaged")
                }
                append(offset, path, length)
                offset += (path - offset + length + 8) & ~7
            }
            guard offset <= end else { throw Flaw(description: "the index is damaged") }
            return offset
        }
    }

    /// Version 4: each path is what it shares with the one before, and the rest.
    private mutating func parseCompressed(_ count: Int) throws -> Int {
        let bytes = bytes
        return try bytes.withUnsafeBytes { buffer in
            let end = buffer.count - Digest.size
            var offset = 12
            var last = 0..<0
            for _ in 0..<count {
                var path = try fixedPart(buffer, offset, end)
                let decoded = VariableLength.decode(buffer, &path, end)
                let rest = UnsafeRawBufferPointer(rebasing: buffer[path..<end])
                guard let strip = decoded, strip <= last.count, let added = position(of: 0, in: rest) else {
                    throw Flaw(description: "the index is damaged")
                }
                let start = arena.count
                arena.append(contentsOf: arena[last.lowerBound..<(last.upperBound - strip)])
                arena.append(contentsOf: rest[..<added])
                last = start..<arena.count
                arena.append(0)
                append(offset, start, last.count)
                offset = path + added + 1
            }
            guard arena.count < UInt32.max else { throw Flaw(description: "the index is larger than 4 GB") }
            return offset
        }
    }

    /// Notes the traits of an entry; returns where its path begins.
    private mutating func fixedPart(_ buffer: UnsafeRawBufferPointer, _ offset: Int, _ end: Int) throws -> Int {
        guard offset + IndexEntry.fixedSize + 3 <= end else { throw Flaw(description: "the index is damaged") }
        let entry = IndexEntry(base: buffer, offset: offset)
        let flags = entry.flags
        if flags & IndexFlags.assumeUnchanged != 0 { traits.hasAssumeUnchanged = true }
        if flags & IndexFlags.stage != 0 { traits.unmerged.append(starts.count) }
        switch entry.mode & 0o170000 {
        case 0o160000: traits.hasSubmodules = true
        case 0o040000: traits.hasSparseDirectories = true
        default: break
        }
        guard flags & IndexFlags.extended != 0 else { return offset + IndexEntry.fixedSize }
        let extended = entry.extendedFlags
        if extended & IndexFlags.skipWorktree != 0 { traits.hasSkipWorktree = true }
        if extended & IndexFlags.intentToAdd != 0 { traits.hasIntentToAdd = true }
        return offset + IndexEntry.fixedSize + 2
    }

    /// The flags hold the length of a path unless it is too long for them.
    private func pathLength(_ buffer: UnsafeRawBufferPointer, _ offset: Int, _ rest: UnsafeRawBufferPointer) -> Int? {
        let length = Int(IndexEntry(base: buffer, offset: offset).flags & IndexFlags.length)
        if length < Int(IndexFlags.length), length < rest.count, rest[length] == 0 { return length }
        return position(of: 0, in: rest)
    }

    private mutating func append(_ start: Int, _ path: Int, _ length: Int) {
        starts.append(UInt32(start))
        pathStarts.append(UInt32(path))
        pathLengths.append(UInt32(length))
    }

    private mutating func parseExtensions(from start: Int) throws {
        let end = bytes.count - Digest.size
        var offset = start
        while offset < end {
            guard offset + 8 <= end else { throw Flaw(description: "the index is damaged") }
            let size = number(at: offset + 4)
            guard size <= end - offset - 8 else { throw Flaw(description: "the index is damaged") }
            let signature = String(decoding: bytes[offset..<(offset + 4)], as: UTF8.self)
            extensions.append(IndexExtension(signature: signature, range: (offset + 8)..<(offset + 8 + size)))
            offset += 8 + size
        }
    }

    /// Searching relies on the order; only the stages of one unmerged path may share it.
    private func checkOrder() throws {
        let paths = arena.isEmpty ? bytes : arena
        try paths.withUnsafeBytes { buffer in
            for entry in starts.indices.dropFirst() {
                let first = slice(buffer, entry - 1)
                let second = slice(buffer, entry)
                let order = compareBytes(first, second)
                guard order < 0 || (order == 0 && !traits.unmerged.isEmpty) else {
                    throw Flaw(description: "the index is out of order")
                }
            }
        }
    }

    private func slice(_ buffer: UnsafeRawBufferPointer, _ entry: Int) -> UnsafeRawBufferPointer {
        let start = Int(pathStarts[entry])
        return UnsafeRawBufferPointer(rebasing: buffer[start..<(start + Int(pathLengths[entry]))])
    }
}
