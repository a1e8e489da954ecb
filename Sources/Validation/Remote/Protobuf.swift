/// The little of protobuf's wire format that the cache needs: varints and length-delimited fields
/// (protobuf.dev, "Encoding").
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    /// A varint field; zero is the default and left out.
    mutating func number(_ field: Int, _ value: Int64) {
        guard value != 0 else { return }
        varint(UInt64(field) << 3)
        varint(UInt64(bitPattern: value))
    }

    /// A field of text or bytes; an empty one is the default and left out.
    mutating func bytes(_ field: Int, _ value: [UInt8]) {
        if !value.isEmpty { message(field, value) }
    }

    mutating func text(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

    /// A message field, which is there even when it is empty.
    mutating func message(_ field: Int, _ value: [UInt8]) {
        varint(UInt64(field) << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads the fields of a message one by one; unknown ones are the caller's to skip.
struct ProtobufReader {
    /// What a field holds.
    enum Value {
        case number(Int64)
        case bytes(ArraySlice<UInt8>)
        /// A fixed-width number, of no interest here.
        case other
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field; `nil` at the end.
    ///
    /// - Throws: `Damage` for bytes that are no message.
    mutating func next() throws(Damage) -> (field: Int, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        let field = tag >> 3
        guard field > 0, field < 1 << 29 else { throw Damage() }
        switch tag & 7 {
        case 0: return (Int(field), .number(Int64(bitPattern: try varint())))
        case 1: return (Int(field), try skip(8))
        case 2:
            let length = try varint()
            guard length <= UInt64(rest.count) else { throw Damage() }
            let value = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            return (Int(field), .bytes(value))
        case 5: return (Int(field), try skip(4))
        default: throw Damage()
        }
    }

    /// Bytes that are no message.
    struct Damage: Error {}

    private mutating func skip(_ count: Int) throws(Damage) -> Value {
        guard rest.count >= count else { throw Damage() }
        rest = rest.dropFirst(count)
        return .other
    }

    private mutating func varint() throws(Damage) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, through: 63, by: 7) {
            guard let byte = rest.popFirst() else { throw Damage() }
            if shift == 63 && byte > 1 { throw Damage() }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw Damage()
    }
}
