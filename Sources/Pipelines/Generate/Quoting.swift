/// Ways to write a text into a pipeline's file so that it means itself.
package enum Quoting {
    /// A YAML scalar in double quotes, or plain when nothing in it could mean anything else.
    static func yaml(_ text: String) -> String {
        let plain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./ ".contains($0)) }
        let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"]
        if plain, let first = text.first, first.isLetter, text.last != " ", !words.contains(text.lowercased()) {
            return text
        }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            default:
                if scalar.properties.generalCategory == .control || scalar.value == 0xFEFF {
                    let digits = String(scalar.value, radix: 16)
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }

    /// One word for a POSIX shell.
    package static func shell(_ text: String) -> String {
        let isSafe =
            !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./:".contains($0)) }
        // Two quotes keep a forge from seeing the start of an expression of its own.
        return isSafe ? text : "'" + text.replacing("'", with: "'\\''").replacing("${{", with: "$''{{") + "'"
    }

    /// A text inside an expression of GitHub's.
    static func expression(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    /// A title in which a forge sees no expression.
    static func title(_ text: String) -> String { text.replacing("${{", with: "$ {{") }

    /// The keys `env` and `run` of a step that does what `sh -c` does with a line of the user's.
    ///
    /// - Parameters:
    ///   - tries: how often it is run until it passes.
    ///   - variables: further lines of `env`.
    ///   - before: lines of the workflow's own in front of it.
    static func run(
        _ line: String, tries: Int = 1, variables: [String] = [], after before: [String] = [], indent: Int
    ) -> [String] {
        let pad = String(repeating: " ", count: indent)
        var environment = variables
        let isValue = tries > 1 || line.contains("${{")
        // As a value it is no code of the workflow's, so nothing in it is expanded.
        if isValue { environment.append("LINE: \(yaml(line.replacing("${{", with: "${{ '${{' }}")))") }
        let start = environment.isEmpty ? [] : ["\(pad)env:"] + environment.map { "\(pad)  \($0)" }
        if isValue {
            let once = "sh -c \"$LINE\""
            let all = Array(repeating: once, count: tries).joined(separator: " || ")
            return start
                + (before.isEmpty
                    ? ["\(pad)run: \(all)"] : block("run", (before + [all]).joined(separator: "\n"), indent: indent))
        }
        // Unlike `sh -c`, a step stops at the first failure within its line.
        let isList = line.contains { ";|\n".contains($0) }
        let lines = before + (isList ? ["set +e +o pipefail"] : []) + [line]
        return start + block("run", lines.joined(separator: "\n"), indent: indent)
    }

    /// A line of a shell: what the forge does not give is not there, as on any other machine.
    static func unsetting(_ variable: String) -> String { "[ -n \"$\(variable)\" ] || unset \(variable)" }

    /// A `key: |` block of lines at an indentation; a text that a block cannot hold is quoted instead.
    static func block(_ key: String, _ text: String, indent: Int) -> [String] {
        let pad = String(repeating: " ", count: indent)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let isOdd =
            text.unicodeScalars.contains { $0 == "\t" || ($0 != "\n" && $0.properties.generalCategory == .control) }
            || lines.first?.first == " " || lines.contains { !$0.isEmpty && $0.allSatisfy { $0 == " " } }
            || text.isEmpty
        if isOdd { return ["\(pad)\(key): \(yaml(text))"] }
        return ["\(pad)\(key): |"] + lines.map { $0.isEmpty ? "" : "\(pad)  \($0)" }
    }

    /// The pathspecs of git that match what a pattern matches.
    static func pathspecs(_ pattern: String) -> [String] {
        var core = pattern
        let isFolder = core.last == "/"
        if isFolder { core.removeLast() }
        let isAnchored = core.contains("/")
        if core.first == "/" { core.removeFirst() }
        let base = isAnchored ? core : "**/" + core
        if base.hasSuffix("/**") { return [":(glob)\(base)"] }
        return (isFolder ? [] : [":(glob)\(base)"]) + [":(glob)\(base)/**"]
    }
}
