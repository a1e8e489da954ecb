/// One line of a tree object.
struct TreeLine: Hashable, Sendable {
    let name: [UInt8]
    let mode: UInt32
    let digest: Digest

    /// Whether it names a folder.
    var isFolder: Bool { mode == FileMode.folder }
}

/// Reads tree objects.
enum TreeObject {
    /// The lines of a tree; `nil` when it is damaged.
    static func lines(_ content: [UInt8]) -> [TreeLine]? {
        var lines: [TreeLine] = []
        var rest = content[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: 0x20), let zero = rest[space...].firstIndex(of: 0),
                let mode = UInt32(String(decoding: rest[..<space], as: UTF8.self), radix: 8),
                let digest = Digest(rest[(zero + 1)...])
            else { return nil }
            lines.append(TreeLine(name: Array(rest[(space + 1)..<zero]), mode: mode, digest: digest))
            rest = rest[(zero + 1 + Digest.size)...]
        }
        return lines
    }

    /// Appends a line.
    static func append(_ name: UnsafeRawBufferPointer, _ mode: UInt32, _ digest: Digest, to content: inout [UInt8]) {
        switch mode {
        case FileMode.regular: content.append(contentsOf: "100644 ".utf8)
        case FileMode.folder: content.append(contentsOf: "40000 ".utf8)
        default: content.append(contentsOf: (String(mode, radix: 8) + " ").utf8)
        }
        content.append(contentsOf: name)
        content.append(0)
        digest.append(to: &content)
    }
}
