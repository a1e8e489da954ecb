import CGit2
package import GitValues

/// The mode of a tree entry, as stored.
package struct FileMode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let directory = FileMode(rawValue: 0o040000)
    package static let file = FileMode(rawValue: 0o100644)
    package static let executable = FileMode(rawValue: 0o100755)
    package static let link = FileMode(rawValue: 0o120000)
    /// A submodule.
    package static let submodule = FileMode(rawValue: 0o160000)

    /// Whether the entry's content is a blob: a file or a symbolic link.
    package var isBlob: Bool { self != .directory && self != .submodule }
}

/// One line of a tree.
package struct TreeEntry: Hashable, Sendable {
    /// The name within its folder, without slashes.
    package let name: [UInt8]
    package let mode: FileMode
    package let id: ObjectID

    /// Creates an entry.
    package init(name: [UInt8], mode: FileMode, id: ObjectID) {
        self.name = name
        self.mode = mode
        self.id = id
    }

    /// What git sorts by: folders as if they ended in a slash.
    fileprivate var sortKey: [UInt8] { mode == .directory ? name + [UInt8(ascii: "/")] : name }
}

extension Repository {
    /// The tree of a commit, tag or tree.
    package func tree(of id: ObjectID) throws(GitError) -> ObjectID {
        let operation = "reading the tree of \(id.short)"
        var oid = try id.raw()
        let object: Handle<ObjectKind> = try make(operation) { git_object_lookup($0, pointer, &oid, GIT_OBJECT_ANY) }
        let tree: Handle<ObjectKind> = try make(operation) { git_object_peel($0, object.pointer, GIT_OBJECT_TREE) }
        return try ObjectID(copying: git_object_id(tree.pointer), operation)
    }

    /// The entries of one tree, in git's order; folders are not entered.
    package func entries(of tree: ObjectID) throws(GitError) -> [TreeEntry] {
        let handle = try lookUpTree(tree)
        var result: [TreeEntry] = []
        let count = git_tree_entrycount(handle.pointer)
        result.reserveCapacity(count)
        for index in 0..<count {
            guard let entry = git_tree_entry_byindex(handle.pointer, index) else { continue }
            result.append(try copy(entry))
        }
        return result
    }

    /// The entry at a path of a tree; `nil` when nothing is there.
    package func entry(at path: [UInt8], in tree: ObjectID) throws(GitError) -> TreeEntry? {
        let operation = "looking into tree \(tree.short)"
        let handle = try lookUpTree(tree)
        let entry: Handle<TreeEntryKind>? = try withText(path, operation) { (text) throws(GitError) in
            try find(operation) { git_tree_entry_bypath($0, handle.pointer, text) }
        }
        guard let entry else { return nil }
        return try copy(entry.pointer)
    }

    /// Stores one tree; the order of the entries does not matter.
    ///
    /// - Throws: `.invalid` for names git refuses or given twice, `.notFound` for objects that are not there.
    package func writeTree(_ entries: [TreeEntry]) throws(GitError) -> ObjectID {
        let operation = "writing a tree"
        var content: [UInt8] = []
        var names: Set<[UInt8]> = []
        for entry in entries.sorted(by: { $0.sortKey.lexicographicallyPrecedes($1.sortKey) }) {
            let shown = String(decoding: entry.name, as: UTF8.self)
            guard isAcceptable(entry.name) else {
                throw GitError(.invalid, operation, "git refuses the name '\(shown)'")
            }
            guard names.insert(entry.name).inserted else {
                throw GitError(.invalid, operation, "the name '\(shown)' is there twice")
            }
            if entry.mode != .submodule, try !contains(entry.id) {
                throw GitError(.notFound, operation, "object \(entry.id) of '\(shown)' does not exist")
            }
            content += Array(String(entry.mode.rawValue, radix: 8).utf8) + [UInt8(ascii: " ")] + entry.name + [0]
            content += entry.id.bytes
        }
        return try write(content, GIT_OBJECT_TREE, operation)
    }

    func lookUpTree(_ id: ObjectID) throws(GitError) -> Handle<TreeKind> {
        var oid = try id.raw()
        return try make("reading tree \(id.short)") { git_tree_lookup($0, pointer, &oid) }
    }

    private func copy(_ entry: OpaquePointer) throws(GitError) -> TreeEntry {
        let name = bytes(git_tree_entry_name(entry))
        let id = try ObjectID(copying: git_tree_entry_id(entry), "reading a tree entry")
        return TreeEntry(
            name: name, mode: FileMode(rawValue: UInt32(git_tree_entry_filemode_raw(entry).rawValue)), id: id)
    }

    private func isAcceptable(_ name: [UInt8]) -> Bool {
        let folded = name.map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }
        return !name.isEmpty && !name.contains(0) && !name.contains(UInt8(ascii: "/"))
            && ![".", "..", ".git"].contains(String(decoding: folded, as: UTF8.self))
    }
}
