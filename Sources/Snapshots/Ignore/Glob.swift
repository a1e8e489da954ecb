/// A compiled wildcard pattern with the meaning git's own matcher gives it, oddities included; gitignore(5) describes it.
struct Glob: Sendable {
    private enum Part: Sendable {
        case byte(UInt8)
        /// Any byte, a slash only where the pattern is not one for whole paths.
        case any
        case set(ByteSet)
        /// Any bytes without a slash.
        case star
        /// Any bytes.
        case deepStar
        /// Any bytes, and the slash that follows may be left out with them.
        case deepStarSlash
        /// Nothing: the pattern is damaged here.
        case never
    }

    private let parts: [Part]
    private let isForPaths: Bool

    /// Compiles a pattern. For whole paths `*` and `?` stop at slashes and `**` between slashes does not; for names there
    /// is no difference.
    init(_ pattern: some Collection<UInt8>, isForPaths: Bool) {
        var compiler = Compiler(pattern: Array(pattern), isForPaths: isForPaths)
        parts = compiler.compile()
        self.isForPaths = isForPaths
    }

    /// Whether the whole text matches.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool { matches(text, 0, 0) }

    private func matches(_ text: UnsafeRawBufferPointer, _ firstPart: Int, _ start: Int) -> Bool {
        var part = firstPart
        var position = start
        while part < parts.count {
            switch parts[part] {
            case .byte(let byte):
                guard position < text.count, text[position] == byte else { return false }
            case .any:
                guard position < text.count, !isForPaths || text[position] != slash else { return false }
            case .set(let set):
                guard position < text.count, set.contains(text[position]) else { return false }
                guard !isForPaths || text[position] != slash else { return false }
            case .never: return false
            case .star: return matchesAfterStar(text, part + 1, position, stopsAtSlash: true)
            case .deepStar: return matchesAfterStar(text, part + 1, position, stopsAtSlash: false)
            case .deepStarSlash:
                // The slash is the next part; without it, the rest may match right here.
                if matches(text, part + 2, position) { return true }
                return matchesAfterStar(text, part + 1, position, stopsAtSlash: false)
            }
            part += 1
            position += 1
        }
        return position == text.count
    }

    private func matchesAfterStar(
        _ text: UnsafeRawBufferPointer, _ part: Int, _ start: Int, stopsAtSlash: Bool
    ) -> Bool {
        if part == parts.count {
            return !stopsAtSlash || !text[start...].contains(slash)
        }
        var position = start
        while position < text.count {
            if couldMatch(parts[part], text[position]), matches(text, part, position) { return true }
            if stopsAtSlash && text[position] == slash { return false }
            position += 1
        }
        // Only stars match nothing.
        return matches(text, part, position)
    }

    private func couldMatch(_ part: Part, _ byte: UInt8) -> Bool {
        if case .byte(let wanted) = part { return wanted == byte }
        return true
    }

    private struct Compiler {
        let pattern: [UInt8]
        let isForPaths: Bool
        var position = 0
        var parts: [Part] = []

        init(pattern: [UInt8], isForPaths: Bool) {
            self.pattern = pattern
            self.isForPaths = isForPaths
        }

        mutating func compile() -> [Part] {
            while position < pattern.count {
                let byte = pattern[position]
                switch byte {
                case UInt8(ascii: "*"): compileStars()
                case UInt8(ascii: "?"):
                    parts.append(.any)
                    position += 1
                case UInt8(ascii: "["):
                    position += 1
                    parts.append(ByteSet.parse(pattern, &position).map(Part.set) ?? .never)
                    if case .never? = parts.last { return parts }
                case UInt8(ascii: "\\"):
                    guard position + 1 < pattern.count else { return parts + [.never] }
                    parts.append(.byte(pattern[position + 1]))
                    position += 2
                default:
                    parts.append(.byte(byte))
                    position += 1
                }
            }
            return parts
        }

        /// Two or more stars reach across slashes only between slashes or the ends.
        private mutating func compileStars() {
            let first = position
            while position < pattern.count, pattern[position] == UInt8(ascii: "*") { position += 1 }
            guard isForPaths else { return parts.append(.deepStar) }
            let rest = pattern[position...]
            let startsPart = first == 0 || pattern[first - 1] == slash
            let endsPart = rest.isEmpty || rest.first == slash || rest.starts(with: [UInt8(ascii: "\\"), slash])
            guard position - first > 1, startsPart, endsPart else { return parts.append(.star) }
            parts.append(rest.first == slash ? .deepStarSlash : .deepStar)
        }
    }
}

private let slash = UInt8(ascii: "/")
