/// A set of bytes.
struct ByteSet: Hashable, Sendable {
    private var words: [UInt64] = [0, 0, 0, 0]

    /// Whether a byte is in it.
    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & 1 << UInt64(byte & 63) != 0 }

    private mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

    private mutating func invert() { for index in words.indices { words[index] = ~words[index] } }

    /// Parses what follows `[` and moves behind the `]`; `nil` when there is none, or a class is unknown.
    static func parse(_ pattern: [UInt8], _ position: inout Int) -> ByteSet? {
        var set = ByteSet()
        func byte(_ at: Int) -> UInt8? { at < pattern.count ? pattern[at] : nil }
        let isNegated = byte(position) == UInt8(ascii: "!") || byte(position) == UInt8(ascii: "^")
        if isNegated { position += 1 }
        var previous: UInt8?
        // A bracket that comes first is a member.
        var isFirst = true
        while let current = byte(position), isFirst || current != UInt8(ascii: "]") {
            isFirst = false
            if current == UInt8(ascii: "\\") {
                guard let escaped = byte(position + 1) else { return nil }
                set.insert(escaped)
                previous = escaped
                position += 2
            } else if current == UInt8(ascii: "-"), let start = previous, let next = byte(position + 1),
                next != UInt8(ascii: "]")
            {
                position += 1
                var end = next
                if next == UInt8(ascii: "\\") {
                    guard let escaped = byte(position + 1) else { return nil }
                    end = escaped
                    position += 1
                }
                if start <= end { for member in start...end { set.insert(member) } }
                previous = nil
                position += 1
            } else if current == UInt8(ascii: "["), byte(position + 1) == UInt8(ascii: ":") {
                let start = position + 2
                guard let end = pattern[min(start, pattern.count)...].firstIndex(of: UInt8(ascii: "]")) else {
                    return nil
                }
                if end > start, pattern[end - 1] == UInt8(ascii: ":") {
                    guard let members = CharacterClass(pattern[start..<(end - 1)]) else { return nil }
                    for member in UInt8.min...127 where members.contains(member) { set.insert(member) }
                    previous = nil
                    position = end + 1
                } else {
                    set.insert(current)
                    previous = current
                    position += 1
                }
            } else {
                set.insert(current)
                previous = current
                position += 1
            }
        }
        guard byte(position) != nil else { return nil }
        position += 1
        if isNegated { set.invert() }
        return set
    }
}

/// The named classes of bracket expressions, for ASCII.
private enum CharacterClass: String {
    case alnum, alpha, blank, cntrl, digit, graph, lower, print, punct, space, upper, xdigit

    init?(_ name: ArraySlice<UInt8>) { self.init(rawValue: String(decoding: name, as: UTF8.self)) }

    func contains(_ byte: UInt8) -> Bool {
        let isDigit = (0x30...0x39).contains(byte)
        let isUpper = (0x41...0x5A).contains(byte)
        let isLower = (0x61...0x7A).contains(byte)
        switch self {
        case .alnum: return isDigit || isUpper || isLower
        case .alpha: return isUpper || isLower
        case .blank: return byte == 0x20 || byte == 0x09
        case .cntrl: return byte < 0x20 || byte == 0x7F
        case .digit: return isDigit
        case .graph: return (0x21...0x7E).contains(byte)
        case .lower: return isLower
        case .print: return (0x20...0x7E).contains(byte)
        case .punct: return (0x21...0x7E).contains(byte) && !isDigit && !isUpper && !isLower
        case .space: return byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
        case .upper: return isUpper
        case .xdigit: return isDigit || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
        }
    }
}
