/// Reads objects out of a pack, differences resolved.
struct PackReader {
    private let file: RawFile
    private let index: PackIndex
    /// Finds the base of a difference that is named and not in this pack.
    private let elsewhere: (Digest) throws -> StoredObject?

    /// Opens a pack; `nil` when it cannot be read.
    init?(_ index: PackIndex, elsewhere: @escaping (Digest) throws -> StoredObject?) {
        guard let file = RawFile(reading: index.packPath) else { return nil }
        self.file = file
        self.index = index
        self.elsewhere = elsewhere
    }

    /// The object at an offset.
    ///
    /// - Throws: `CaptureError` when the pack is damaged.
    func object(at offset: Int) throws -> StoredObject {
        // A chain of differences is walked to its base and then applied backwards.
        var offset = offset
        var differences: [[UInt8]] = []
        while differences.count < 10_000 {
            let entry = try entry(at: offset)
            guard let type = ObjectType(rawValue: entry.type) else {
                differences.append(try content(entry))
                if entry.type == 6 {
                    guard let base = entry.baseOffset, base < offset, base > 0 else { throw damaged }
                    offset = base
                    continue
                }
                guard let name = entry.baseName else { throw damaged }
                if let inside = try index.offset(of: name) {
                    offset = inside
                    continue
                }
                guard let base = try elsewhere(name) else { throw damaged }
                return try apply(differences, to: base)
            }
            return try apply(differences, to: StoredObject(type: type, content: try content(entry)))
        }
        throw damaged
    }

    private struct Entry {
        let type: UInt8
        let size: Int
        let baseOffset: Int?
        let baseName: Digest?
        let dataOffset: Int
    }

    private func entry(at offset: Int) throws -> Entry {
        let head = try file.read(at: offset, count: 64)
        guard var byte = head.first else { throw damaged }
        var position = 1
        let type = byte >> 4 & 7
        var size = Int(byte & 15)
        var shift = 4
        while byte & 0x80 != 0 {
            guard position < head.count, shift < 56 else { throw damaged }
            byte = head[position]
            position += 1
            size |= Int(byte & 0x7F) << shift
            shift += 7
        }
        var base: Int?
        var name: Digest?
        if type == 6 {
            guard let distance = head.withUnsafeBytes({ VariableLength.decode($0, &position, head.count) }) else {
                throw damaged
            }
            base = offset - distance
        } else if type == 7 {
            name = Digest(head[position...])
            position += Digest.size
        }
        return Entry(type: type, size: size, baseOffset: base, baseName: name, dataOffset: offset + position)
    }

    private func content(_ entry: Entry) throws -> [UInt8] {
        var offset = entry.dataOffset
        let bytes = try Inflater.inflate(size: entry.size) { buffer in
            let got = try file.read(at: offset, into: buffer)
            offset += got
            return got
        }
        guard let bytes else { throw damaged }
        return bytes
    }

    private func apply(_ differences: [[UInt8]], to base: StoredObject) throws -> StoredObject {
        var content = base.content
        for difference in differences.reversed() {
            guard let next = PackDifference.apply(difference, to: content) else { throw damaged }
            content = next
        }
        return StoredObject(type: base.type, content: content)
    }

    private var damaged: CaptureError {
        CaptureError(code: .inputOutput, operation: "read '\(index.packPath)'", message: "the pack is damaged")
    }
}

/// A difference as packs hold them: pieces copied from a base, and pieces of its own.
enum PackDifference {
    /// The content that a difference makes of a base; `nil` when it does not fit.
    static func apply(_ difference: [UInt8], to base: [UInt8]) -> [UInt8]? {
        var position = 0
        guard number(difference, &position) == base.count, let size = number(difference, &position) else { return nil }
        var content: [UInt8] = []
        content.reserveCapacity(size)
        while position < difference.count {
            let command = difference[position]
            position += 1
            if command & 0x80 != 0 {
                var offset = 0
                var count = 0
                for bit in 0..<7 where command & 1 << bit != 0 {
                    guard position < difference.count else { return nil }
                    let byte = Int(difference[position])
                    position += 1
                    if bit < 4 { offset |= byte << (8 * bit) } else { count |= byte << (8 * (bit - 4)) }
                }
                if count == 0 { count = 0x10000 }
                guard offset + count <= base.count else { return nil }
                content.append(contentsOf: base[offset..<(offset + count)])
            } else {
                let count = Int(command)
                guard count > 0, position + count <= difference.count else { return nil }
                content.append(contentsOf: difference[position..<(position + count)])
                position += count
            }
        }
        return content.count == size ? content : nil
    }

    private static func number(_ bytes: [UInt8], _ position: inout Int) -> Int? {
        var value = 0
        var shift = 0
        while position < bytes.count, shift < 56 {
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 0x7F) << shift
            shift += 7
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
