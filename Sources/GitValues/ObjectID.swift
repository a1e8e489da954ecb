/// The name of a git object: 20 bytes (SHA-1) or 32 bytes (SHA-256), never all zero.
///
/// Absence of an object, which git writes as zeros, is `nil` of `ObjectID?`, never a value of this type.
package struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The raw bytes, 20 or 32 of them.
    package let bytes: [UInt8]

    /// Creates an id from raw bytes; `nil` unless there are 20 or 32 of them and one is not zero.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 20 || bytes.count == 32, bytes.contains(where: { $0 != 0 }) else { return nil }
        self.bytes = bytes
    }

    /// Creates an id from its full hexadecimal form, upper or lower case; `nil` for abbreviations, zeros and other text.
    package init?(hex: some StringProtocol) { self.init(hexDigits: Array(hex.utf8)[...]) }

    /// As `init(hex:)`, from the bytes of the text.
    package init?(hexDigits digits: ArraySlice<UInt8>) {
        guard digits.count == 40 || digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: digits.startIndex, to: digits.endIndex, by: 2) {
            guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes: bytes)
    }

    /// The full lower-case hexadecimal form.
    package var hex: String { hexText(bytes) }

    /// The first ten hexadecimal digits, for people.
    package var short: String { String(hex.prefix(10)) }

    package var description: String { hex }

    package static func < (left: ObjectID, right: ObjectID) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension ObjectID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ObjectID(hex: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not an object id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

/// Whether text is an object id of zeros, which git uses for "no object"; any number of digits counts.
package func isZeroObjectID(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 == UInt8(ascii: "0") }
}

/// Returns the lower-case hexadecimal form of bytes.
package func hexText(_ bytes: some Collection<UInt8>) -> String {
    let digits: [UInt8] = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

private func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
