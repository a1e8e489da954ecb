/// Makes the index (version 2) of a pack.
enum PackIndexWriter {
    /// The bytes of an index of entries that are sorted by name.
    static func bytes(_ entries: [PackWriter.Entry], packChecksum: Digest) -> [UInt8] {
        var bytes: [UInt8] = [0xFF, 0x74, 0x4F, 0x63, 0, 0, 0, 2]
        bytes.reserveCapacity(1072 + entries.count * 28)
        var next = 0
        for bucket in 0..<256 {
            while next < entries.count, entries[next].digest.firstByte == bucket { next += 1 }
            append(UInt32(next), to: &bytes)
        }
        for entry in entries { entry.digest.append(to: &bytes) }
        for entry in entries { append(entry.checksum, to: &bytes) }
        var large: [Int] = []
        for entry in entries {
            if entry.offset < 1 << 31 {
                append(UInt32(entry.offset), to: &bytes)
            } else {
                append(1 << 31 | UInt32(large.count), to: &bytes)
                large.append(entry.offset)
            }
        }
        for offset in large {
            append(UInt32(offset >> 32), to: &bytes)
            append(UInt32(offset & 0xFFFF_FFFF), to: &bytes)
        }
        packChecksum.append(to: &bytes)
        var hash = SHA1()
        hash.update(bytes)
        hash.digest().append(to: &bytes)
        return bytes
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
