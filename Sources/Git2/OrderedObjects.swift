import CGit2
import CZlib
import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Repository {
    /// Stores bytes as an object in a file of its own, in order.
    func writeOrdered(_ content: [UInt8], _ type: git_object_t, _ operation: String) throws(GitError) -> ObjectID {
        var oid = git_oid()
        try check(operation, git_odb_hash(&oid, content, content.count, type))
        let id = try ObjectID(copying: &oid, operation)
        let folder = location.commonDirectory + "/objects/" + id.hex.prefix(2)
        let path = folder + "/" + id.hex.dropFirst(2)
        // Touched, as git does: what was unreachable until now must not be pruned.
        if hasContent(path), utimensat(AT_FDCWD, path, nil, 0) == 0 { return id }
        let header = "\(String(cString: git_object_type2string(type))) \(content.count)\0"
        let bytes = try compressed(Array(header.utf8) + content, operation)
        let (descriptor, temporary) = try makeTemporary(in: folder, operation)
        var isNamed = false
        defer {
            close(descriptor)
            if !isNamed { unlink(temporary) }
        }
        try writeAll(bytes, to: descriptor, temporary, operation)
        guard WriteCare.ordered.settle(descriptor), rename(temporary, path) == 0 else {
            throw GitError.system(operation, path).explained(writingTo: folder)
        }
        isNamed = true
        return id
    }

    private func compressed(_ content: [UInt8], _ operation: String) throws(GitError) -> [UInt8] {
        var count = compressBound(UInt(content.count))
        var result = [UInt8](repeating: 0, count: Int(count))
        guard compress2(&result, &count, content, UInt(content.count), looseCompression) == Z_OK else {
            throw GitError(.failed, operation, "zlib cannot compress it")
        }
        return Array(result[..<Int(count)])
    }

    /// Whether a file is there that is not empty; a crash of another program may have left an empty one.
    private func hasContent(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size > 0
    }
}

/// A new file, under a name that git's own pruning removes.
private func makeTemporary(
    in folder: String, _ operation: String
) throws(GitError) -> (descriptor: Int32, path: String) {
    for _ in 0..<3 {
        let path = folder + "/tmp_obj_" + String(UInt64.random(in: .min ... .max), radix: 36)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
        if descriptor >= 0 { return (descriptor, path) }
        if errno == EEXIST { continue }
        guard errno == ENOENT, mkdir(folder, 0o777) == 0 || errno == EEXIST else { break }
    }
    throw GitError.system(operation, folder).explained(writingTo: folder)
}
