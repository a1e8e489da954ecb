extension Quoting {
    /// A YAML scalar in double quotes whatever it is.
    static func yamlQuoted(_ text: String) -> String {
        let quoted = yaml(text)
        return quoted.first == "\"" ? quoted : "\"" + quoted + "\""
    }

    /// A text inside a regular expression, taken as it stands.
    static func regex(_ text: String) -> String {
        text.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? String($0) : "\\\($0)" }.joined()
    }

    /// The globs of GitLab that match what a pattern matches. Braces are alternatives there, and nothing in a pattern.
    static func globs(_ pattern: String) -> [String] {
        pathspecs(pattern).map { spec in
            var isEscaped = false
            return spec.dropFirst(":(glob)".count).reduce(into: "") { text, character in
                if "{}".contains(character), !isEscaped { text.append("\\") }
                isEscaped = character == "\\" && !isEscaped
                text.append(character)
            }
        }
    }
}
