/// The trees an index remembers: its `TREE` extension.
struct CacheTree: Sendable {
    /// One folder.
    struct Node: Sendable {
        /// The folder's own name, in the index file; empty for the top.
        let name: Range<Int>
        /// How many entries of the index lie in it; `nil` when its tree is not known.
        let entryCount: Int?
        /// Where the tree's name is in the index file, when it is known.
        let digestOffset: Int
        /// The nodes of the folders in it, shorter names first, then by bytes.
        let children: [Int]
        /// Everything of the node and those below it, in the index file.
        let extent: Range<Int>
    }

    /// All nodes; the last one is the top.
    let nodes: [Node]

    /// The top; `nil` when the index remembers nothing.
    var top: Int? { nodes.isEmpty ? nil : nodes.count - 1 }

    /// No trees.
    static let empty = CacheTree(nodes: [])

    private init(nodes: [Node]) { self.nodes = nodes }

    /// Reads the extension; damaged data count as none, because every tree can be made again.
    init(of index: IndexFile) {
        guard let range = index.extensionBytes("TREE") else {
            self = .empty
            return
        }
        var reader = Reader(bytes: index.bytes, offset: range.lowerBound, end: range.upperBound)
        guard let top = reader.readNode(depth: 0), reader.offset == range.upperBound,
            reader.nodes[top].name.isEmpty, reader.nodes[top].entryCount ?? index.count == index.count
        else {
            self = .empty
            return
        }
        self.init(nodes: reader.nodes)
    }

    /// The tree of a node; `nil` when it is not known.
    func digest(_ node: Int, in index: IndexFile) -> Digest? {
        guard nodes[node].entryCount != nil else { return nil }
        return index.bytes.withUnsafeBytes { buffer in
            buffer.baseAddress.map { Digest($0 + nodes[node].digestOffset) }
        }
    }

    /// The node of a folder in the folder of another node.
    func child(_ name: UnsafeRawBufferPointer, of node: Int, in index: IndexFile) -> Int? {
        let children = nodes[node].children
        var low = 0
        var high = children.count
        return index.bytes.withUnsafeBytes { buffer in
            while low < high {
                let middle = (low + high) / 2
                let other = UnsafeRawBufferPointer(rebasing: buffer[nodes[children[middle]].name])
                let order = CacheTree.order(other, name)
                if order == 0 { return children[middle] }
                if order < 0 { low = middle + 1 } else { high = middle }
            }
            return nil
        }
    }

    /// The order git keeps siblings in: shorter names first, then by bytes.
    static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        left.count == right.count ? compareBytes(left, right) : left.count - right.count
    }

    private struct Reader {
        let bytes: [UInt8]
        var offset: Int
        let end: Int
        var nodes: [Node] = []

        /// Reads a node and those below it, which come after it in the file and before it in `nodes`.
        mutating func readNode(depth: Int) -> Int? {
            guard depth < 2048 else { return nil }
            let start = offset
            guard let name = text(until: 0), let count = number(until: 0x20), let folders = number(until: 0x0A),
                folders >= 0, folders <= end - offset
            else { return nil }
            let digestOffset = offset
            if count >= 0 { offset += Digest.size }
            guard offset <= end else { return nil }
            var children: [Int] = []
            for _ in 0..<folders {
                guard let child = readNode(depth: depth + 1) else { return nil }
                if let last = children.last, !isBefore(nodes[last].name, nodes[child].name) { return nil }
                children.append(child)
            }
            nodes.append(
                Node(
                    name: name, entryCount: count >= 0 ? count : nil, digestOffset: digestOffset, children: children,
                    extent: start..<offset))
            return nodes.count - 1
        }

        private func isBefore(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
            bytes.withUnsafeBytes { buffer in
                let first = UnsafeRawBufferPointer(rebasing: buffer[left])
                return CacheTree.order(first, UnsafeRawBufferPointer(rebasing: buffer[right])) < 0
            }
        }

        private mutating func text(until mark: UInt8) -> Range<Int>? {
            let start = offset
            while offset < end, bytes[offset] != mark { offset += 1 }
            guard offset < end else { return nil }
            offset += 1
            return start..<(offset - 1)
        }

        private mutating func number(until mark: UInt8) -> Int? {
            guard let range = text(until: mark), range.count < 12 else { return nil }
            return Int(String(decoding: bytes[range], as: UTF8.self))
        }
    }
}
