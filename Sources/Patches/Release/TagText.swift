import GitValues

/// What an annotated tag says, from text that anybody may have written.
enum TagText {
    /// A title and what follows it.
    static func make(title: String, body: String?) -> String {
        clean([title, body ?? ""].filter { !$0.allSatisfy(\.isWhitespace) }.joined(separator: "\n\n")) + "\n"
    }

    /// The text without control characters, and without a line that git would take for the beginning of a signature.
    static func clean(_ text: String) -> String {
        let scalars = text.unicodeScalars.filter { scalar in
            switch scalar.value {
            case 0x09, 0x0A: true
            case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: false
            default: true
            }
        }
        let lines = String(String.UnicodeScalarView(scalars)).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.hasPrefix("-----BEGIN ") ? " " + $0 : String($0) }.joined(separator: "\n")
    }
}
