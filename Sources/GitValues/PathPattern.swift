/// A pattern for paths in the style of gitignore(5): `Sources/**`, `**/x`, `*.md`, `docs/`.
///
/// A pattern without a slash before its end matches at any depth; any other is anchored at the top. What matches a
/// folder matches everything in it; with a slash at its end a pattern matches folders only. Paths are bytes, relative
/// to the top, without a slash at either end. There is no negation.
package struct PathPattern: Hashable, Sendable, CustomStringConvertible {
    /// The pattern as it was written.
    package let bytes: [UInt8]
    private let atoms: [GlobAtom]
    private let matchesNameOnly: Bool
    private let matchesFoldersOnly: Bool

    /// Why a text is no pattern.
    package enum Flaw: String, Error, Sendable, CustomStringConvertible {
        case empty = "it names nothing"
        case negated = "a pattern cannot start with '!'"
        case unclosed = "a bracket is not closed or a class in it is unknown"
        case escape = "nothing follows the last backslash"
        case outside = "it leaves the repository or has an empty part"

        package var description: String { rawValue }
    }

    /// Parses a pattern given as bytes.
    package init(bytes: [UInt8]) throws(Flaw) {
        self.bytes = bytes
        if bytes.first == UInt8(ascii: "!") { throw .negated }
        var core = bytes[...]
        matchesFoldersOnly = core.last == .slash
        if matchesFoldersOnly { core.removeLast() }
        matchesNameOnly = !core.contains(.slash)
        if core.first == .slash { core.removeFirst() }
        guard !core.isEmpty else { throw .empty }
        let parts = core.split(separator: .slash, omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) else {
            throw .outside
        }
        atoms = try GlobAtom.compile(Array(core))
    }

    /// Parses a pattern given as text.
    package init(_ text: String) throws(Flaw) { try self.init(bytes: Array(text.utf8)) }

    package var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether a file's path matches, by itself or through a folder it lies in.
    package func matches(_ path: some Sequence<UInt8>) -> Bool {
        let path = Array(path)
        if !matchesFoldersOnly && matchesExactly(path[...]) { return true }
        return path.indices.contains { path[$0] == .slash && matchesExactly(path[..<$0]) }
    }

    /// Whether a file's path matches, given as text.
    package func matches(_ path: String) -> Bool { matches(Array(path.utf8)) }

    private func matchesExactly(_ path: ArraySlice<UInt8>) -> Bool {
        guard matchesNameOnly, let cut = path.lastIndex(of: .slash) else { return GlobAtom.matches(atoms, path) }
        return GlobAtom.matches(atoms, path[(cut + 1)...])
    }

    package static func == (left: PathPattern, right: PathPattern) -> Bool { left.bytes == right.bytes }

    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension UInt8 {
    static let slash = UInt8(ascii: "/")
}
