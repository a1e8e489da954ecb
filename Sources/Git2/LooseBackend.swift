import CGit2
import GitValues

/// Puts our reader of loose objects in front of libgit2's, which hangs on files that were cut off.
enum LooseBackend {
    /// Adds it to a repository's object database.
    static func install(in repository: OpaquePointer, _ location: RepositoryLocation) throws(GitError) {
        let operation = "opening the object database"
        let database: Handle<DatabaseKind> = try make(operation) { git_repository_odb($0, repository) }
        let objects = Box(LooseObjects(directories: try directories(location.commonDirectory + "/objects", depth: 0)))
        let backend = UnsafeMutablePointer<gitpatch_backend>.allocate(capacity: 1)
        backend.initialize(to: gitpatch_backend())
        backend.pointee.payload = Unmanaged.passRetained(objects).toOpaque()
        var status = git_odb_init_backend(&backend.pointee.parent, UInt32(GIT_ODB_BACKEND_VERSION))
        backend.pointee.parent.read = readObject
        backend.pointee.parent.read_header = readHeader
        backend.pointee.parent.read_prefix = readAbbreviation
        backend.pointee.parent.free = freeBackend
        let parent = UnsafeMutableRawPointer(backend).assumingMemoryBound(to: git_odb_backend.self)
        if status == 0 { status = git_odb_add_backend(database.pointer, parent, priority) }
        if status < 0 { freeBackend(parent) }
        try check(operation, status)
    }

    /// Below packs, above libgit2's loose objects.
    static let priority: Int32 = 2

    /// An object directory and the alternates it names.
    private static func directories(_ path: String, depth: Int) throws(GitError) -> [String] {
        guard depth <= 5, let text = try readFile(path + "/info/alternates", "reading alternates") else {
            return [path]
        }
        var result = [path]
        for line in text.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
            let name = String(decoding: line, as: UTF8.self)
            result += try directories(name.hasPrefix("/") ? name : path + "/" + name, depth: depth + 1)
        }
        return result
    }

    final class Box {
        let objects: LooseObjects

        init(_ objects: LooseObjects) { self.objects = objects }
    }
}

private typealias Backend = UnsafeMutablePointer<git_odb_backend>

private func objects(_ backend: Backend?) -> LooseObjects? {
    let raw = UnsafeMutableRawPointer(backend)?.assumingMemoryBound(to: gitpatch_backend.self)
    guard let payload = raw?.pointee.payload else { return nil }
    return Unmanaged<LooseBackend.Box>.fromOpaque(payload).takeUnretainedValue().objects
}

private func freeBackend(_ backend: Backend?) {
    let raw = UnsafeMutableRawPointer(backend)?.assumingMemoryBound(to: gitpatch_backend.self)
    if let payload = raw?.pointee.payload { Unmanaged<LooseBackend.Box>.fromOpaque(payload).release() }
    raw?.deallocate()
}

private func readObject(
    _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ size: UnsafeMutablePointer<Int>?,
    _ type: UnsafeMutablePointer<git_object_t>?, _ backend: Backend?, _ oid: UnsafePointer<git_oid>?
) -> Int32 {
    guard let oid, let id = ObjectID(oid.pointee) else { return GIT_ENOTFOUND.rawValue }
    return read(id.hex, data, size, type, backend)
}

private func readHeader(
    _ size: UnsafeMutablePointer<Int>?, _ type: UnsafeMutablePointer<git_object_t>?, _ backend: Backend?,
    _ oid: UnsafePointer<git_oid>?
) -> Int32 {
    guard let oid, let id = ObjectID(oid.pointee), let objects = objects(backend) else { return GIT_ENOTFOUND.rawValue }
    do {
        guard let header = try objects.header(of: id.hex) else { return GIT_ENOTFOUND.rawValue }
        size?.pointee = header.size
        type?.pointee = git_object_string2type(header.kind)
        return 0
    } catch {
        return refuse(id.hex, error)
    }
}

private func readAbbreviation(
    _ full: UnsafeMutablePointer<git_oid>?, _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ size: UnsafeMutablePointer<Int>?, _ type: UnsafeMutablePointer<git_object_t>?, _ backend: Backend?,
    _ oid: UnsafePointer<git_oid>?, _ digits: Int
) -> Int32 {
    guard let oid, let start = ObjectID(oid.pointee), let objects = objects(backend) else {
        return GIT_ENOTFOUND.rawValue
    }
    let found = objects.ids(startingWith: String(start.hex.prefix(digits)))
    guard let hex = found.first, let id = ObjectID(hex: hex) else { return GIT_ENOTFOUND.rawValue }
    if found.count > 1 {
        git_error_set_str(Int32(GIT_ERROR_ODB.rawValue), "the abbreviation fits several objects")
        return GIT_EAMBIGUOUS.rawValue
    }
    if let full { gitpatch_oid_set(full, id.bytes) }
    return read(hex, data, size, type, backend)
}

private func read(
    _ hex: String, _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ size: UnsafeMutablePointer<Int>?,
    _ type: UnsafeMutablePointer<git_object_t>?, _ backend: Backend?
) -> Int32 {
    guard let objects = objects(backend), let backend else { return GIT_ENOTFOUND.rawValue }
    var memory: UnsafeMutableRawPointer?
    do {
        // One byte more than the object: libgit2 expects text to end in NUL.
        let found = try objects.content(of: hex) { count in
            memory = git_odb_backend_data_alloc(backend, count + 1)
            memory?.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
            return memory
        }
        guard let found else { return GIT_ENOTFOUND.rawValue }
        data?.pointee = found.bytes
        size?.pointee = found.header.size
        type?.pointee = git_object_string2type(found.header.kind)
        return 0
    } catch {
        if let memory { git_odb_backend_data_free(backend, memory) }
        return refuse(hex, error)
    }
}

private func refuse(_ hex: String, _ damage: LooseObjects.Damage) -> Int32 {
    git_error_set_str(Int32(GIT_ERROR_ODB.rawValue), "object \(hex) is damaged: \(damage.reason)")
    return -1
}
