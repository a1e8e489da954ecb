import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes a few loose objects: all of them under names that git's own pruning removes, then, once they are durable,
/// all under their own.
final class LooseWriter: Sendable {
    private struct Object {
        let file: RawFile
        let name: String
    }

    private let directory: String
    private let objects = Mutex<[Object]>([])

    /// Creates a writer for an object directory.
    init(objectDirectory: String) { directory = objectDirectory }

    /// Writes one object, given as it lies on disk; `write` is called with a function that takes it in pieces.
    func add(_ digest: Digest, _ write: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
        let name = ObjectStore.loosePath(digest, in: directory)
        let folder = String(name.dropLast(39))
        try Files.makeDirectory(folder)
        let file = try RawFile(creating: folder + "/tmp_obj_", mode: 0o444)
        var offset = 0
        do {
            try write { piece in
                try file.write(piece, at: offset)
                offset += piece.count
            }
        } catch {
            unlink(file.path)
            throw error
        }
        objects.withLock { $0.append(Object(file: file, name: name)) }
    }

    /// Makes all objects durable, then visible.
    func finish() throws {
        let objects = objects.withLock { $0 }
        do {
            for object in objects { try Files.sync(object.file.descriptor, object.file.path) }
            for object in objects {
                guard rename(object.file.path, object.name) == 0 else { throw Files.error("name '\(object.name)'") }
            }
            let folders = Set(objects.map { String($0.name.dropLast(39)) })
            for folder in folders.sorted() { try Files.sync(folder) }
            if !folders.isEmpty { try Files.sync(directory) }
        } catch {
            discard()
            throw error
        }
    }

    /// Removes what has not become visible.
    func discard() { for object in objects.withLock({ $0 }) { unlink(object.file.path) } }
}
