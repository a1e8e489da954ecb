import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An object as it is stored.
struct StoredObject: Sendable {
    let type: ObjectType
    let content: [UInt8]
}

/// Reads a repository's objects: loose ones, packs, and those of its alternates.
final class ObjectStore: Sendable {
    /// The object directory itself, then its alternates.
    let directories: [String]
    private let packs: [PackIndex]
    private let looseFolders: [[Bool]]
    private let freshPacks = Mutex<Set<String>>([])

    /// Opens the store of an object directory.
    init(_ directory: String) {
        let directories = ObjectStore.withAlternates(directory)
        self.directories = directories
        looseFolders = directories.map(ObjectStore.looseFolders)
        packs = directories.flatMap { directory in
            Files.names(in: directory + "/pack").filter { $0.hasSuffix(".idx") && $0.hasPrefix("pack-") }
                .compactMap { PackIndex(directory + "/pack/" + $0) }
        }
    }

    /// Whether a pack has an object. It is made young, so that a pruning git keeps it; one that cannot be counts as absent.
    ///
    /// An object in a file of its own is not counted on: git does not wait for those, so it may not be on the disk.
    func freshen(_ digest: Digest) -> Bool {
        for pack in packs {
            // An unreadable pack has nothing to offer: the object is written again, which harms nothing.
            guard let found = try? pack.offset(of: digest), found > 0 else { continue }
            if freshPacks.withLock({ $0.contains(pack.packPath) }) { return true }
            guard utimensat(AT_FDCWD, pack.packPath, nil, 0) == 0 else { continue }
            freshPacks.withLock { _ = $0.insert(pack.packPath) }
            return true
        }
        return false
    }

    /// Whether an object is there, without touching it.
    func has(_ digest: Digest) -> Bool {
        for (directory, folders) in zip(directories, looseFolders) where folders[digest.firstByte] {
            if access(ObjectStore.loosePath(digest, in: directory), F_OK) == 0 { return true }
        }
        return packs.contains { (try? $0.offset(of: digest)) != nil }  // An unreadable pack has nothing to offer.
    }

    /// Reads an object; `nil` when it is not there.
    ///
    /// - Throws: `CaptureError` when it is there and damaged.
    func read(_ digest: Digest) throws -> StoredObject? {
        if digest == .emptyTree { return StoredObject(type: .tree, content: []) }
        for (directory, folders) in zip(directories, looseFolders) where folders[digest.firstByte] {
            if let object = try ObjectStore.readLoose(ObjectStore.loosePath(digest, in: directory)) { return object }
        }
        for pack in packs {
            guard let offset = try pack.offset(of: digest) else { continue }
            guard let reader = PackReader(pack, elsewhere: { try self.read($0) }) else { continue }
            return try reader.object(at: offset)
        }
        return nil
    }

    /// Reads an object of a kind.
    ///
    /// - Throws: `CaptureError` when it is missing, damaged or of another kind.
    func read(_ digest: Digest, as type: ObjectType) throws -> [UInt8] {
        // What git has written since the store was opened may lie in a folder or pack that was not there then.
        guard let object = try read(digest) ?? ObjectStore(directories[0]).read(digest), object.type == type else {
            throw CaptureError(
                code: .inputOutput, operation: "read the \(type.word) \(digest.hex)", message: "it is missing")
        }
        return object.content
    }

    /// Where a loose object is or would be.
    static func loosePath(_ digest: Digest, in directory: String) -> String {
        let hex = digest.hex
        return "\(directory)/\(hex.prefix(2))/\(hex.dropFirst(2))"
    }

    /// Reads an object in a file of its own; `nil` when the file is not there.
    static func readLoose(_ path: String) throws -> StoredObject? {
        guard let data = try Files.read(path) else { return nil }
        let damaged = CaptureError(code: .inputOutput, operation: "read '\(path)'", message: "the object is damaged")
        let head = Inflater.prefix(data, limit: 64)
        guard let end = head.firstIndex(of: 0) else { throw damaged }
        let words = String(decoding: head[..<end], as: UTF8.self).split(separator: " ")
        guard words.count == 2, let type = ObjectType(word: words[0]), let size = Int(words[1]) else { throw damaged }
        guard let content = Inflater.inflate(data, size: end + 1 + size) else { throw damaged }
        return StoredObject(type: type, content: Array(content[(end + 1)...]))
    }

    /// An object in a file of its own, unless it is large.
    func readSmallLoose(_ digest: Digest) throws -> StoredObject? {
        for directory in directories {
            let path = ObjectStore.loosePath(digest, in: directory)
            var status = stat()
            guard stat(path, &status) == 0, status.st_size <= 1 << 18 else { continue }
            return try ObjectStore.readLoose(path)
        }
        return nil
    }

    /// Which of the 256 folders of loose objects exist.
    private static func looseFolders(_ directory: String) -> [Bool] {
        var folders = [Bool](repeating: false, count: 256)
        for name in Files.names(in: directory) where name.utf8.count == 2 {
            if let number = Int(name, radix: 16) { folders[number] = true }
        }
        return folders
    }

    /// A directory and those that `info/alternates` lead to, each once, at most five steps away as in git.
    private static func withAlternates(_ directory: String, depth: Int = 0) -> [String] {
        // Without a readable list there are no alternates: what lies there only is written again.
        guard depth <= 5, let list = try? Files.read(directory + "/info/alternates") else { return [directory] }
        var all = [directory]
        for line in list.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
            let text = String(decoding: line, as: UTF8.self)
            for found in withAlternates(text.hasPrefix("/") ? text : directory + "/" + text, depth: depth + 1)
            where !all.contains(found) {
                all.append(found)
            }
        }
        return all
    }
}
