package import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The packs of single patches, put together before there are many of them.
///
/// A small pack costs three waits for the disk, where objects in files of their own cost two each. But git looks into
/// every pack for every object, and tidies up the whole repository when there are fifty (`gc.autoPackLimit`). So the
/// names of ours are noted in a file beside the store, and when there are enough of them their entries are copied into
/// one pack. Losing the file harms nothing: then git's own tidying takes care of them.
package struct SmallPacks: Sendable {
    /// How many there may be, unless git tidies up sooner.
    static let most = 24
    /// What is larger, in bytes, stays as it is.
    static let largest = 1 << 20
    private static let lineSize = "pack-".utf8.count + 2 * Digest.size + 1

    private let objectDirectory: String
    private let list: String
    private let most: Int

    /// Looks after the packs of a repository.
    ///
    /// - Parameter limit: how many packs git lets lie about, `gc.autoPackLimit`; 0 is no limit.
    package init(_ location: RepositoryLocation, limit: Int?) {
        let most = limit.map { $0 > 0 ? max(2, min(Self.most, $0 / 2)) : Self.most }
        self.init(objectDirectory: location.commonDirectory + "/objects", most: most ?? Self.most)
    }

    init(objectDirectory: String, most: Int = SmallPacks.most) {
        self.objectDirectory = objectDirectory
        self.most = most
        list = String(objectDirectory.dropLast("objects".utf8.count)) + "gitpatch/packs"
    }

    /// Notes a new pack of ours.
    func note(_ name: String) {
        let file = open(list, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard file >= 0 else { return }
        defer { close(file) }
        let line = Array((name + "\n").utf8)
        _ = write(file, line, line.count)
    }

    /// Whether it is time to put them together, and it can be done.
    package var areMany: Bool {
        var status = stat()
        guard stat(list, &status) == 0, Int(status.st_size) >= most * Self.lineSize else { return false }
        return !hasCommonIndex && access(objectDirectory + "/pack", W_OK) == 0
    }

    /// Whether one index of git names several packs (git-multi-pack-index(1)); none of those may go by itself.
    private var hasCommonIndex: Bool {
        ["multi-pack-index", "multi-pack-index.d"].contains { access("\(objectDirectory)/pack/\($0)", F_OK) == 0 }
    }

    /// Puts all of them into one pack. Needs the lock of the repository.
    ///
    /// - Returns: how many became one; 0 when there was nothing to do.
    /// - Throws: `CaptureError` when the new pack cannot be written; then all are as they were.
    @discardableResult
    package func combine() throws -> Int {
        let noted = Set(
            String(decoding: try Files.read(list) ?? [], as: UTF8.self).split(separator: "\n").map(String.init))
        let packs = noted.sorted().compactMap { SmallPack(folder: objectDirectory + "/pack", name: $0) }
        guard packs.count > 1 else {
            try keep(packs.map(\.name))
            return 0
        }
        let writer = try PackWriter(objectDirectory: objectDirectory)
        var seen: Set<Digest> = []
        do {
            for pack in packs {
                let (chunk, entries) = pack.entries(without: seen)
                seen.formUnion(entries.map(\.digest))
                if !entries.isEmpty { try writer.add(chunk, entries) }
            }
        } catch {
            writer.discard()
            throw error
        }
        // Durable and visible from here on; whoever has just looked for an object in an old pack looks again.
        guard let whole = try writer.finish() else { return 0 }
        note(whole.name)
        if hasCommonIndex { return 0 }
        for pack in packs where pack.name != whole.name { pack.remove() }
        try keep(whole.size <= Self.largest ? [whole.name] : [])
        return packs.count
    }

    private func keep(_ names: [String]) throws {
        try Files.write(Array(names.map { $0 + "\n" }.joined().utf8), to: list + ".new", sync: false)
        guard rename(list + ".new", list) == 0 else { throw Files.error("write '\(list)'") }
    }
}

/// A small pack of whole objects, with its index, read and found sound.
private struct SmallPack {
    let name: String
    private let path: String
    private let bytes: [UInt8]
    /// In the order of the pack.
    private let entries: [PackWriter.Entry]

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
            let pack = try? Files.read(path + ".pack"), let index = try? Files.read(path + ".idx"),
            let entries = Self.entries(of: pack, index)
        else { return nil }
        bytes = pack
        self.entries = entries
    }

    /// The entries in the order of the pack; `nil` when pack and index do not agree.
    private static func entries(of pack: [UInt8], _ index: [UInt8]) -> [PackWriter.Entry]? {
        func number(_ bytes: [UInt8], _ offset: Int) -> Int {
            bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
        let end = pack.count - Digest.size
        guard end >= 12, pack.starts(with: Array("PACK".utf8) + [0, 0, 0, 2]), index.count >= 1032 + 40,
            index.starts(with: [0xFF, 0x74, 0x4F, 0x63, 0, 0, 0, 2])
        else { return nil }
        let count = number(index, 1028)
        guard count == number(pack, 8), index.count == 1032 + count * 28 + 40 else { return nil }
        var hash = SHA1()
        hash.update(Array(pack[..<end]))
        guard hash.digest() == Digest(pack[end...]), Digest(index[(index.count - 40)...]) == hash.digest() else {
            return nil
        }
        var entries: [PackWriter.Entry] = []
        for place in 0..<count {
            guard let digest = Digest(index[(1032 + place * Digest.size)...]) else { return nil }
            entries.append(
                PackWriter.Entry(
                    digest: digest, checksum: UInt32(number(index, 1032 + count * 20 + place * 4)),
                    offset: number(index, 1032 + count * 24 + place * 4)))
        }
        entries.sort { $0.offset < $1.offset }
        let bounds = entries.map(\.offset) + [end]
        for (place, entry) in entries.enumerated() {
            let range = (bounds[place], bounds[place + 1])
            guard range.0 >= 12, range.0 < range.1, range.1 <= end else { return nil }
            // Deltas, kinds 6 and 7, need the entries they were made against.
            guard (1...4).contains(pack[range.0] >> 4 & 7) else { return nil }
            var checksum = CRC()
            pack.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[range.0..<range.1])) }
            guard checksum.value == entry.checksum else { return nil }
        }
        return entries
    }

    /// The bytes of all entries but some, and where they begin there.
    func entries(without known: Set<Digest>) -> ([UInt8], [PackWriter.Entry]) {
        var chunk: [UInt8] = []
        var kept: [PackWriter.Entry] = []
        let bounds = entries.map(\.offset) + [bytes.count - Digest.size]
        for (place, entry) in entries.enumerated() where !known.contains(entry.digest) {
            kept.append(.init(digest: entry.digest, checksum: entry.checksum, offset: chunk.count))
            chunk += bytes[bounds[place]..<bounds[place + 1]]
        }
        return (chunk, kept)
    }

    /// Removes the pack, the index first, as git does: what has no index is not looked at.
    func remove() { for ending in [".idx", ".pack", ".rev"] { unlink(path + ending) } }
}
