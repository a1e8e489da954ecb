#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The file `pack-….keep` beside a pack that nothing refers to yet.
///
/// `git repack -ad`, which also runs by itself, drops packed objects that no ref leads to, however young they are; a pack
/// with such a file it leaves alone, and git protects what it receives in the same way (git-index-pack(1)).
final class PackKeep: Sendable {
    /// What the mark of a patch's own objects says.
    static let ofPatch = "git patch: until its refs have moved"

    private let path: String

    /// Protects a pack, named without an ending.
    init(_ pack: String, words: String) throws {
        path = pack + ".keep"
        try Files.write(Array((words + "\n").utf8), to: path, sync: false)
    }

    deinit { unlink(path) }

    /// Removes those whose words say that they are stale.
    static func removeStale(in objectDirectory: String, _ isStale: (String) -> Bool) {
        let folder = objectDirectory + "/pack/"
        for name in Files.names(in: folder) where name.hasSuffix(".keep") {
            // One that cannot be read is somebody else's.
            guard let text = try? Files.read(folder + name), text.last == 0x0A else { continue }
            if isStale(String(decoding: text.dropLast(), as: UTF8.self)) { unlink(folder + name) }
        }
    }
}
