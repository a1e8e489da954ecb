/// The value of an attribute for a path; absence of the value means that nothing speaks of it.
enum AttributeValue: Hashable, Sendable {
    case set
    case unset
    /// `!name`: as if nothing spoke of it.
    case unspecified
    case text(String)
}

/// The lines of one attributes file, reduced to what decides how content is converted.
struct AttributeRules: Sendable {
    /// The attributes that decide how content is converted on its way into the repository.
    static let conversions: Set<String> = ["text", "crlf", "eol", "ident", "filter", "working-tree-encoding"]

    /// One `name`, `-name`, `!name` or `name=value`.
    struct Assignment: Sendable {
        let name: String
        let value: AttributeValue
    }

    /// A pattern and what it assigns.
    struct Line: Sendable {
        let rule: PathRule
        let assignments: [Assignment]
    }

    let lines: [Line]
    /// Names that stand for several assignments: `[attr]name …`.
    let macros: [String: [Assignment]]

    /// Whether a line is so long that some versions of git ignore it.
    let hasLongLine: Bool

    private static let longestLine = 2048

    /// Parses a file.
    ///
    /// - Parameter allowsMacros: false for files in folders below the top.
    init(parsing content: [UInt8], allowsMacros: Bool) {
        var lines: [Line] = []
        var macros: [String: [Assignment]] = [:]
        var hasLongLine = false
        for line in RuleLines.split(content) {
            if line.count >= AttributeRules.longestLine { hasLongLine = true }
            var rest = AttributeRules.skippingBlanks(line)
            guard let first = rest.first, first != UInt8(ascii: "#") else { continue }
            var name: [UInt8]
            if first == UInt8(ascii: "\""), let (text, after) = QuotedPath.parse(rest) {
                name = text
                rest = after
            } else {
                name = Array(rest.prefix { !AttributeRules.isBlank($0) })
                rest = rest.dropFirst(name.count)
            }
            let macro = Array("[attr]".utf8)
            let isMacro = name.count > macro.count && name.starts(with: macro)
            if isMacro {
                guard allowsMacros else { continue }
                name.removeFirst(macro.count)
            }
            // Git drops the whole line when one name in it is no name.
            guard let assignments = AttributeRules.assignments(rest), !isMacro || AttributeRules.isName(name[...])
            else {
                continue
            }
            if isMacro {
                macros[String(decoding: name, as: UTF8.self)] = assignments
            } else if name.first != UInt8(ascii: "!") {
                lines.append(Line(rule: PathRule(name), assignments: assignments))
            }
        }
        self.lines = lines
        self.macros = macros
        self.hasLongLine = hasLongLine
    }

    /// What git knows without any file.
    static let builtIn = AttributeRules(parsing: Array("[attr]binary -diff -merge -text".utf8), allowsMacros: true)

    /// The same without what has no say in conversions.
    func reduced(to names: Set<String>) -> AttributeRules { AttributeRules(reducing: self, to: names) }

    private init(reducing rules: AttributeRules, to names: Set<String>) {
        lines = rules.lines.compactMap { line in
            let kept = line.assignments.filter { names.contains($0.name) }
            return kept.isEmpty ? nil : Line(rule: line.rule, assignments: kept)
        }
        macros = rules.macros
        hasLongLine = rules.hasLongLine
    }

    private static func assignments(_ text: ArraySlice<UInt8>) -> [Assignment]? {
        var assignments: [Assignment] = []
        for word in text.split(whereSeparator: isBlank) {
            let sign = word.firstIndex(of: UInt8(ascii: "="))
            var name = word[..<(sign ?? word.endIndex)]
            var value = sign.map { AttributeValue.text(self.text(word[($0 + 1)...])) } ?? .set
            if name.first == UInt8(ascii: "-") || name.first == UInt8(ascii: "!") {
                value = name.removeFirst() == UInt8(ascii: "-") ? .unset : .unspecified
            }
            guard isName(name) else { return nil }
            assignments.append(Assignment(name: self.text(name), value: value))
        }
        return assignments
    }

    private static func isName(_ name: ArraySlice<UInt8>) -> Bool {
        !name.isEmpty && name.first != UInt8(ascii: "-")
            && name.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    private static func skippingBlanks(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> { line.drop(while: isBlank) }
}

/// A path in double quotes with the escapes of C.
enum QuotedPath {
    /// Reads a quoted path; returns it and what follows, or `nil` when the quotes are not well formed.
    static func parse(_ text: ArraySlice<UInt8>) -> (path: [UInt8], rest: ArraySlice<UInt8>)? {
        guard text.first == UInt8(ascii: "\"") else { return nil }
        var path: [UInt8] = []
        var position = text.startIndex + 1
        while position < text.endIndex {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return (path, text[position...]) }
            guard byte == UInt8(ascii: "\\") else {
                path.append(byte)
                continue
            }
            guard position < text.endIndex, let value = escape(text, &position) else { return nil }
            path.append(value)
        }
        return nil
    }

    private static func escape(_ text: ArraySlice<UInt8>, _ position: inout Int) -> UInt8? {
        let byte = text[position]
        position += 1
        switch byte {
        case UInt8(ascii: "a"): return 7
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "v"): return 11
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): return byte
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            guard position + 1 < text.endIndex else { return nil }
            let digits = [byte, text[position], text[position + 1]].map { $0 &- 0x30 }
            guard digits.allSatisfy({ $0 < 8 }) else { return nil }
            position += 2
            return digits[0] << 6 | digits[1] << 3 | digits[2]
        default: return nil
        }
    }
}
