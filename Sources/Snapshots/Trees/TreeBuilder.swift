/// A path that leaves the index or gets a new blob in it.
struct TreeChange: Sendable {
    /// The new mode and blob; `nil` for a path that leaves.
    struct Content: Hashable, Sendable {
        let mode: UInt32
        let digest: Digest
    }

    let path: [UInt8]
    let content: Content?
}

/// Builds the trees of an index and changes to it. Folders that nothing touches keep the trees the index remembers.
struct TreeBuilder {
    /// A tree that may not be in the repository yet.
    struct NewTree: Sendable {
        let digest: Digest
        let content: [UInt8]
    }

    private let index: IndexFile
    private let cache: CacheTree
    /// In the order of the index.
    private let changes: [TreeChange]
    private(set) var newTrees: [NewTree] = []
    private let remembers: Bool

    /// What came of a folder.
    struct Folder {
        /// The tree; `nil` when nothing is left in the folder.
        var digest: Digest?
        /// The number of index entries in it.
        var count: Int
        /// Its node of the `TREE` extension with those below it, without its name.
        var memory: [UInt8]
    }

    /// Prepares a build.
    ///
    /// - Parameter remembers: whether the `TREE` extension of the new index is made too.
    init(index: IndexFile, cache: CacheTree, changes: [TreeChange], remembers: Bool) {
        self.index = index
        self.cache = cache
        self.changes = changes
        self.remembers = remembers
    }

    /// Builds everything from the top; the top always has a tree, maybe the empty one.
    mutating func build() -> Folder {
        var top = build(depth: 0, entries: 0..<index.count, changes: 0..<changes.count, node: cache.top)
        if top.digest == nil {
            top.digest = .emptyTree
            newTrees.append(NewTree(digest: .emptyTree, content: []))
            if remembers { top.memory = CacheMemory.node(count: 0, .emptyTree, folders: []) }
        }
        return top
    }

    private mutating func build(depth: Int, entries: Range<Int>, changes range: Range<Int>, node: Int?) -> Folder {
        if range.isEmpty, let node, let digest = cache.digest(node, in: index),
            cache.nodes[node].entryCount == entries.count
        {
            let memory = remembers ? CacheMemory.copy(cache.nodes[node], index) : []
            return Folder(digest: digest, count: entries.count, memory: memory)
        }
        var content: [UInt8] = []
        var count = 0
        var folders: [CacheMemory.Named] = []
        var entry = entries.lowerBound
        var change = range.lowerBound
        while entry < entries.upperBound || change < range.upperBound {
            let step = next(depth, entry, entries.upperBound, change, range.upperBound)
            if let length = step.folderLength {
                // The folder's path is the part of the step's path up to its slash.
                let path = Array(step.path[...(depth + length)])
                let lastEntry = step.usesEntry ? index.endOfFolder(path, from: entry, limit: entries.upperBound) : entry
                let lastChange = endOfChanges(path, from: change, limit: range.upperBound)
                let name = Array(path[depth..<(depth + length)])
                let child = node.flatMap { node in name.withUnsafeBytes { cache.child($0, of: node, in: index) } }
                let folder = build(
                    depth: path.count, entries: entry..<lastEntry, changes: change..<lastChange, node: child)
                if let digest = folder.digest {
                    name.withUnsafeBytes { TreeObject.append($0, FileMode.folder, digest, to: &content) }
                    if remembers { folders.append(.init(name: name, memory: folder.memory)) }
                }
                count += folder.count
                entry = lastEntry
                change = lastChange
            } else {
                if let file = step.content {
                    step.path[depth...].withUnsafeBytes { TreeObject.append($0, file.mode, file.digest, to: &content) }
                    count += 1
                }
                if step.usesEntry { entry += 1 }
                if step.usesChange { change += 1 }
            }
        }
        guard !content.isEmpty else { return Folder(digest: nil, count: 0, memory: []) }
        let digest = ObjectType.tree.digest(of: content)
        if node.flatMap({ cache.digest($0, in: index) }) != digest {
            newTrees.append(NewTree(digest: digest, content: content))
        }
        let memory = remembers ? CacheMemory.node(count: count, digest, folders: folders) : []
        return Folder(digest: digest, count: count, memory: memory)
    }

    /// What comes next in a folder.
    private struct Step {
        let path: [UInt8]
        /// Set when the path goes on into a folder: the length of its name.
        let folderLength: Int?
        /// What the file is; `nil` for one that leaves.
        let content: TreeChange.Content?
        let usesEntry: Bool
        let usesChange: Bool
    }

    /// The nearer of the next entry and the next change; a change of the same path takes the entry's place.
    private func next(_ depth: Int, _ entry: Int, _ lastEntry: Int, _ change: Int, _ lastChange: Int) -> Step {
        let changed = change < lastChange ? changes[change] : nil
        guard entry < lastEntry else { return step(depth, changed, usesEntry: false) }
        let path = index.path(entry)
        if let changed {
            if changed.path == path { return step(depth, changed, usesEntry: true) }
            // Both may lie in one folder; then either leads to it, and the folder takes in both.
            if comesBefore(changed.path, path) {
                let isShared = TreeBuilder.sharesFolder(changed.path, path, depth)
                return step(depth, changed, usesEntry: isShared)
            }
        }
        let content = TreeChange.Content(mode: index.mode(entry), digest: index.digest(entry))
        let length = TreeBuilder.folderLength(path, depth)
        return Step(path: path, folderLength: length, content: content, usesEntry: true, usesChange: false)
    }

    private func step(_ depth: Int, _ change: TreeChange?, usesEntry: Bool) -> Step {
        guard let change else {
            return Step(path: [], folderLength: nil, content: nil, usesEntry: true, usesChange: true)
        }
        let length = TreeBuilder.folderLength(change.path, depth)
        return Step(
            path: change.path, folderLength: length, content: change.content, usesEntry: usesEntry, usesChange: true)
    }

    private func endOfChanges(_ folder: [UInt8], from first: Int, limit: Int) -> Int {
        var end = first
        while end < limit, changes[end].path.starts(with: folder) { end += 1 }
        return end
    }

    private static func folderLength(_ path: [UInt8], _ depth: Int) -> Int? {
        path[depth...].firstIndex(of: UInt8(ascii: "/")).map { $0 - depth }
    }

    private static func sharesFolder(_ left: [UInt8], _ right: [UInt8], _ depth: Int) -> Bool {
        guard let length = folderLength(left, depth) else { return false }
        return right.count > depth + length && left[...(depth + length)] == right[...(depth + length)]
    }
}
