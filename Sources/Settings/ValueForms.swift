import GitValues

/// How a single value is written: its form for people and how to read it.
struct ValueForm<Value: Sendable>: Sendable {
    let form: String
    let read: @Sendable (String) -> Value?
}

/// The forms that keys use.
enum Form {
    /// Any text that is not empty.
    static let text = ValueForm<String>(form: "a text that is not empty") { $0.isEmpty ? nil : $0 }

    /// A boolean as git writes it: `true yes on 1`, `false no off 0` and nothing; any other number is true.
    static let boolean = ValueForm<Bool>(form: "true or false") { text in
        switch text.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off", "": false
        default: Int(text).map { $0 != 0 }
        }
    }

    /// A whole number within bounds.
    static func integer(_ bounds: ClosedRange<Int>) -> ValueForm<Int> {
        ValueForm<Int>(form: "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)") { text in
            Int(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    /// A length of time.
    static let duration = ValueForm<TimeSpan>(form: "a duration (90, 30s, 5m, 2h, 1d)") { TimeSpan($0) }

    /// A length of time that is longer than nothing.
    static let positiveDuration = ValueForm<TimeSpan>(form: "a duration above zero (90, 30s, 5m, 2h, 1d)") { text in
        TimeSpan(text).flatMap { $0.seconds > 0 ? $0 : nil }
    }

    /// A number of bytes.
    static let size = ValueForm<ByteSize>(form: "a size (512, 100k, 50m, 2g)") { ByteSize($0) }

    /// A share of a whole: `1%` or `0.01`.
    static let share = ValueForm<Double>(form: "a share (1%, 0.01)") { text in
        let isPercentage = text.last == "%"
        guard let number = plainNumber(isPercentage ? text.dropLast() : text[...]) else { return nil }
        let share = isPercentage ? number / 100 : number
        return (0...1).contains(share) ? share : nil
    }

    /// An amount of money, without a currency.
    static let amount = ValueForm<Double>(form: "an amount (5, 2.50)") { plainNumber($0) }

    /// One of a few words.
    static func word<Word>(_ type: Word.Type) -> ValueForm<Word>
    where Word: RawRepresentable<String> & CaseIterable & Sendable {
        let words = Word.allCases.map(\.rawValue)
        let form = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return ValueForm<Word>(form: form) { Word(rawValue: $0.lowercased()) }
    }

    /// A label or an image: letters, digits and what joins them.
    static let word = ValueForm<String>(form: "a word of letters, digits and -_.:/@+") { text in
        let isWord = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.:/@+".contains($0)) }
        return isWord && !text.isEmpty ? text : nil
    }

    /// A package of a system, perhaps at a version.
    static let package = ValueForm<String>(form: "the name of a package (git, git=1:2.39*)") { text in
        let isName = text.first.map { $0.isLetter || $0.isNumber } ?? false
        let isWord = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.:/@+=~*".contains($0)) }
        return isName && isWord ? text : nil
    }

    /// `auto` or a number.
    static let jobs = ValueForm<JobCount>(form: "auto or a whole number of at least 1") { text in
        if text.lowercased() == "auto" { return .auto }
        return Int(text).flatMap { $0 >= 1 ? .exactly($0) : nil }
    }

    /// The short name of a branch.
    static let branch = ValueForm<String>(form: "the name of a branch") { ReferenceName(branch: $0) == nil ? nil : $0 }

    /// What a branch name may begin with; nothing at all is allowed.
    static let branchPrefix = ValueForm<String>(form: "the beginning of a branch name (patch/)") { text in
        text.isEmpty || ReferenceName(branch: text + "x") != nil ? text : nil
    }

    /// A pattern for paths.
    static let pattern = ValueForm<PathPattern>(form: "a path pattern (Sources/**, *.md, docs/; no leading '!')") {
        try? PathPattern($0)  // The form says what a pattern is; the flaw would add little.
    }

    /// A path inside the repository, without a slash at its end.
    static let insidePath = ValueForm<String>(form: "a path inside the repository, relative to its top") { text in
        let path = text.last == "/" ? String(text.dropLast()) : text
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.contains { $0.isEmpty || $0 == "." || $0 == ".." || $0.lowercased() == ".git" } ? nil : path
    }

    /// What the names of version tags begin with; nothing at all is allowed.
    static let tagPrefix = ValueForm<String>(form: "the beginning of a tag name (v)") { text in
        ReferenceName("refs/tags/\(text)1.0.0") != nil && text.first != "-" ? text : nil
    }

    /// A file with a version in it, perhaps with the text around the version.
    static let versionFile = ValueForm<VersionFile>(
        form: "PATH, or PATH: TEXT with {version} in it (pyproject.toml: version = '{version}')"
    ) { VersionFile($0) }

    /// The name of one environment variable.
    static let plainVariable = ValueForm<String>(form: "the name of an environment variable (TOKEN)") { text in
        text.last == "*" ? nil : variable.read(text)
    }

    /// The name of an environment variable; `*` at its end stands for anything.
    static let variable = ValueForm<String>(form: "the name of an environment variable (PATH, SWIFT_*)") { text in
        let name = text.last == "*" ? text.dropLast() : text[...]
        let isName = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        return isName && !name.isEmpty && name.first?.isNumber == false ? text : nil
    }

    /// The address of a service: https, or http on this machine; never with a name or password in it.
    static let address = ValueForm<String>(form: "an https address without a password (http for this machine only)") {
        isServiceAddress($0) ? $0 : nil
    }

    private static func plainNumber(_ text: some StringProtocol) -> Double? {
        guard text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(text) else {
            return nil
        }
        return number.isFinite ? number : nil
    }

    private static func isServiceAddress(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: text.lowercased().hasPrefix) else { return false }
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, !authority.contains("@"), !text.contains(where: \.isWhitespace) else { return false }
        if scheme == "https://" || authority.hasPrefix("[::1]") { return true }
        let host = authority.prefix { $0 != ":" }
        let isLoopback = host.hasPrefix("127.") && host.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        return host == "localhost" || isLoopback
    }
}
