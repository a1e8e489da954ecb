package import GitValues

/// Single objects of a repository, read and written in its own files; for workflows that need one commit and not a library.
///
/// It belongs to one task.
package final class PlainObjects {
    private let directory: String
    /// Looks at packs and alternates; opened when an object does not lie in a file of its own.
    private var store: ObjectStore?
    /// What was found or written: the same few objects are asked for again and again.
    private var kinds: [ObjectID: ObjectType] = [:]

    /// Creates a reader for a repository of SHA-1 names.
    package init(_ location: RepositoryLocation) { directory = location.commonDirectory + "/objects" }

    /// The bytes of a commit; `nil` when there is none of that name, or when it cannot be read.
    package func commit(_ id: ObjectID) -> [UInt8]? {
        guard let object = object(id), object.type == .commit else { return nil }
        return object.content
    }

    /// Whether a commit of that name is there.
    package func hasCommit(_ id: ObjectID) -> Bool { kind(of: id) == .commit }

    /// Whether a tree of that name is there.
    package func hasTree(_ id: ObjectID) -> Bool { kind(of: id) == .tree }

    /// Stores a commit; it is on the disk when this returns.
    package func write(commit content: [UInt8]) throws -> ObjectID {
        let digest = content.withUnsafeBytes { ObjectType.commit.digest(of: $0) }
        guard let id = digest.objectID else {
            throw CaptureError(code: .inputOutput, operation: "name the commit", message: "its name is all zeros")
        }
        let deflater = try Deflater(level: 1)  // What git uses for objects in files of their own.
        var bytes: [UInt8] = []
        let header = ObjectType.commit.header(size: content.count)
        try header.withUnsafeBytes { header in
            try content.withUnsafeBytes { content in try deflater.append([header, content], to: &bytes) }
        }
        // Over one that is there already: it may not be on the disk yet, or be about to be pruned.
        try LooseFile.write(bytes, as: digest, in: directory)
        kinds[id] = .commit
        return id
    }

    /// Stores a commit together with the objects of a capture, the tree it names among them.
    package func write(commit content: [UInt8], of tree: ObjectID, with pending: CapturedObjects) throws -> ObjectID {
        let id = try pending.finish(with: content)
        store = nil  // It knows the packs that were there before.
        kinds[tree] = .tree
        kinds[id] = .commit
        return id
    }

    private func kind(of id: ObjectID) -> ObjectType? { kinds[id] ?? object(id)?.type }

    /// Reads an object; what cannot be read is left to those who say why.
    private func object(_ id: ObjectID) -> StoredObject? {
        guard let digest = Digest(id) else { return nil }
        let loose = try? ObjectStore.readLoose(ObjectStore.loosePath(digest, in: directory))
        let object = loose ?? (try? opened().read(digest)) ?? nil
        kinds[id] = object?.type
        return object
    }

    private func opened() -> ObjectStore {
        let opened = store ?? ObjectStore(directory)
        store = opened
        return opened
    }
}
