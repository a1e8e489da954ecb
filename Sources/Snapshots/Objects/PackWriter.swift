import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes one pack of whole objects; many tasks add to it at once.
///
/// The file lies beside its destination under a name that git's own pruning removes, and becomes visible only when
/// `finish` has the content of pack and index on the disk.
final class PackWriter: Sendable {
    /// An object in a chunk of pack data.
    struct Entry: Sendable {
        let digest: Digest
        let checksum: UInt32
        /// From the beginning of the chunk, later of the pack.
        var offset: Int
    }

    private struct State {
        var end = 12
        var entries: [Entry] = []
    }

    /// The folder of packs.
    let folder: String
    private let file: RawFile
    private let state = Mutex(State())

    /// Begins a pack in the folder `pack` of an object directory.
    init(objectDirectory: String) throws(CaptureError) {
        folder = objectDirectory + "/pack"
        if try Files.makeDirectory(folder) { try Files.sync(objectDirectory) }
        file = try RawFile(creating: folder + "/tmp_pack_", mode: 0o444)
    }

    /// Adds a chunk of finished entries.
    func add(_ chunk: [UInt8], _ entries: [Entry]) throws {
        let start = state.withLock { state in
            let start = state.end
            state.end += chunk.count
            state.entries += entries.map { Entry(digest: $0.digest, checksum: $0.checksum, offset: $0.offset + start) }
            return start
        }
        try chunk.withUnsafeBytes { try file.write($0, at: start) }
    }

    /// Adds one entry that comes in pieces. Nobody else can add meanwhile, so its size need not be known.
    func addStream(_ digest: Digest, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
        try state.withLock { state in
            var offset = state.end
            var checksum = CRC()
            try body { piece in
                checksum.update(piece)
                try self.file.write(piece, at: offset)
                offset += piece.count
            }
            state.entries.append(Entry(digest: digest, checksum: checksum.value, offset: state.end))
            state.end = offset
        }
    }

    /// Completes the pack and makes it visible. Its content is on the disk then; its names are when somebody has waited for
    /// its folder.
    ///
    /// - Parameters:
    ///   - words: what the mark says that keeps git from tidying it away; `nil` for none.
    ///   - isWaitedFor: whether the content is on the disk then; without it, it is before the names are.
    /// - Returns: its name, without an ending, and its size in bytes; `nil` for an empty one, which vanishes.
    func finish(keptWith words: String? = nil, isWaitedFor: Bool = true) throws -> (
        name: String, size: Int, keep: PackKeep?
    )? {
        let state = state.withLock { $0 }
        guard !state.entries.isEmpty else {
            discard()
            return nil
        }
        do {
            let checksum = try complete(state)
            Files.beginWriteBack(file.descriptor)
            let entries = state.entries.sorted { $0.digest < $1.digest }
            let index = try RawFile(creating: folder + "/tmp_idx_", mode: 0o444)
            defer { unlink(index.path) }
            let bytes = PackIndexWriter.bytes(entries, packChecksum: checksum)
            try bytes.withUnsafeBytes { try index.write($0, at: 0) }
            Files.beginWriteBack(index.descriptor)
            for file in [file, index] { try Files.settle(file.descriptor, file.path, isWaitedFor: isWaitedFor) }
            let name = "pack-" + checksum.hex
            let path = folder + "/" + name
            // Whoever sees the index must see that it is kept.
            let keep = try words.map { try PackKeep(path, words: $0) }
            guard rename(file.path, path + ".pack") == 0, rename(index.path, path + ".idx") == 0 else {
                throw Files.error("name the pack '\(path)'")
            }
            return (name, state.end + Digest.size, keep)
        } catch {
            discard()
            throw error
        }
    }

    /// Removes the unfinished pack.
    func discard() { unlink(file.path) }

    /// Writes the header, whose count is known only now, and the checksum of the whole.
    private func complete(_ state: State) throws -> Digest {
        var header = Array("PACK".utf8)
        header += [0, 0, 0, 2]
        withUnsafeBytes(of: UInt32(state.entries.count).bigEndian) { header += Array($0) }
        try header.withUnsafeBytes { try file.write($0, at: 0) }
        var hash = SHA1()
        var buffer = [UInt8](repeating: 0, count: min(state.end, 1 << 20))
        var offset = 0
        while offset < state.end {
            let count = min(buffer.count, state.end - offset)
            let got = try buffer.withUnsafeMutableBytes { bytes in
                let got = try file.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
                hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<got]))
                return got
            }
            guard got == count else {
                throw CaptureError(code: .inputOutput, operation: "write '\(file.path)'", message: "it is cut short")
            }
            offset += count
        }
        let checksum = hash.digest()
        // A stream that was given up may have left bytes behind the end.
        guard ftruncate(file.descriptor, off_t(state.end)) == 0 else { throw Files.error("write '\(file.path)'") }
        try checksum.bytes.withUnsafeBytes { try file.write($0, at: state.end) }
        return checksum
    }
}

/// The head of an entry in a pack: kind and size in groups of bits, the lowest first.
enum PackEntryHeader {
    /// Appends the head of an entry.
    static func append(_ type: ObjectType, size: Int, to bytes: inout [UInt8]) {
        var byte = type.rawValue << 4 | UInt8(size & 15)
        var rest = size >> 4
        while rest > 0 {
            bytes.append(byte | 0x80)
            byte = UInt8(rest & 0x7F)
            rest >>= 7
        }
        bytes.append(byte)
    }
}
