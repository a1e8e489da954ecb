/// Text for a manual page: escaping and the few `man` macros the pages use.
enum Roff {
    /// Escapes a text so that it is printed as it is: backslashes, dashes (which must stay plain ASCII to be copied),
    /// quotes, and dots or quotes that would start a request.
    static func escape(_ text: String) -> String {
        var result = ""
        var atLineStart = true
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'" where atLineStart, "." where atLineStart: result += "\\&\(character)"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            default: result.append(character)
            }
            atLineStart = character == "\n"
        }
        return result
    }

    /// A bold text.
    static func bold(_ text: String) -> String { "\\fB\(escape(text))\\fR" }

    /// A text a person replaces by something of theirs.
    static func placeholder(_ text: String) -> String { "\\fI\(escape(text))\\fR" }

    /// A text of several paragraphs, blank lines between them; indented lines stay as they are.
    static func paragraphs(_ text: String) -> String {
        var lines: [String] = []
        var literal = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let indented = line.hasPrefix("  ")
            if indented != literal && !line.isEmpty {
                lines.append(indented ? ".PP\n.RS 4\n.nf" : ".fi\n.RE")
                literal = indented
            }
            lines.append(line.isEmpty ? ".PP" : escape(literal ? String(line.dropFirst(2)) : String(line)))
        }
        if literal { lines.append(".fi\n.RE") }
        return lines.joined(separator: "\n")
    }
}
