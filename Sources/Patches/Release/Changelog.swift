import GitValues

/// A changelog in Markdown: headings for versions, and `Unreleased` on top for what comes next.
///
/// Only headings decide; what looks like one in a fenced block or a comment is text.
struct Changelog {
    /// How messages call it.
    let path: String
    private let lines: [Line]
    private let headings: [Heading]

    /// A line with its end.
    private struct Line {
        var text: String
        var bytes: ArraySlice<UInt8>
    }

    fileprivate struct Heading {
        var line: Int
        var level: Int
        /// Without signs and brackets around it.
        var text: String
        var hasBrackets: Bool
    }

    init(path: String, bytes: [UInt8]) {
        self.path = path
        var lines: [Line] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            let slice = bytes[start..<end]
            lines.append(
                Line(text: String(decoding: slice.filter { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self), bytes: slice))
            start = end
        }
        self.lines = lines
        headings = Changelog.headings(in: lines.map(\.text))
    }

    /// The changelog of a release: what is unreleased becomes the version's, below a fresh heading for what comes next;
    /// `nil` when the version has its heading already.
    ///
    /// - Parameter date: as it is written, `2026-11-27`.
    func releasing(_ version: SemanticVersion, tagPrefix: String, on date: String) throws(PatchProblem) -> [UInt8]? {
        if heading(of: version, tagPrefix) != nil { return nil }
        let open = headings.filter { $0.text.lowercased() == "unreleased" }
        guard let heading = open.first else {
            throw PatchProblem(
                .badRelease, "'\(path)' has no heading 'Unreleased', and none for \(version)", paths: [path],
                hints: ["write what is new below a line '## Unreleased', and have it land"])
        }
        guard open.count == 1 else {
            let numbers = open.map { "\($0.line + 1)" }.joined(separator: ", ")
            throw PatchProblem(
                .badRelease, "'\(path)' has the heading 'Unreleased' in lines \(numbers)", paths: [path],
                hints: ["leave one of them, and have that land"])
        }
        let line = lines[heading.line]
        let end = lineEnd(line.bytes)
        let name = heading.hasBrackets ? "[\(version)]" : "\(version)"
        let above = line.bytes.last == UInt8(ascii: "\n") ? Array(line.bytes) : line.bytes + end
        var edited = lines[..<heading.line].flatMap(\.bytes) + above + end
        edited += Array("\(String(repeating: "#", count: heading.level)) \(name) - \(date)".utf8) + end
        return edited + lines[(heading.line + 1)...].flatMap(\.bytes)
    }

    /// What stands below the heading of a version, without it and the empty lines around; `nil` when it has none.
    func section(of version: SemanticVersion, tagPrefix: String) -> String? {
        guard let heading = heading(of: version, tagPrefix) else { return nil }
        let next = headings.first { $0.line > heading.line && $0.level <= heading.level }
        var section = lines[(heading.line + 1)..<(next?.line ?? lines.count)].map(\.text)[...]
        func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }
        section = section.drop(while: isBlank)
        // The addresses of links at the end of the page belong to no version.
        while let last = section.last, isBlank(last) || (last.hasPrefix("[") && last.contains("]: ")) {
            section.removeLast()
        }
        return section.joined(separator: "\n")
    }

    private func heading(of version: SemanticVersion, _ tagPrefix: String) -> Heading? {
        let named = headings.filter { heading in
            let word = heading.text.prefix { !$0.isWhitespace && $0 != "(" && $0 != "]" && $0 != ":" }
            return [version.description, "v\(version)", tagPrefix + version.description].contains(String(word))
        }
        // A part of what is unreleased may begin with a version as well; versions stand beside each other.
        let level = headings.first { $0.text.lowercased() == "unreleased" }?.level ?? named.map(\.level).min()
        return named.first { $0.level == level }
    }

    /// The end of a line, or of the first one where it has none.
    private func lineEnd(_ line: ArraySlice<UInt8>) -> [UInt8] {
        let model = line.last == UInt8(ascii: "\n") ? line : lines.first?.bytes ?? line
        return model.suffix(2) == [0x0D, 0x0A] ? [0x0D, 0x0A] : [0x0A]
    }

    /// The signs that begin fenced code (CommonMark 0.31, 4.5): behind backticks no further one, which is code in a line.
    private static func fenceOpening(_ text: Substring) -> Substring? {
        guard text.hasPrefix("```") || text.hasPrefix("~~~") else { return nil }
        let signs = text.prefix { $0 == text.first }
        return text.first == "`" && text.dropFirst(signs.count).contains("`") ? nil : signs
    }

    private static func headings(in lines: [String]) -> [Heading] {
        var headings: [Heading] = []
        var fence: Substring?
        var isInComment = false
        for (number, line) in lines.enumerated() {
            let text = line.drop { $0 == " " }
            if isInComment {
                isInComment = !text.contains("-->")
            } else if let open = fence {
                let isEnd = text.hasPrefix(open) && text.allSatisfy { $0 == open.first || $0.isWhitespace }
                if isEnd { fence = nil }
            } else if let open = fenceOpening(text) {
                fence = open
            } else if text.hasPrefix("<!--") {
                isInComment = !text.contains("-->")
            } else if line.count - text.count < 4, let heading = Heading(text, line: number) {
                headings.append(heading)
            }
        }
        return headings
    }
}

extension Changelog.Heading {
    /// Reads `## [Unreleased]`; `nil` for a line that is no heading.
    fileprivate init?(_ text: Substring, line: Int) {
        let signs = text.prefix { $0 == "#" }
        var rest = text.dropFirst(signs.count)
        guard (1...6).contains(signs.count), rest.first.map({ $0 == " " || $0 == "\t" }) ?? false else { return nil }
        while let last = rest.last, last.isWhitespace || last == "#" { rest.removeLast() }
        rest = rest.drop(while: \.isWhitespace)
        // `[1.2.0](address)` is a link, `[1.2.0]` one whose address stands elsewhere.
        hasBrackets = rest.hasPrefix("[") && !rest.contains("](")
        if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
            let tail = rest[rest.index(after: close)...]
            rest = rest.dropFirst().prefix { $0 != "]" } + (tail.hasPrefix("(") ? "" : tail)
        }
        self.line = line
        level = signs.count
        self.text = String(rest)
    }
}
