/// The issues of its repository that the text of a pull request closes, as forges read it.
enum ClosingWords {
    private static let words: Set<String> = [
        "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved",
    ]

    /// Returns their numbers in order; what is in code or in a comment closes nothing.
    static func issues(in text: String) -> [Int] {
        var numbers: [Int] = []
        var fence: Substring?
        for line in withoutComments(text).split(whereSeparator: \.isNewline) {
            let begin = line.drop { $0 == " " }.prefix { $0 == "`" || $0 == "~" }
            if begin.count >= 3, fence.map({ begin.hasPrefix($0) }) ?? true {
                fence = fence == nil ? begin.prefix(3) : nil
                continue
            }
            guard fence == nil, !line.hasPrefix("    "), !line.hasPrefix("\t") else { continue }
            for issue in issues(inLine: line) where !numbers.contains(issue) { numbers.append(issue) }
        }
        return numbers
    }

    private static func issues(inLine line: Substring) -> [Int] {
        let spans = line.split(separator: "`", omittingEmptySubsequences: false)
        var numbers: [Int] = []
        for (place, span) in spans.enumerated() where place % 2 == 0 {
            let tokens = span.split(whereSeparator: \.isWhitespace)
            for (word, name) in zip(tokens, tokens.dropFirst()) where name.hasPrefix("#") {
                let key = word.hasSuffix(":") ? word.dropLast() : word
                let digits = name.dropFirst().prefix { ("0"..."9").contains($0) }
                let rest = name.dropFirst(digits.count + 1)
                guard words.contains(key.lowercased()), rest.allSatisfy({ ".,;:!?)".contains($0) }) else { continue }
                if let number = Int(digits) { numbers.append(number) }
            }
        }
        return numbers
    }

    /// A comment that does not end hides the rest.
    private static func withoutComments(_ text: String) -> String {
        var (shown, rest) = ("", text[...])
        while let start = rest.firstRange(of: "<!--") {
            shown += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstRange(of: "-->") else { return shown }
            rest = rest[end.upperBound...]
        }
        return shown + rest
    }
}
