/// Text in git-config syntax, read as git reads it, without includes and without a child process.
///
/// The rules are those of git-config(1), "Syntax": sections with quoted or dotted subsections, `key = value`, bare keys,
/// quotes, escapes, continued lines, comments, a byte order mark, CRLF. Unquoted blanks inside a value are kept as they
/// are, as git 2.45 and newer do; older git turns each of them into a space.
package struct ConfigText: Hashable, Sendable {
    /// One `[section]` or `[section "subsection"]` line, also when no key follows it.
    package struct Header: Hashable, Sendable {
        /// The section, in lower case.
        package let section: String
        /// The subsection, its case kept; in lower case for the old form `[section.subsection]`; `nil` when there is none.
        package let subsection: String?
        /// The line it stands on, from 1.
        package let line: Int
    }

    /// The headers in the order of the text.
    package let headers: [Header]
    /// The entries in the order of the text.
    package let entries: [ConfigEntry]

    /// Parses a whole text.
    ///
    /// - Throws: `ConfigSyntaxError` at the first line that git would refuse; also for a NUL byte, which git cuts at.
    package static func parse(_ bytes: [UInt8]) throws(ConfigSyntaxError) -> ConfigText {
        var parser = ConfigParser(bytes)
        try parser.run()
        return ConfigText(headers: parser.headers, entries: parser.entries)
    }
}

/// One key of a text in git-config syntax.
package struct ConfigEntry: Hashable, Sendable {
    /// The section, in lower case; empty for a key before the first header.
    package let section: String
    /// The subsection; `nil` when there is none.
    package let subsection: String?
    /// The last part of the name, in lower case.
    package let key: String
    /// The value as bytes; `nil` for a bare key, which means true.
    package let bytes: [UInt8]?
    /// The line the key stands on, from 1.
    package let line: Int
    /// How a comment on the line of the value begins; `nil` when there is none.
    package let comment: Comment?

    /// The beginning of a comment behind a value.
    package struct Comment: Hashable, Sendable {
        /// The sign: `#` or `;`.
        package let sign: Character
        /// Whether a blank stands before the sign.
        package let followsBlank: Bool
    }

    /// The value as text; bytes that are not UTF-8 are replaced.
    package var value: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The full name as `git config --list` prints it.
    package var name: String { ConfigName.join(section, subsection, key) }
}

/// Names of the form `section.key` and `section.subsection.key`, where only the subsection minds its case.
package enum ConfigName {
    /// Joins the parts of a name.
    package static func join(_ section: String, _ subsection: String?, _ key: String) -> String {
        guard let subsection else { return section.isEmpty ? key : "\(section).\(key)" }
        return "\(section).\(subsection).\(key)"
    }

    /// Returns the name with section and key in lower case, the form git prints and compares.
    package static func canonical(_ name: some StringProtocol) -> String {
        let parts = split(name)
        return join(parts.section, parts.subsection, parts.key)
    }

    /// Splits a name at its first and last dot; section and key come in lower case.
    package static func split(_ name: some StringProtocol) -> (section: String, subsection: String?, key: String) {
        // By bytes: to `String`, a dot followed by a combining accent is no dot.
        let bytes = Array(name.utf8)
        let dot = UInt8(ascii: ".")
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        guard let first = bytes.firstIndex(of: dot), let last = bytes.lastIndex(of: dot) else {
            return ("", nil, name.lowercased())
        }
        let subsection = first < last ? text((first + 1)..<last) : nil
        return (text(0..<first).lowercased(), subsection, text((last + 1)..<bytes.count).lowercased())
    }
}

/// A line that is not in git-config syntax.
package struct ConfigSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    package let line: Int
    /// What is wrong with it, a lower-case fragment.
    package let reason: String

    package var description: String { "line \(line): \(reason)" }
}
