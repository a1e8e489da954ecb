/// A full reference name (`refs/heads/main`, `HEAD`) that `git check-ref-format` accepts.
///
/// Names are bytes to git, so two that only look alike (composed and decomposed accents) are different names here too,
/// and prefixes are told by bytes: to `String`, a slash followed by a combining accent is no slash.
package struct ReferenceName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The full name.
    package let text: String

    /// Creates a name; `nil` when git would refuse it (rules of git-check-ref-format(1)).
    package init?(_ text: some StringProtocol) {
        let name = String(text)
        let isFull = name.utf8.starts(with: "refs/".utf8) && ReferenceName.isWellFormed(name)
        guard isFull || name.utf8.elementsEqual("HEAD".utf8) else { return nil }
        self.text = name
    }

    /// The local branch of that short name; `nil` when git would refuse it.
    package init?(branch: some StringProtocol) {
        guard branch != "HEAD", branch.utf8.first != UInt8(ascii: "-") else { return nil }
        self.init("refs/heads/\(branch)")
    }

    /// HEAD.
    package static let head = ReferenceName(unchecked: "HEAD")

    private init(unchecked text: String) { self.text = text }

    /// The short branch name, `nil` for anything not under `refs/heads/`.
    package var branch: String? {
        let prefix = "refs/heads/".utf8
        return text.utf8.starts(with: prefix) ? String(decoding: text.utf8.dropFirst(prefix.count), as: UTF8.self) : nil
    }

    /// The names this one would be below, outermost first: of `refs/heads/a/b`, `refs/heads` and `refs/heads/a`.
    package var parents: [ReferenceName] {
        let bytes = text.utf8
        let slash = UInt8(ascii: "/")
        return bytes.indices.filter { bytes[$0] == slash }.compactMap { ReferenceName(String(text[..<$0])) }
    }

    package var description: String { text }

    package static func < (left: ReferenceName, right: ReferenceName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package static func == (left: ReferenceName, right: ReferenceName) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Whether every component of a name with slashes follows git-check-ref-format(1).
    package static func isWellFormed(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty, bytes.last != UInt8(ascii: "/"), bytes.last != UInt8(ascii: "."), name != "@" else {
            return false
        }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7f || " ~^:?*[\\".utf8.contains($0) }) else { return false }
        guard !contains(bytes, "..") && !contains(bytes, "@{") else { return false }
        return bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { component in
            !component.isEmpty && component.first != UInt8(ascii: ".")
                && !component.elementsEqual(".lock".utf8) && !component.suffix(5).elementsEqual(".lock".utf8)
        }
    }

    private static func contains(_ bytes: [UInt8], _ needle: String) -> Bool {
        let pattern = Array(needle.utf8)
        guard bytes.count >= pattern.count else { return false }
        return (0...(bytes.count - pattern.count)).contains { bytes[$0..<($0 + pattern.count)].elementsEqual(pattern) }
    }
}

extension ReferenceName: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let name = ReferenceName(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a reference name")
        }
        self = name
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
