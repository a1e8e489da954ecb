/// The text of a commit: cleaning as git does it, title, body and trailers.
package enum CommitMessage {
    /// How `git commit --cleanup` treats a message.
    package enum Cleanup: String, Sendable, CaseIterable {
        /// Trailing white space, leading and trailing empty lines go; runs of empty lines become one.
        case whitespace
        /// As `whitespace`, and lines that start with the comment character go too.
        case strip
        /// Nothing is changed.
        case verbatim
        /// As `whitespace`, and everything from the scissors line on goes.
        case scissors
    }

    /// Returns the message as git would store it: every line ends in a line feed, nothing but white space is empty.
    package static func clean(_ text: String, mode: Cleanup = .whitespace, comment: String = "#") -> String {
        if mode == .verbatim { return text }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if mode == .scissors, let cut = lines.firstIndex(where: { isScissors($0, comment) }) {
            lines.removeSubrange(cut...)
        }
        if mode == .strip { lines.removeAll { $0.hasPrefix(comment) } }
        var result: [String] = []
        for line in lines.map(trimEnd) {
            if line.isEmpty && (result.isEmpty || result.last == "") { continue }
            result.append(line)
        }
        if result.last == "" { result.removeLast() }
        return result.isEmpty ? "" : result.joined(separator: "\n") + "\n"
    }

    /// The first paragraph joined into one line, as `git log --oneline` shows it.
    package static func title(of message: String) -> String {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
        let start = lines.drop { trimEnd(String($0)).isEmpty }
        return start.prefix { !trimEnd(String($0)).isEmpty }.map { trimEnd(String($0)) }.joined(separator: " ")
    }

    /// Everything after the first paragraph, without the empty lines around it.
    package static func body(of message: String) -> String {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let title = lines.drop { trimEnd($0).isEmpty }
        let start = title.drop { !trimEnd($0).isEmpty }
        return clean(start.joined(separator: "\n"))
    }

    /// Returns the message with trailers appended in git's form; a trailer that stands there already is not repeated.
    package static func adding(trailers: [(key: String, value: String)], to message: String) -> String {
        var text = clean(message)
        let present = Set(self.trailers(of: text).map { "\($0.key.lowercased()): \($0.value)" })
        let missing = trailers.filter { !present.contains("\($0.key.lowercased()): \(oneLine($0.value))") }
        guard !missing.isEmpty else { return text }
        if self.trailers(of: text).isEmpty { text += "\n" }
        for trailer in missing { text += "\(trailer.key): \(oneLine(trailer.value))\n" }
        return text
    }

    /// The trailers of the last paragraph; empty unless every line of it has the form `Key: value`.
    package static func trailers(of message: String) -> [(key: String, value: String)] {
        let lines = clean(message).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard let gap = lines.lastIndex(where: { $0.isEmpty }) else { return [] }
        var result: [(key: String, value: String)] = []
        for line in lines[(gap + 1)...] {
            guard let colon = line.firstIndex(of: ":") else { return [] }
            let key = line[..<colon]
            let value = line[line.index(after: colon)...]
            guard !key.isEmpty, key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }),
                value.first == " "
            else { return [] }
            result.append((String(key), trimEnd(String(value.drop { $0 == " " }))))
        }
        return result
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private static func isScissors(_ line: String, _ comment: String) -> Bool {
        line.hasPrefix(comment) && line.contains("------------------------ >8 ------------------------")
    }

    private static func trimEnd(_ line: String) -> String {
        var scalars = Substring(line).unicodeScalars
        while let last = scalars.last, " \t\r\u{0B}\u{0C}\n".unicodeScalars.contains(last) { scalars.removeLast() }
        return String(scalars)
    }
}
