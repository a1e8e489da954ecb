import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A small pack of whole objects, read and found sound.
struct SmallPack {
    let name: String
    private let path: String
    private let bytes: [UInt8]
    /// In the order of the pack, with the place where each ends.
    private let entries: [(entry: PackWriter.Entry, end: Int)]

    /// Reads a pack; `nil` when it is not there any more, has grown large, or is not what we write.
    init?(folder: String, name: String) {
        path = folder + "/" + name
        self.name = name
        guard name.hasPrefix("pack-"), ObjectID(hex: name.dropFirst(5)) != nil else { return nil }
        // What git has made of a pack, or was told about it, is git's.
        let marks = [".keep", ".promisor", ".mtimes", ".bitmap"]
        guard !marks.contains(where: { access(folder + "/" + name + $0, F_OK) == 0 }) else { return nil }
        var status = stat()
        // What cannot be read is left to git.
        guard stat(path + ".pack", &status) == 0, status.st_size <= SmallPacks.largest,
            let bytes = try? Files.read(path + ".pack"), let index = try? PackIndex(path + ".idx")?.entries(),
            let entries = Self.soundEntries(bytes, index.entries, index.packChecksum)
        else { return nil }
        self.bytes = bytes
        self.entries = entries
    }

    /// The entries with their ends; `nil` when the pack is not what its index says, or holds anything but whole objects.
    private static func soundEntries(
        _ pack: [UInt8], _ entries: [PackWriter.Entry], _ checksum: Digest
    ) -> [(entry: PackWriter.Entry, end: Int)]? {
        let end = pack.count - Digest.size
        let count = withUnsafeBytes(of: UInt32(entries.count).bigEndian) { Array($0) }
        guard end >= 12, pack.starts(with: Array("PACK".utf8) + [0, 0, 0, 2] + count) else { return nil }
        var hash = SHA1()
        hash.update(Array(pack[..<end]))
        guard hash.digest() == checksum, Digest(pack[end...]) == checksum else { return nil }
        var sound: [(entry: PackWriter.Entry, end: Int)] = []
        for (entry, next) in zip(entries, entries.dropFirst().map(\.offset) + [end]) {
            // Deltas, kinds 6 and 7, need the entries they were made against.
            guard entry.offset >= 12, entry.offset < next, next <= end, (1...4).contains(pack[entry.offset] >> 4 & 7)
            else { return nil }
            var checksum = CRC()
            pack.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[entry.offset..<next])) }
            guard checksum.value == entry.checksum else { return nil }
            sound.append((entry, next))
        }
        return sound
    }

    /// The bytes of all entries but some, and where they begin there.
    func entries(without known: Set<Digest>) -> ([UInt8], [PackWriter.Entry]) {
        var chunk: [UInt8] = []
        var kept: [PackWriter.Entry] = []
        for (entry, end) in entries where !known.contains(entry.digest) {
            kept.append(.init(digest: entry.digest, checksum: entry.checksum, offset: chunk.count))
            chunk += bytes[entry.offset..<end]
        }
        return (chunk, kept)
    }

    /// Removes the pack, the index first, as git does: what has no index is not looked at.
    func remove() { for ending in [".idx", ".pack", ".rev"] { unlink(path + ending) } }
}
