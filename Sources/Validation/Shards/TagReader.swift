/// The tags of an XML text, one after the other, without a tree: enough to read what test runners write.
///
/// Comments, CDATA, declarations and text are passed over. It never fails: a text that ends within a tag, or has an end
/// where none was open, is not complete.
struct TagReader {
    /// A start tag, an empty element or an end tag.
    struct Tag {
        var name: String
        var attributes: [String: String]
        var isEnd: Bool
        var isEmpty: Bool
    }

    private let bytes: [UInt8]
    private var place = 0
    private var depth = 0
    private var isBroken = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether all that was opened so far was closed.
    var isComplete: Bool { depth == 0 && !isBroken }

    /// The next tag; `nil` at the end.
    mutating func next() -> Tag? {
        while let open = bytes[place...].firstIndex(of: UInt8(ascii: "<")) {
            place = open + 1
            if skip("!--", to: "-->") || skip("![CDATA[", to: "]]>") || skip("?", to: "?>") { continue }
            if peek == UInt8(ascii: "!") {
                // A document type may define entities; none is needed, and those of others are not asked for.
                guard skip("!", to: ">") else { return nil }
                continue
            }
            return tag()
        }
        place = bytes.count
        return nil
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    /// Passes over what begins here; `false` when something else does.
    private mutating func skip(_ start: String, to end: String) -> Bool {
        guard bytes[place...].starts(with: start.utf8) else { return false }
        let mark = Array(end.utf8)
        place += start.utf8.count
        while place < bytes.count {
            if bytes[place...].starts(with: mark) {
                place += mark.count
                return true
            }
            place += 1
        }
        isBroken = true
        return true
    }

    private mutating func tag() -> Tag? {
        let isEnd = peek == UInt8(ascii: "/")
        if isEnd { place += 1 }
        var tag = Tag(name: word(), attributes: [:], isEnd: isEnd, isEmpty: false)
        while let byte = peek {
            switch byte {
            case UInt8(ascii: ">"):
                place += 1
                if isEnd { depth -= 1 } else if !tag.isEmpty { depth += 1 }
                if depth < 0 { isBroken = true }
                return tag
            case UInt8(ascii: "/"):
                tag.isEmpty = true
                place += 1
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "="), UInt8(ascii: "<"):
                isBroken = true
                place += 1
            case _ where TagReader.isBlank(byte): place += 1
            default:
                let name = word()
                if let value = value() { tag.attributes[name] = value }
            }
        }
        isBroken = true
        return nil
    }

    private mutating func word() -> String {
        let start = place
        while let byte = peek, !TagReader.isBlank(byte), !"=/><\"'".utf8.contains(byte) { place += 1 }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func value() -> String? {
        while let byte = peek, TagReader.isBlank(byte) { place += 1 }
        guard peek == UInt8(ascii: "=") else { return nil }
        place += 1
        while let byte = peek, TagReader.isBlank(byte) { place += 1 }
        guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
            let end = bytes[(place + 1)...].firstIndex(of: quote)
        else {
            isBroken = true
            return nil
        }
        defer { place = end + 1 }
        return TagReader.unescaped(String(decoding: bytes[(place + 1)..<end], as: UTF8.self))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func unescaped(_ text: String) -> String {
        guard text.contains("&") else { return text }
        var result = ""
        var rest = text[...]
        while let sign = rest.firstIndex(of: "&") {
            result += rest[..<sign]
            rest = rest[sign...]
            guard let end = rest.prefix(12).firstIndex(of: ";"), let scalar = scalar(rest[..<end].dropFirst()) else {
                result.append("&")
                rest = rest.dropFirst()
                continue
            }
            result.unicodeScalars.append(scalar)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func scalar(_ entity: Substring) -> Unicode.Scalar? {
        switch entity {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard entity.hasPrefix("#") else { return nil }
            let digits = entity.dropFirst()
            let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return number.flatMap { Unicode.Scalar($0) }
        }
    }
}
