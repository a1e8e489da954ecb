import GitValues

/// Everything the verdict of one check depends on, part by part, and the digest that stands for it.
///
/// Not in it: the commit, its author, paths of the machine, the time.
struct CheckKey: Sendable, Hashable, Codable {
    /// One part: what it is called for people, and its value or a digest of it.
    struct Part: Sendable, Hashable, Codable {
        var name: String
        var value: String
    }

    /// Raised whenever keys of older programs must no longer count.
    static let version = "1"

    let parts: [Part]

    /// The digest: lower-case hexadecimal SHA-256 over all names and values with their lengths.
    var hex: String {
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
