/// The rules of one ignore file, in its order.
struct IgnoreRules: Sendable {
    let rules: [PathRule]

    /// Parses a file.
    init(parsing content: [UInt8]) {
        rules = RuleLines.split(content).compactMap { line in
            guard line.first != UInt8(ascii: "#") else { return nil }
            let text = IgnoreRules.withoutTrailingSpaces(line)
            return text.isEmpty ? nil : PathRule(text)
        }
    }

    /// Whether the last rule that matches a path ignores it; `nil` when none matches.
    func verdict(_ path: UnsafeRawBufferPointer, nameStart: Int, isFolder: Bool) -> Bool? {
        for rule in rules.reversed() where rule.matches(path, nameStart: nameStart, isFolder: isFolder) {
            return !rule.isNegated
        }
        return nil
    }

    /// Spaces at the end do not count unless a backslash stands before them.
    private static func withoutTrailingSpaces(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end: Int?
        var position = line.startIndex
        while position < line.endIndex {
            switch line[position] {
            case UInt8(ascii: " "): end = end ?? position
            case UInt8(ascii: "\\"):
                position += 1
                if position >= line.endIndex { return line }
                end = nil
            default: end = nil
            }
            position += 1
        }
        return end.map { line[..<$0] } ?? line
    }
}

/// The lines of a file of rules.
enum RuleLines {
    /// Splits at line feeds; a carriage return before one, a byte order mark at the start, and whatever follows a zero
    /// byte in a line do not count. Empty lines are left out.
    static func split(_ content: [UInt8]) -> [ArraySlice<UInt8>] {
        var rest = content[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        return rest.split(separator: UInt8(ascii: "\n")).compactMap { line in
            var line = line
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            if let zero = line.firstIndex(of: 0) { line = line[..<zero] }
            return line.isEmpty ? nil : line
        }
    }
}

/// The ignore rules in force in a folder: its own file's before its parents', before the repository's and the user's.
final class IgnoreStack: Sendable {
    private let rules: IgnoreRules
    /// How much of a path lies above the folder of the rules.
    private let depth: Int
    private let parent: IgnoreStack?

    /// Creates the bottom of a stack: the user's rules, then the repository's own.
    static func base(_ files: [IgnoreRules]) -> IgnoreStack? {
        files.reduce(nil) { stack, rules in rules.rules.isEmpty ? stack : IgnoreStack(rules, depth: 0, parent: stack) }
    }

    /// Creates a stack with the rules of a folder on top.
    ///
    /// - Parameter depth: the length of the folder's path with its slash.
    init(_ rules: IgnoreRules, depth: Int, parent: IgnoreStack?) {
        self.rules = rules
        self.depth = depth
        self.parent = parent
    }

    /// Whether a path, relative to the top of the worktree, is ignored by itself. Its folders are not asked.
    func ignores(_ path: UnsafeRawBufferPointer, nameStart: Int, isFolder: Bool) -> Bool {
        var level: IgnoreStack? = self
        while let stack = level {
            let relative = UnsafeRawBufferPointer(rebasing: path[stack.depth...])
            let start = nameStart - stack.depth
            if let verdict = stack.rules.verdict(relative, nameStart: start, isFolder: isFolder) { return verdict }
            level = stack.parent
        }
        return false
    }
}
