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
    private struct Work {
        var objects: [Object] = []
        /// Whether a folder was made, whose name must get on the disk too.
        var hasNewFolder = false
    }

    private let work = Mutex(Work())

    /// Creates a writer for an object directory.
    init(objectDirectory: String) { directory = objectDirectory }

    /// Writes one object, given as it lies on disk; `write` is called with a function that takes it in pieces.
    func add(_ digest: Digest, _ write: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
        let name = ObjectStore.loosePath(digest, in: directory)
        let folder = String(name.dropLast(39))
        let isNew = try Files.makeDirectory(folder)
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
        work.withLock {
            $0.objects.append(Object(file: file, name: name))
            if isNew { $0.hasNewFolder = true }
        }
    }

    /// Makes all objects durable, then visible.
    func finish() throws {
        let (objects, hasNewFolder) = work.withLock { ($0.objects, $0.hasNewFolder) }
        do {
            for object in objects { try Files.sync(object.file.descriptor, object.file.path) }
            for object in objects {
                guard rename(object.file.path, object.name) == 0 else { throw Files.error("name '\(object.name)'") }
            }
            let folders = Set(objects.map { String($0.name.dropLast(39)) })
            for folder in folders.sorted() { try Files.sync(folder) }
            if hasNewFolder { try Files.sync(directory) }
        } catch {
            discard()
            throw error
        }
    }

    /// Removes what has not become visible.
    func discard() { for object in work.withLock({ $0.objects }) { unlink(object.file.path) } }
}
