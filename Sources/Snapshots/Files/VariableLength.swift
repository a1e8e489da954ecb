/// The number format of offsets in packs and of shared path lengths in index version 4: seven bits a byte, highest
/// first, each continuation adding one.
enum VariableLength {
    /// Reads a number and moves the offset behind it; `nil` when the bytes end before it does.
    static func decode(_ buffer: UnsafeRawBufferPointer, _ offset: inout Int, _ end: Int) -> Int? {
        guard offset < end else { return nil }
        var byte = buffer[offset]
        offset += 1
        var value = Int(byte & 0x7F)
        while byte & 0x80 != 0 {
            guard offset < end, value < 1 << 48 else { return nil }
            byte = buffer[offset]
            offset += 1
            value = (value + 1) << 7 | Int(byte & 0x7F)
        }
        return value
    }

    /// Appends a number.
    static func append(_ value: Int, to bytes: inout [UInt8]) {
        var digits = [UInt8(value & 0x7F)]
        var rest = value >> 7
        while rest > 0 {
            rest -= 1
            digits.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(contentsOf: digits.reversed())
    }
}
