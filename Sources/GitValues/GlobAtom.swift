/// One step of a compiled glob, with git's wildmatch rules for paths.
enum GlobAtom: Sendable {
    /// Exactly this byte.
    case byte(UInt8)
    /// One byte other than a slash: `?`.
    case one
    /// One byte of a set, never a slash: `[a-z]`.
    case set(ByteSet)
    /// Any number of bytes other than slashes: `*`.
    case run
    /// Any number of bytes: `**` at the end.
    case everything
    /// Nothing, or anything up to and including a slash: `**/`.
    case folders

    /// Compiles a pattern without the slashes at its ends.
    static func compile(_ pattern: [UInt8]) throws(PathPattern.Flaw) -> [GlobAtom] {
        var atoms: [GlobAtom] = []
        var index = 0
        while index < pattern.count {
            switch pattern[index] {
            case UInt8(ascii: "*"):
                let start = index
                while index < pattern.count && pattern[index] == UInt8(ascii: "*") { index += 1 }
                let isWholePart =
                    index - start > 1 && (start == 0 || pattern[start - 1] == .slash)
                    && (index == pattern.count || pattern[index] == .slash)
                if !isWholePart {
                    atoms.append(.run)
                } else if index == pattern.count {
                    atoms.append(.everything)
                } else {
                    atoms.append(.folders)
                    index += 1
                }
            case UInt8(ascii: "?"):
                atoms.append(.one)
                index += 1
            case UInt8(ascii: "["): atoms.append(.set(try ByteSet(pattern, &index)))
            case UInt8(ascii: "\\"):
                guard index + 1 < pattern.count else { throw .escape }
                atoms.append(.byte(pattern[index + 1]))
                index += 2
            default:
                atoms.append(.byte(pattern[index]))
                index += 1
            }
        }
        return atoms
    }

    /// Whether the atoms match the whole text, in time proportional to the product of the lengths.
    static func matches(_ atoms: [GlobAtom], _ text: ArraySlice<UInt8>) -> Bool {
        // `states[i]` says: the atoms before i match the text read so far; `.folders` needs a second one, "inside".
        var states = [Bool](repeating: false, count: atoms.count + 1)
        var inside = states
        states[0] = true
        skipEmpty(atoms, &states)
        for byte in text {
            var next = [Bool](repeating: false, count: atoms.count + 1)
            var nextInside = next
            for (index, atom) in atoms.enumerated() where states[index] || inside[index] {
                switch atom {
                case .byte(let wanted): if wanted == byte { next[index + 1] = true }
                case .one: if byte != .slash { next[index + 1] = true }
                case .set(let set): if byte != .slash && set.contains(byte) { next[index + 1] = true }
                case .run: if byte != .slash { next[index] = true }
                case .everything: next[index] = true
                case .folders:
                    nextInside[index] = true
                    if byte == .slash { next[index + 1] = true }
                }
            }
            skipEmpty(atoms, &next)
            states = next
            inside = nextInside
        }
        return states[atoms.count]
    }

    /// Atoms that may match nothing let the next one begin at once.
    private static func skipEmpty(_ atoms: [GlobAtom], _ states: inout [Bool]) {
        for (index, atom) in atoms.enumerated() where states[index] {
            switch atom {
            case .run, .everything, .folders: states[index + 1] = true
            case .byte, .one, .set: break
            }
        }
    }
}

/// The bytes a bracket expression stands for.
struct ByteSet: Sendable {
    private var members = [Bool](repeating: false, count: 256)

    func contains(_ byte: UInt8) -> Bool { members[Int(byte)] }

    /// Reads `[…]` at the index and moves it behind the closing bracket.
    init(_ pattern: [UInt8], _ index: inout Int) throws(PathPattern.Flaw) {
        func byte(at position: Int) -> UInt8? { position < pattern.count ? pattern[position] : nil }
        var position = index + 1
        let isNegated = byte(at: position) == UInt8(ascii: "!") || byte(at: position) == UInt8(ascii: "^")
        if isNegated { position += 1 }
        var previous: UInt8?
        let first = position
        while true {
            guard var current = byte(at: position) else { throw .unclosed }
            if current == UInt8(ascii: "]") && position > first { break }
            let isRange = current == UInt8(ascii: "-") && byte(at: position + 1).map { $0 != UInt8(ascii: "]") } == true
            if let low = previous, isRange {
                position += 1
                current = pattern[position]
                if current == UInt8(ascii: "\\") { current = try escaped(pattern, &position) }
                if low <= current { for value in low...current { members[Int(value)] = true } }
                previous = nil
            } else if current == UInt8(ascii: "["), byte(at: position + 1) == UInt8(ascii: ":") {
                guard let close = pattern[(position + 2)...].firstIndex(of: UInt8(ascii: "]")) else { throw .unclosed }
                if close > position + 2 && pattern[close - 1] == UInt8(ascii: ":") {
                    let name = String(decoding: pattern[(position + 2)..<(close - 1)], as: UTF8.self)
                    guard let matches = ByteSet.classes[name] else { throw .unclosed }
                    for value in 0..<128 where matches(UInt8(value)) { members[value] = true }
                    position = close
                    previous = nil
                } else {
                    members[Int(current)] = true
                    previous = current
                }
            } else {
                if current == UInt8(ascii: "\\") { current = try escaped(pattern, &position) }
                members[Int(current)] = true
                previous = current
            }
            position += 1
        }
        if isNegated { members = members.map { !$0 } }
        index = position + 1
    }

    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { isLetter($0) || isDigit($0) }, "alpha": isLetter, "digit": isDigit,
        "blank": { $0 == 0x20 || $0 == 0x09 }, "cntrl": { $0 < 0x20 || $0 == 0x7F },
        "graph": { (0x21...0x7E).contains($0) }, "print": { (0x20...0x7E).contains($0) },
        "lower": { (0x61...0x7A).contains($0) }, "upper": { (0x41...0x5A).contains($0) },
        "punct": { (0x21...0x7E).contains($0) && !isLetter($0) && !isDigit($0) },
        "space": { $0 == 0x20 || (0x09...0x0D).contains($0) },
        "xdigit": { isDigit($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0) },
    ]

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// The byte after a backslash; the position moves onto it.
private func escaped(_ pattern: [UInt8], _ position: inout Int) throws(PathPattern.Flaw) -> UInt8 {
    position += 1
    guard position < pattern.count else { throw .unclosed }
    return pattern[position]
}
