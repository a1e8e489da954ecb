/// The state of reading one text in git-config syntax, a byte at a time.
struct ConfigParser {
    private(set) var headers: [ConfigText.Header] = []
    private(set) var entries: [ConfigEntry] = []
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var section = ""
    private var subsection: String?
    /// The comment behind the value that was read last.
    private var comment: ConfigEntry.Comment?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A byte of the text; a line end is one symbol whether it is LF, CRLF or the end of the text.
    private enum Symbol: Equatable {
        case byte(UInt8)
        case lineEnd
    }

    mutating func run() throws(ConfigSyntaxError) {
        if let zero = bytes.firstIndex(of: 0) {
            throw ConfigSyntaxError(line: 1 + bytes[..<zero].count { $0 == .lineFeed }, reason: "there is a NUL byte")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        while position < bytes.count {
            let start = line
            guard case .byte(let byte) = next() else { continue }
            if byte.isBlank { continue }
            switch byte {
            case UInt8(ascii: "#"), UInt8(ascii: ";"): while next() != .lineEnd {}
            case UInt8(ascii: "["): try readHeader(at: start)
            case _ where byte.isLetter: try readEntry(startingWith: byte, at: start)
            default:
                throw ConfigSyntaxError(
                    line: start, reason: "a section in brackets, a key or a comment was expected")
            }
        }
    }

    /// The next symbol; past the end of the text, line ends without number.
    private mutating func next() -> Symbol {
        guard position < bytes.count else { return .lineEnd }
        let byte = bytes[position]
        position += 1
        let isPair = byte == .carriageReturn && position < bytes.count && bytes[position] == .lineFeed
        guard isPair || byte == .lineFeed else { return .byte(byte) }
        if isPair { position += 1 }
        line += 1
        return .lineEnd
    }

    private mutating func readHeader(at start: Int) throws(ConfigSyntaxError) {
        var name: [UInt8] = []
        var quoted: [UInt8]?
        scan: while true {
            guard case .byte(let byte) = next() else {
                throw ConfigSyntaxError(line: start, reason: "the section has no closing bracket")
            }
            if byte == UInt8(ascii: "]") { break scan }
            if byte.isBlank {
                quoted = try readSubsection(at: start)
                break scan
            }
            guard byte.isKeyByte || byte == UInt8(ascii: ".") else {
                throw ConfigSyntaxError(line: start, reason: "a section name is made of letters, digits, '-' and '.'")
            }
            name.append(byte.lowerCased)
        }
        guard !name.isEmpty || quoted != nil else {
            throw ConfigSyntaxError(line: start, reason: "the section has no name")
        }
        let dotted = name.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let rest = dotted.dropFirst().first.map(Array.init)
        let parts = [rest, quoted].compactMap { $0 }
        section = String(decoding: dotted.first ?? [], as: UTF8.self)
        subsection =
            parts.isEmpty ? nil : String(decoding: Array(parts.joined(separator: [UInt8(ascii: ".")])), as: UTF8.self)
        headers.append(ConfigText.Header(section: section, subsection: subsection, line: start))
    }

    /// Reads ` "name"]` after the first blank of a header.
    private mutating func readSubsection(at start: Int) throws(ConfigSyntaxError) -> [UInt8] {
        var symbol = next()
        while case .byte(let byte) = symbol, byte.isBlank { symbol = next() }
        guard symbol == .byte(.quote) else {
            throw ConfigSyntaxError(line: start, reason: "the name after the section must stand in double quotes")
        }
        var name: [UInt8] = []
        while true {
            symbol = next()
            if symbol == .byte(.quote) { break }
            if symbol == .byte(.backslash) { symbol = next() }
            guard case .byte(let byte) = symbol else {
                throw ConfigSyntaxError(line: start, reason: "the quoted name is not closed on its line")
            }
            name.append(byte)
        }
        guard next() == .byte(UInt8(ascii: "]")) else {
            throw ConfigSyntaxError(line: start, reason: "the section has no closing bracket after the quoted name")
        }
        return name
    }

    private mutating func readEntry(startingWith first: UInt8, at start: Int) throws(ConfigSyntaxError) {
        var key = [first.lowerCased]
        var symbol = next()
        while case .byte(let byte) = symbol, byte.isKeyByte {
            key.append(byte.lowerCased)
            symbol = next()
        }
        while symbol == .byte(.space) || symbol == .byte(.tab) { symbol = next() }
        let name = String(decoding: key, as: UTF8.self)
        var value: [UInt8]?
        comment = nil
        if symbol != .lineEnd {
            guard symbol == .byte(UInt8(ascii: "=")) else {
                throw ConfigSyntaxError(line: start, reason: "'=' was expected after the key '\(name)'")
            }
            value = try readValue()
        }
        entries.append(
            ConfigEntry(
                section: section, subsection: subsection, key: name, bytes: value, line: start, comment: comment))
    }

    /// Reads up to the end of the logical line; blanks at both ends go unless they are quoted.
    private mutating func readValue() throws(ConfigSyntaxError) -> [UInt8] {
        var value: [UInt8] = []
        var kept: Int?  // The length to cut to when only blanks or a comment follow.
        var inQuotes = false
        while true {
            let start = line
            guard case .byte(let byte) = next() else {
                if inQuotes { throw ConfigSyntaxError(line: start, reason: "a double quote is not closed on its line") }
                if let kept { value.removeSubrange(kept...) }
                return value
            }
            if byte.isBlank && !inQuotes {
                if kept == nil { kept = value.count }
                if !value.isEmpty { value.append(byte) }
                continue
            }
            if !inQuotes, byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                comment = .init(sign: byte == UInt8(ascii: "#") ? "#" : ";", followsBlank: kept != nil)
                while next() != .lineEnd {}
                if let kept { value.removeSubrange(kept...) }
                return value
            }
            kept = nil
            switch byte {
            case .backslash: if let escaped = try readEscape(at: start) { value.append(escaped) }
            case .quote: inQuotes.toggle()
            default: value.append(byte)
            }
        }
    }

    /// The byte an escape stands for; `nil` for a line that is continued.
    private mutating func readEscape(at start: Int) throws(ConfigSyntaxError) -> UInt8? {
        guard case .byte(let byte) = next() else { return nil }
        switch byte {
        case UInt8(ascii: "t"): return .tab
        case UInt8(ascii: "n"): return .lineFeed
        case UInt8(ascii: "b"): return 0x08
        case .backslash, .quote: return byte
        default:
            let shown = byte > 0x20 && byte < 0x7F ? "'\\\(Character(Unicode.Scalar(byte)))'" : "this escape"
            throw ConfigSyntaxError(
                line: start, reason: #"\#(shown) is not known; the escapes are \t \n \b \" and \\"#)
        }
    }
}

extension UInt8 {
    fileprivate static let tab: UInt8 = 0x09
    fileprivate static let lineFeed: UInt8 = 0x0A
    fileprivate static let carriageReturn: UInt8 = 0x0D
    fileprivate static let space: UInt8 = 0x20
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let backslash = UInt8(ascii: "\\")

    /// White space to git inside a line: space, tab and a carriage return that ends no line.
    fileprivate var isBlank: Bool { self == .space || self == .tab || self == .carriageReturn }

    fileprivate var isLetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }

    fileprivate var isKeyByte: Bool { isLetter || (0x30...0x39).contains(self) || self == UInt8(ascii: "-") }

    fileprivate var lowerCased: UInt8 { (0x41...0x5A).contains(self) ? self + 0x20 : self }
}
