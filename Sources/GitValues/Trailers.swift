/// Trailers: the `Key: value` lines at the end of a message, by the rules of git-interpret-trailers(1).
extension CommitMessage {
    /// The trailers of the last paragraph, folded values joined into one line.
    ///
    /// The last paragraph counts when every line of it is a trailer, or when one was made by git (`Signed-off-by`, a
    /// cherry-pick's note) and a quarter of it are trailers. The title is never one.
    package static func trailers(of message: String) -> [(key: String, value: String)] {
        trailers(in: MessageLine.split(clean(Array(message.utf8))))
    }

    /// Returns the message with trailers appended in git's form; a trailer that stands there already is not repeated.
    package static func adding(trailers: [(key: String, value: String)], to message: String) -> String {
        var text = clean(message)
        let lines = MessageLine.split(Array(text.utf8))
        var present = Set(self.trailers(in: lines).map { "\($0.key.lowercased()): \($0.value)" })
        var isFirst = !lines.isEmpty && block(in: lines).isEmpty
        for trailer in trailers {
            let value = oneLine(trailer.value)
            guard present.insert("\(trailer.key.lowercased()): \(value)").inserted else { continue }
            if isFirst { text += "\n" }
            isFirst = false
            text += value.isEmpty ? "\(trailer.key):\n" : "\(trailer.key): \(value)\n"
        }
        return text
    }

    private static func trailers(in lines: [MessageLine]) -> [(key: String, value: String)] {
        var result: [(key: String, value: String)] = []
        var isOpen = false
        for line in block(in: lines) where !line.isComment {
            if line.isFolded {
                if isOpen, let last = result.indices.last {
                    result[last].value = joined(result[last].value, line.bytes)
                }
            } else if let colon = line.separator {
                let key = String(decoding: line.bytes[..<colon], as: UTF8.self).trimmingBlanks
                result.append((key, joined("", line.bytes[(colon + 1)...])))
                isOpen = true
            } else {
                isOpen = false
            }
        }
        return result
    }

    /// The lines of the trailer block; empty when the last paragraph is none.
    private static func block(in lines: [MessageLine]) -> ArraySlice<MessageLine> {
        let titleEnd = lines.firstIndex { !$0.isComment && $0.isBlank } ?? lines.endIndex
        var count = BlockCount()
        for index in lines.indices.reversed() where index >= titleEnd {
            let line = lines[index]
            if line.isBlank && !line.isComment { return count.isBlock ? lines[(index + 1)...] : [] }
            count.add(line)
        }
        return []
    }

    private static func joined(_ value: String, _ more: ArraySlice<UInt8>) -> String {
        let next = String(decoding: more, as: UTF8.self).trimmingBlanks
        return value.isEmpty || next.isEmpty ? value + next : value + " " + next
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { String($0).trimmingBlanks }.filter { !$0.isEmpty }
            .joined(separator: " ")
    }
}

/// What git counts, from the last line up, to decide whether a paragraph is a block of trailers.
private struct BlockCount {
    private var trailers = 0
    private var others = 0
    private var folded = 0
    private var isMadeByGit = false

    var isBlock: Bool {
        isMadeByGit ? trailers * 3 >= others + folded : trailers > 0 && others + folded == 0
    }

    mutating func add(_ line: MessageLine) {
        if line.isComment {
            others += folded
            folded = 0
        } else if line.isFolded {
            folded += 1
        } else if line.isMadeByGit || line.separator != nil {
            trailers += 1
            folded = 0
            if line.isMadeByGit { isMadeByGit = true }
        } else {
            others += 1 + folded
            folded = 0
        }
    }
}

extension MessageLine {
    fileprivate var isComment: Bool { bytes.first == UInt8(ascii: "#") }

    /// Whether the line continues the one before.
    fileprivate var isFolded: Bool { bytes.first.map(MessageLine.isSpace) ?? false }

    fileprivate var isMadeByGit: Bool {
        bytes.starts(with: "Signed-off-by: ".utf8) || bytes.starts(with: "(cherry picked from commit ".utf8)
    }

    /// Where the colon after a key stands; `nil` when the line has no key.
    fileprivate var separator: Int? {
        var hasBlank = false
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == UInt8(ascii: ":") { return index > bytes.startIndex ? index : nil }
            let isBlank = byte == 0x20 || byte == 0x09
            if isBlank && index > bytes.startIndex {
                hasBlank = true
            } else if hasBlank || !isKeyByte(byte) {
                return nil
            }
        }
        return nil
    }

    private func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
        default: false
        }
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        var rest = Array(utf8)[...]
        while let last = rest.last, MessageLine.isSpace(last) { rest.removeLast() }
        return String(decoding: rest.drop(while: MessageLine.isSpace), as: UTF8.self)
    }
}
