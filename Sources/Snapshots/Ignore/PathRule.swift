/// One pattern of a `.gitignore` or `.gitattributes` file, and what paths it matches.
struct PathRule: Sendable {
    /// Whether the pattern began with `!`.
    let isNegated: Bool
    /// Whether it matches folders only.
    let isForFolders: Bool
    /// Whether it has no slash and so matches names at any depth.
    private let isForNames: Bool
    /// The literal beginning, without wildcards.
    private let literal: [UInt8]
    /// What follows the literal beginning; `nil` when the pattern is all literal.
    private let glob: Glob?
    /// For `*literal`: the ending that decides.
    private let ending: [UInt8]?

    /// Compiles a pattern as it stands in the file, escapes and all.
    init(_ text: some Collection<UInt8>) {
        var pattern = Array(text)
        isNegated = pattern.first == UInt8(ascii: "!")
        if isNegated { pattern.removeFirst() }
        let simple = pattern.firstIndex(where: PathRule.isSpecial) ?? pattern.count
        let endsSimply = pattern.first == UInt8(ascii: "*") && !pattern.dropFirst().contains(where: PathRule.isSpecial)
        isForFolders = pattern.last == slash
        if isForFolders { pattern.removeLast() }
        isForNames = !pattern.contains(slash)
        var prefix = min(simple, pattern.count)
        if isForNames {
            if prefix == pattern.count {
                (literal, glob, ending) = (pattern, nil, nil)
            } else if endsSimply {
                (literal, glob, ending) = ([], nil, Array(pattern.dropFirst()))
            } else {
                (literal, glob, ending) = ([], Glob(pattern, isForPaths: false), nil)
            }
            return
        }
        if pattern.first == slash {
            pattern.removeFirst()
            prefix -= 1
        }
        literal = Array(pattern.prefix(prefix))
        // Git matches the rest by itself: a `**` that follows a literal beginning counts as standing at the start.
        glob = prefix == pattern.count ? nil : Glob(pattern.dropFirst(prefix), isForPaths: true)
        ending = nil
    }

    /// Whether a path matches.
    ///
    /// - Parameters:
    ///   - path: relative to the folder of the file the rule stands in.
    ///   - nameStart: where the last part of the path begins.
    func matches(_ path: UnsafeRawBufferPointer, nameStart: Int, isFolder: Bool) -> Bool {
        if isForFolders && !isFolder { return false }
        let text = isForNames ? UnsafeRawBufferPointer(rebasing: path[nameStart...]) : path
        if isForNames {
            if let ending { return text.count >= ending.count && equal(text.suffix(ending.count), ending) }
            guard let glob else { return text.count == literal.count && equal(text[...], literal) }
            return glob.matches(text)
        }
        guard text.count >= literal.count, equal(text.prefix(literal.count), literal) else { return false }
        guard let glob else { return text.count == literal.count }
        return glob.matches(UnsafeRawBufferPointer(rebasing: text[literal.count...]))
    }

    /// The bytes that end a literal beginning.
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: "\\")
    }
}

private let slash = UInt8(ascii: "/")

private func equal(_ text: Slice<UnsafeRawBufferPointer>, _ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { compareBytes(UnsafeRawBufferPointer(rebasing: text), $0) == 0 }
}
