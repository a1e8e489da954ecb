/// Writes the `TREE` extension of an index; gitformat-index(5) is the source.
enum CacheMemory {
    /// A folder's node, without its name, and the name.
    struct Named {
        let name: [UInt8]
        let memory: [UInt8]
    }

    /// The node of a folder, without its name, with those of the folders in it.
    static func node(count: Int, _ digest: Digest, folders: [Named]) -> [UInt8] {
        var bytes = Array("\(count) \(folders.count)\n".utf8)
        digest.append(to: &bytes)
        let sorted = folders.sorted { left, right in
            left.name.withUnsafeBytes { left in right.name.withUnsafeBytes { CacheTree.order(left, $0) < 0 } }
        }
        for folder in sorted {
            bytes += folder.name
            bytes.append(0)
            bytes += folder.memory
        }
        return bytes
    }

    /// A node as the old index has it, without its name.
    static func copy(_ node: CacheTree.Node, _ index: IndexFile) -> [UInt8] {
        Array(index.bytes[(node.name.upperBound + 1)..<node.extent.upperBound])
    }
}
