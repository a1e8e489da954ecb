/// A path at which the index and HEAD differ.
struct StagedDifference: Sendable {
    let path: [UInt8]
    /// What HEAD has there.
    let head: TreeChange.Content?
    /// The entry of the index.
    let entry: Int?
}

/// Compares an index with HEAD's tree, reading only trees of folders that the index does not know to be the same.
struct StagedDifferences {
    private let index: IndexFile
    private let cache: CacheTree
    private let store: ObjectStore
    private var found: [StagedDifference] = []

    /// Everything that differs, in the order of the index.
    static func find(
        index: IndexFile, cache: CacheTree, store: ObjectStore, head: Digest?
    ) throws -> [StagedDifference] {
        var search = StagedDifferences(index: index, cache: cache, store: store)
        try search.compare(path: [], entries: 0..<index.count, node: cache.top, tree: head)
        return search.found.sorted { comesBefore($0.path, $1.path) }
    }

    private init(index: IndexFile, cache: CacheTree, store: ObjectStore) {
        self.index = index
        self.cache = cache
        self.store = store
    }

    private mutating func compare(path: [UInt8], entries: Range<Int>, node: Int?, tree: Digest?) throws {
        if let node, let tree, cache.digest(node, in: index) == tree, cache.nodes[node].entryCount == entries.count {
            return
        }
        var lines = try tree.map(lines) ?? [:]
        var entry = entries.lowerBound
        while entry < entries.upperBound {
            let own = index.path(entry)
            if let length = index.nameLength(entry, from: path.count) {
                let name = Array(own[path.count..<(path.count + length)])
                let folder = path + name + [UInt8(ascii: "/")]
                let end = index.endOfFolder(folder, from: entry, limit: entries.upperBound)
                var inner: Digest?
                if let line = lines[name], line.isFolder {
                    inner = line.digest
                    lines[name] = nil
                }
                let child = node.flatMap { node in name.withUnsafeBytes { cache.child($0, of: node, in: index) } }
                try compare(path: folder, entries: entry..<end, node: child, tree: inner)
                entry = end
            } else {
                let name = Array(own[path.count...])
                var head: TreeChange.Content?
                if let line = lines[name], !line.isFolder {
                    head = .init(mode: line.mode, digest: line.digest)
                    lines[name] = nil
                }
                if head != .init(mode: index.mode(entry), digest: index.digest(entry)) {
                    found.append(StagedDifference(path: own, head: head, entry: entry))
                }
                entry += 1
            }
        }
        for line in lines.values { try add(line, in: path) }
    }

    /// Notes everything below a line of HEAD's tree that the index has nothing of.
    private mutating func add(_ line: TreeLine, in path: [UInt8]) throws {
        guard line.isFolder else {
            let head = TreeChange.Content(mode: line.mode, digest: line.digest)
            found.append(StagedDifference(path: path + line.name, head: head, entry: nil))
            return
        }
        for inner in try lines(of: line.digest).values { try add(inner, in: path + line.name + [UInt8(ascii: "/")]) }
    }

    private func lines(of tree: Digest) throws -> [[UInt8]: TreeLine] {
        guard let lines = TreeObject.lines(try store.read(tree, as: .tree)) else {
            throw CaptureError(code: .inputOutput, operation: "read the tree \(tree.hex)", message: "it is damaged")
        }
        return Dictionary(lines.map { ($0.name, $0) }) { first, _ in first }
    }
}
