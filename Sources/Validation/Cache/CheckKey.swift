import GitValues

/// Everything the verdict of one check depends on, part by part, and the digest that stands for it.
///
/// Not in it: the commit, its author, the time, and what is the same for every check: language and time zone.
struct CheckKey: Sendable, Hashable, Codable {
    /// One part: what it is called for people, and its value or a digest of it.
    struct Part: Sendable, Hashable, Codable {
        /// What a part that holds on one machine only is in the key for all of them.
        enum Shared: Sendable, Hashable, Codable {
            case value(String)
            case leftOut
        }

        var name: String
        var value: String
        /// Absent when it is the value itself.
        var shared: Shared?
    }

    /// Raised whenever keys of older programs must no longer count.
    static let version = "2"

    let parts: [Part]
    /// The digest: lower-case hexadecimal SHA-256 over all names and values with their lengths.
    let hex: String
    /// The digest under which machines share verdicts: without what differs from one to the next though nothing that
    /// decides does.
    let sharedHex: String

    /// The digests are read by every key that needs this one, so they are made once.
    init(parts: [Part]) {
        self.parts = parts
        hex = CheckKey.digest(parts.map { ($0.name, $0.value) })
        sharedHex = CheckKey.digest(
            parts.compactMap { part in
                switch part.shared {
                case nil: (part.name, part.value)
                case .value(let value): (part.name, value)
                case .leftOut: nil
                }
            })
    }

    private enum CodingKeys: CodingKey { case parts }

    init(from decoder: any Decoder) throws {
        self.init(parts: try decoder.container(keyedBy: CodingKeys.self).decode([Part].self, forKey: .parts))
    }

    private static func digest(_ parts: [(name: String, value: String)]) -> String {
        var record: [UInt8] = []
        for part in parts {
            for text in [part.name, part.value] {
                let bytes = Array(text.utf8)
                record += Array("\(bytes.count):".utf8) + bytes
            }
        }
        return SHA256.hex(record)
    }

    /// The names of the parts that differ from another key, in order.
    func differences(from other: CheckKey) -> [String] {
        var names = parts.filter { !other.parts.contains($0) }.map(\.name)
        for part in other.parts where !parts.contains(where: { $0.name == part.name }) { names.append(part.name) }
        return names
    }
}
