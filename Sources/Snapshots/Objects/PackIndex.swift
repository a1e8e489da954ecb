/// The index of a pack (version 2), searched in the file without reading it whole; gitformat-pack(5) is the source.
final class PackIndex: Sendable {
    private let file: RawFile
    private let fanout: [UInt32]
    /// The number of objects.
    let count: Int
    /// The path of the pack itself.
    let packPath: String

    /// Opens an index; `nil` when it is damaged or has another version.
    init?(_ path: String) {
        guard let file = RawFile(reading: path), let head = try? file.read(at: 0, count: 8 + 1024), head.count == 1032,
            head.prefix(8).elementsEqual([0xFF, 0x74, 0x4F, 0x63, 0, 0, 0, 2])
        else { return nil }
        fanout = stride(from: 8, to: 1032, by: 4).map { offset in
            head[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
        count = Int(fanout[255])
        guard zip(fanout, fanout.dropFirst()).allSatisfy({ $0 <= $1 }), file.size >= 1032 + count * 28 + 40 else {
            return nil
        }
        self.file = file
        packPath = String(path.dropLast(4)) + ".pack"
    }

    /// Where an object begins in the pack; `nil` when the pack does not have it.
    func offset(of digest: Digest) throws -> Int? {
        guard let place = try place(of: digest) else { return nil }
        let small = try number(at: 1032 + count * 24 + place * 4)
        guard small & 0x8000_0000 != 0 else { return small }
        let large = 1032 + count * 28 + (small & 0x7FFF_FFFF) * 8
        return try number(at: large) << 32 | number(at: large + 4)
    }

    /// All objects, in the order of the pack, and the checksum of the pack; `nil` when the file does not agree with itself
    /// or names a place that only a large pack has.
    func entries() throws -> (entries: [PackWriter.Entry], packChecksum: Digest)? {
        let bytes = try file.read(at: 0, count: file.size)
        let end = 1032 + count * 28
        guard bytes.count == end + 2 * Digest.size, let checksum = Digest(bytes[end...]) else { return nil }
        var hash = SHA1()
        hash.update(Array(bytes[..<(end + Digest.size)]))
        guard hash.digest() == Digest(bytes[(end + Digest.size)...]) else { return nil }
        func number(_ offset: Int) -> UInt32 { bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) } }
        var entries: [PackWriter.Entry] = []
        for place in 0..<count {
            let offset = number(1032 + count * 24 + place * 4)
            guard let digest = Digest(bytes[(1032 + place * Digest.size)...]), offset < 1 << 31 else { return nil }
            let entryChecksum = number(1032 + count * 20 + place * 4)
            entries.append(.init(digest: digest, checksum: entryChecksum, offset: Int(offset)))
        }
        entries.sort { $0.offset < $1.offset }
        return (entries, checksum)
    }

    /// The position of an object in the sorted table.
    ///
    /// Names are evenly spread, so a window around the expected place nearly always holds the object or its neighbours.
    private func place(of digest: Digest) throws -> Int? {
        let window = 128
        let bucket = digest.firstByte
        var low = bucket == 0 ? 0 : Int(fanout[bucket - 1])
        var high = Int(fanout[bucket])
        let share = Double(digest.position & 0xFF_FFFF) / Double(0x100_0000)
        var middle = low + Int(Double(high - low) * share)
        while low < high {
            let first = max(low, min(middle - window / 2, high - window))
            let last = min(high, first + window)
            let names = try file.read(at: 1032 + first * Digest.size, count: (last - first) * Digest.size)
            guard let found = search(names, for: digest) else { return nil }
            switch found {
            case .at(let place): return first + place
            case .between: return nil
            case .before: high = first
            case .after: low = last
            }
            middle = (low + high) / 2
        }
        return nil
    }

    private enum Found { case at(Int), before, after, between }

    private func search(_ names: [UInt8], for digest: Digest) -> Found? {
        names.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, names.count >= Digest.size else { return nil }
            let total = names.count / Digest.size
            var low = 0
            var high = total
            while low < high {
                let middle = (low + high) / 2
                let name = Digest(base + middle * Digest.size)
                if name == digest { return .at(middle) }
                if name < digest { low = middle + 1 } else { high = middle }
            }
            return low == 0 ? .before : low == total ? .after : .between
        }
    }

    private func number(at offset: Int) throws -> Int {
        let bytes = try file.read(at: offset, count: 4)
        guard bytes.count == 4 else {
            throw CaptureError(code: .inputOutput, operation: "read '\(file.path)'", message: "it is cut short")
        }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}
