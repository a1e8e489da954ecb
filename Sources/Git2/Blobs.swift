import CGit2
package import GitValues

extension Repository {
    /// The content of a blob, as stored: no filter is run.
    package func blob(_ id: ObjectID) throws(GitError) -> [UInt8] {
        let operation = "reading blob \(id.short)"
        var oid = try id.raw()
        let blob: Handle<BlobKind> = try make(operation) { git_blob_lookup($0, pointer, &oid) }
        return Array(
            UnsafeRawBufferPointer(start: git_blob_rawcontent(blob.pointer), count: Int(git_blob_rawsize(blob.pointer)))
        )
    }

    /// The entry and content at a path of a tree; `nil` when nothing or a folder or submodule is there.
    package func blob(
        at path: [UInt8], in tree: ObjectID
    ) throws(GitError) -> (id: ObjectID, mode: FileMode, bytes: [UInt8])? {
        guard let entry = try entry(at: path, in: tree), entry.mode.isBlob else { return nil }
        return (entry.id, entry.mode, try blob(entry.id))
    }

    /// Stores a blob; bytes go in as they are.
    package func writeBlob(_ content: [UInt8]) throws(GitError) -> ObjectID {
        try write(content, GIT_OBJECT_BLOB, "writing a blob")
    }

    /// Whether an object is there, of whatever kind.
    package func contains(_ id: ObjectID) throws(GitError) -> Bool { try kind(of: id) != nil }

    /// The kind of an object; `nil` when it is not there.
    package func kind(of id: ObjectID) throws(GitError) -> StoredKind? {
        if let kind = writing.kind(of: id) { return kind }
        let operation = "looking for object \(id.short)"
        var oid = try id.raw()
        let database: Handle<DatabaseKind> = try make(operation) { git_repository_odb($0, pointer) }
        var size = 0
        var type = GIT_OBJECT_INVALID
        let status = git_odb_read_header(&size, &type, database.pointer, &oid)
        if status == GIT_ENOTFOUND.rawValue {
            git_error_clear()
            return nil
        }
        try check(operation, status)
        return StoredKind(type)
    }

    /// Stores bytes as an object, with the care of this repository.
    func write(_ content: [UInt8], _ type: git_object_t, _ operation: String) throws(GitError) -> ObjectID {
        // What does not fit zlib's counters is the library's.
        content.count < 1 << 30
            ? try writeLoose(content, type, operation) : try writeInLibrary(content, type, operation)
    }

    /// Stores bytes as the library does.
    func writeInLibrary(_ content: [UInt8], _ type: git_object_t, _ operation: String) throws(GitError) -> ObjectID {
        let database: Handle<DatabaseKind> = try make(operation) { git_repository_odb($0, pointer) }
        var oid = git_oid()
        do {
            try check(operation, git_odb_write(&oid, database.pointer, content, content.count, type))
        } catch {
            throw error.explained(writingTo: location.commonDirectory + "/objects")
        }
        return try ObjectID(copying: &oid, operation)
    }
}

/// The four kinds of objects.
package enum StoredKind: Hashable, Sendable {
    case commit
    case tree
    case blob
    case tag

    init?(_ type: git_object_t) {
        switch type {
        case GIT_OBJECT_COMMIT: self = .commit
        case GIT_OBJECT_TREE: self = .tree
        case GIT_OBJECT_BLOB: self = .blob
        case GIT_OBJECT_TAG: self = .tag
        default: return nil
        }
    }

    /// What libgit2 calls it.
    var type: git_object_t {
        switch self {
        case .commit: GIT_OBJECT_COMMIT
        case .tree: GIT_OBJECT_TREE
        case .blob: GIT_OBJECT_BLOB
        case .tag: GIT_OBJECT_TAG
        }
    }
}
