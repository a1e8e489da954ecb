/// The text of a commit: cleaning as git does it, title and body. Trailers are in `Trailers.swift`.
///
/// Lines and blanks are git's: bytes, where a line ends at LF and only space, tab, CR and LF are blank.
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
        String(decoding: clean(Array(text.utf8), mode: mode, comment: comment), as: UTF8.self)
    }

    /// As `clean(_:mode:comment:)`, for a message in any encoding that holds ASCII.
    package static func clean(_ message: [UInt8], mode: Cleanup = .whitespace, comment: String = "#") -> [UInt8] {
        if mode == .verbatim { return message }
        var result: [UInt8] = []
        var isAfterGap = false
        for line in MessageLine.split(message) {
            if mode == .scissors && line.bytes.elementsEqual("\(comment) \(scissors)".utf8) { break }
            if mode == .strip && line.bytes.starts(with: comment.utf8) { continue }
            let kept = line.trimmedAtEnd
            if kept.isEmpty {
                isAfterGap = true
                continue
            }
            if isAfterGap && !result.isEmpty { result.append(MessageLine.feed) }
            isAfterGap = false
            result += kept
            result.append(MessageLine.feed)
        }
        return result
    }

    /// The first paragraph joined into one line, as `git log --format=%s` shows it.
    package static func title(of message: String) -> String {
        let lines = paragraphs(message).title.map { String(decoding: $0.trimmedAtEnd, as: UTF8.self) }
        return lines.joined(separator: " ")
    }

    /// Everything after the first paragraph, cleaned, without the empty lines around it.
    package static func body(of message: String) -> String {
        let rest = paragraphs(message).rest.map { Array($0.bytes) }.joined(separator: [MessageLine.feed])
        return String(decoding: clean(Array(rest)), as: UTF8.self)
    }

    private static let scissors = "------------------------ >8 ------------------------"

    private static func paragraphs(_ message: String) -> (title: ArraySlice<MessageLine>, rest: ArraySlice<MessageLine>)
    {
        let lines = MessageLine.split(Array(message.utf8)).drop(while: \.isBlank)
        let title = lines.prefix { !$0.isBlank }
        return (title, lines.dropFirst(title.count))
    }
}

/// One line of a message, without its line feed.
struct MessageLine {
    static let feed = UInt8(ascii: "\n")

    let bytes: ArraySlice<UInt8>

    /// The lines of a message; a line feed at the end begins no further line.
    static func split(_ message: [UInt8]) -> [MessageLine] {
        var lines = message.split(separator: feed, omittingEmptySubsequences: false).map(MessageLine.init)
        if lines.last?.bytes.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// Whether there is nothing but white space.
    var isBlank: Bool { bytes.allSatisfy(MessageLine.isSpace) }

    /// The line without the white space at its end.
    var trimmedAtEnd: ArraySlice<UInt8> {
        var rest = bytes
        while let last = rest.last, MessageLine.isSpace(last) { rest.removeLast() }
        return rest
    }

    /// Git's notion of white space, whatever the locale.
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
