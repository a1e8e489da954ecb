/// An id of our own records (patches, operations, requests): 16 lower-case hexadecimal digits, drawn at random.
package struct RecordID: Hashable, Sendable, CustomStringConvertible {
    /// The 16 digits.
    package let text: String

    /// Creates an id from its full text; `nil` unless it is 16 lower-case hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        let digits = Array(text.utf8)
        guard digits.count == 16, digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.text = text
    }

    /// Draws a new id from the system's random numbers.
    package static func make() -> RecordID {
        var generator = SystemRandomNumberGenerator()
        return make(using: &generator)
    }

    /// Draws a new id from the given source; tests pass a seeded one.
    package static func make(using generator: inout some RandomNumberGenerator) -> RecordID {
        let value: UInt64 = generator.next()
        let digits = hexText((0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) })
        return RecordID(unchecked: digits)
    }

    private init(unchecked text: String) { self.text = text }

    /// The first eight digits, for people.
    package var short: String { String(text.prefix(8)) }

    package var description: String { text }
}

extension RecordID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = RecordID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a record id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
