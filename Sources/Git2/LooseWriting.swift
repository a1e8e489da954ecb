import CGit2
import CWriteBack
import CZlib
package import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Objects that are written into files of their own, as git stores single ones, with the care of their repository.
///
/// The library's own writer knows one care only, asks no setting how to compress, and waits for each object by itself. The
/// one in `Snapshots` does without the library, which small patches are made without: it stores one commit, durably, over
/// whatever is there, so that it shares little with this one.
final class LooseWriting {
    /// An object whose content is on its way to the disk and that has no name yet.
    private struct Unnamed {
        let path: String
        let temporary: String
        let descriptor: Int32
    }

    private var unnamed: [Unnamed] = []
    /// Objects that are not written yet, because they shall become one pack.
    fileprivate var gathered: [GatheredObject]?
    /// Folders that were made for them, by the folder that holds those.
    private var newFolders: Set<String> = []
    private var kinds: [ObjectID: StoredKind] = [:]
    /// Whether somebody gives all of them their names at once.
    fileprivate var isTogether = false
    /// So many files are open at once.
    private static let most = 64

    deinit { discard() }

    /// The kind of an object that was written and has no name yet.
    func kind(of id: ObjectID) -> StoredKind? { kinds.isEmpty ? nil : kinds[id] }

    fileprivate func add(
        _ id: ObjectID, _ kind: StoredKind?, _ bytes: [UInt8], at path: String, _ care: WriteCare, _ operation: String
    ) throws(GitError) {
        if unnamed.count >= LooseWriting.most { try name(care, operation) }
        let folder = String(path.dropLast(39))
        let (descriptor, temporary, isNew) = try makeTemporary(in: folder, operation)
        if isNew { newFolders.insert(String(folder.dropLast(3))) }
        do { try writeAll(bytes, to: descriptor, temporary, operation) } catch {
            // What did not fit must not get a name with those that do.
            close(descriptor)
            unlink(temporary)
            throw error
        }
        unnamed.append(Unnamed(path: path, temporary: temporary, descriptor: descriptor))
        kinds[id] = kind
        if isTogether { gitpatch_begin_write_back(descriptor) } else { try name(care, operation) }
    }

    /// Gives the names, in the order of writing, to what is on the disk or will be before the names are.
    fileprivate func name(_ care: WriteCare, _ operation: String) throws(GitError) {
        defer { discard() }
        var folders = newFolders
        while let object = unnamed.first {
            let folder = String(object.path.dropLast(39))
            guard care.settle(object.descriptor), rename(object.temporary, object.path) == 0 else {
                throw GitError.system(operation, object.path).explained(writingTo: folder)
            }
            close(object.descriptor)
            unnamed.removeFirst()
            folders.insert(folder)
        }
        if care == .durable { try LooseWriting.synchronise(folders, operation) }
    }

    /// Waits for the content of files and the names in folders.
    fileprivate static func synchronise(_ paths: Set<String>, _ operation: String) throws(GitError) {
        for path in paths.sorted() {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw GitError.system(operation, path) }
            defer { close(descriptor) }
            // Some file systems cannot synchronise folders and say EINVAL; there is nothing better to do there.
            if fsync(descriptor) != 0 && errno != EINVAL { throw GitError.system(operation, path) }
        }
    }

    fileprivate func gather(_ object: GatheredObject) {
        gathered?.append(object)
        kinds[object.id] = object.kind
    }

    /// Closes all files; those that got no name vanish.
    fileprivate func discard() {
        gathered = nil
        for object in unnamed {
            close(object.descriptor)
            unlink(object.temporary)
        }
        unnamed = []
        newFolders = []
        kinds = [:]
    }
}

/// An object that shall become visible together with others.
package struct GatheredObject: Sendable {
    package let id: ObjectID
    package let kind: StoredKind
    package let content: [UInt8]
}

extension Repository {
    /// Stores what a body writes as one: the names come at its end, after contents that were on their way to the disk
    /// together. When it throws, some of the objects may be there.
    ///
    /// What was written is known here as being there, and can be read when it has its name.
    ///
    /// - Parameter packing: puts some objects into a pack, compressed as hard as it is told, and as carefully as this repository
    ///   asks; where it cannot, each of them gets a file of its own. Without it all of them do.
    package func together<Result>(
        packing: ((_ objects: [GatheredObject], _ level: Int) -> Bool)? = nil, _ body: () throws(GitError) -> Result
    ) throws(GitError) -> Result {
        if writing.isTogether { return try body() }
        writing.isTogether = true
        writing.gathered = packing == nil ? nil : []
        defer {
            writing.isTogether = false
            writing.discard()
        }
        let result = try body()
        let operation = "writing objects"
        let gathered = writing.gathered ?? []
        writing.gathered = nil
        if gathered.count > 2, packing?(gathered, Int(looseCompression)) == true { return result }
        for object in gathered { try writeLoose(object, operation) }
        try writing.name(care, operation)
        return result
    }

    /// Stores bytes as an object in a file of its own.
    func writeLoose(_ content: [UInt8], _ type: git_object_t, _ operation: String) throws(GitError) -> ObjectID {
        var oid = git_oid()
        try check(operation, git_odb_hash(&oid, content, content.count, type))
        let id = try ObjectID(copying: &oid, operation)
        if writing.kind(of: id) != nil { return id }
        let path = loosePath(id)
        if access(path, F_OK) == 0 {
            if try keeps(path, operation) { return id }
        } else if care == .durable, try kind(of: id) != nil {
            // In a pack, which the library keeps from being pruned.
            return try writeInLibrary(content, type, operation)
        }
        if let kind = StoredKind(type), writing.gathered != nil {
            writing.gather(GatheredObject(id: id, kind: kind, content: content))
        } else {
            try writeLoose(id, content, type, operation)
        }
        return id
    }

    private func writeLoose(_ object: GatheredObject, _ operation: String) throws(GitError) {
        try writeLoose(object.id, object.content, object.kind.type, operation)
    }

    private func writeLoose(
        _ id: ObjectID, _ content: [UInt8], _ type: git_object_t, _ operation: String
    ) throws(GitError) {
        let header = "\(String(cString: git_object_type2string(type))) \(content.count)\0"
        let bytes = try compressed(Array(header.utf8) + content, operation)
        try writing.add(id, StoredKind(type), bytes, at: loosePath(id), care, operation)
    }

    private func loosePath(_ id: ObjectID) -> String {
        location.commonDirectory + "/objects/" + id.hex.prefix(2) + "/" + id.hex.dropFirst(2)
    }

    private func compressed(_ content: [UInt8], _ operation: String) throws(GitError) -> [UInt8] {
        var count = compressBound(UInt(content.count))
        var result = [UInt8](repeating: 0, count: Int(count))
        guard compress2(&result, &count, content, UInt(content.count), looseCompression) == Z_OK else {
            throw GitError(.failed, operation, "zlib cannot compress it")
        }
        return Array(result[..<Int(count)])
    }

    /// Whether an object is there already, in a file that is not empty: a crash of another program may have left such.
    ///
    /// It is touched, as git does: what was unreachable until now must not be pruned. And it is waited for, if that is
    /// asked: git does not.
    private func keeps(_ path: String, _ operation: String) throws(GitError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size > 0, utimensat(AT_FDCWD, path, nil, 0) == 0 else { return false }
        if care == .durable { try LooseWriting.synchronise([path, String(path.dropLast(39))], operation) }
        return true
    }
}

/// A new file, under a name that git's own pruning removes.
private func makeTemporary(
    in folder: String, _ operation: String
) throws(GitError) -> (descriptor: Int32, path: String, isInNewFolder: Bool) {
    var isNew = false
    for _ in 0..<3 {
        let path = folder + "/tmp_obj_" + String(UInt64.random(in: .min ... .max), radix: 36)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
        SharedFiles.settle(descriptor, at: path)
        if descriptor >= 0 { return (descriptor, path, isNew) }
        if errno == EEXIST { continue }
        guard errno == ENOENT else { break }
        isNew = mkdir(folder, 0o777) == 0
        guard isNew || errno == EEXIST else { break }
        if isNew { SharedFiles.settle(folder) }
    }
    throw GitError.system(operation, folder).explained(writingTo: folder)
}
