import GitValues

/// Finds what HEAD names, in the files of a repository.
struct HeadReader {
    let location: RepositoryLocation
    let store: ObjectStore

    /// What HEAD names.
    struct Head: Sendable {
        /// The commit; `nil` on an unborn branch.
        let commit: Digest?
        /// Its tree.
        let tree: Digest?
    }

    /// Reads HEAD; `nil` when the files hold something unusual that git had better judge.
    func read() throws -> Head? {
        var name = "HEAD"
        for _ in 0..<6 {
            let directory = name == "HEAD" ? location.gitDirectory : location.commonDirectory
            guard let content = try contentOfFile(directory + "/" + name) else {
                guard name != "HEAD" else { return nil }
                guard let packed = try packedReference(name) else { return Head(commit: nil, tree: nil) }
                return try head(packed)
            }
            if content.hasPrefix("ref:") {
                name = content.dropFirst(4).trimmingBlanks
                // Only these are shared by all worktrees; others, such as refs/bisect, each worktree has by itself.
                guard name.hasPrefix("refs/heads/"), ReferenceName(name) != nil else { return nil }
            } else {
                guard let id = ObjectID(hex: content.prefix(40)), content.utf8.count == 40 else { return nil }
                return try Digest(id).flatMap(head)
            }
        }
        return nil
    }

    private func head(_ commit: Digest) throws -> Head? {
        let content = try store.read(commit, as: .commit)
        let line = String(decoding: content.prefix(45), as: UTF8.self)
        guard line.hasPrefix("tree "), let tree = ObjectID(hex: line.dropFirst(5)).flatMap(Digest.init) else {
            return nil
        }
        return Head(commit: commit, tree: tree)
    }

    private func contentOfFile(_ path: String) throws -> String? {
        guard FileIdentity(of: path)?.isRegular == true, let bytes = try Files.read(path) else { return nil }
        return String(decoding: bytes, as: UTF8.self)[...].trimmingBlanks
    }

    private func packedReference(_ name: String) throws -> Digest? {
        guard let bytes = try Files.read(location.commonDirectory + "/packed-refs") else { return nil }
        let wanted = Array(name.utf8)
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.count == 41 + wanted.count {
            if line.dropFirst(41).elementsEqual(wanted) {
                return ObjectID(hex: String(decoding: line.prefix(40), as: UTF8.self)).flatMap(Digest.init)
            }
        }
        return nil
    }
}

extension Substring {
    /// Without white space around it.
    fileprivate var trimmingBlanks: String {
        var slice = self
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        return String(slice)
    }
}
