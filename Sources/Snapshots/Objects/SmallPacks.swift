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
        SharedFiles.settle(file, at: list)
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
        // Whoever has just looked for an object in an old pack looks again.
        guard let whole = try writer.finish() else { return 0 }
        try Files.sync(writer.folder)
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
