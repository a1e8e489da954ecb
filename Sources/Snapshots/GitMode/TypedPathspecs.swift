import GitProcess

/// Pathspecs as somebody typed them, in a shell whose variables may change what they mean.
///
/// Beside pathspecs of ours these variables must not count, so what they ask for is written into each pathspec instead, by
/// the rules of git(1), "--literal-pathspecs" and the following.
struct TypedPathspecs {
    private let isLiteral: Bool
    private let isGlob: Bool
    private let isNoGlob: Bool
    private let ignoresCase: Bool

    init(_ environment: ChildEnvironment) {
        func isOn(_ name: String) -> Bool {
            // What is no word of git's for yes or no git has refused before.
            let value = environment.value(of: name)?.lowercased() ?? ""
            return !["", "0", "false", "no", "off"].contains(value)
        }
        isLiteral = isOn("GIT_LITERAL_PATHSPECS")
        isGlob = isOn("GIT_GLOB_PATHSPECS")
        isNoGlob = isOn("GIT_NOGLOB_PATHSPECS")
        ignoresCase = isOn("GIT_ICASE_PATHSPECS")
    }

    /// A pathspec that means without the variables what the given one means with them.
    func written(_ spec: String) -> String {
        if isLiteral { return ":(literal)" + spec }
        guard isGlob || isNoGlob || ignoresCase else { return spec }
        var (words, path) = TypedPathspecs.parts(of: spec)
        if isGlob, !words.contains("literal") { words.append("glob") }
        if isNoGlob, !words.contains("glob") { words.append("literal") }
        if ignoresCase { words.append("icase") }
        return words.isEmpty ? spec : ":(" + words.joined(separator: ",") + ")" + path
    }

    /// The words of a pathspec's magic, in its long or its short form, and its path.
    private static func parts(of spec: String) -> (words: [String], path: Substring) {
        guard spec.hasPrefix(":") else { return ([], spec[...]) }
        if spec.hasPrefix(":("), let end = spec.firstIndex(of: ")") {
            return (
                spec.dropFirst(2).prefix(upTo: end).split(separator: ",").map(String.init), spec[end...].dropFirst()
            )
        }
        var words: [String] = []
        var path = spec.dropFirst()
        while let sign = path.first, "/!^".contains(sign) {
            words.append(sign == "/" ? "top" : "exclude")
            path = path.dropFirst()
        }
        return (words, path.first == ":" ? path.dropFirst() : path)
    }
}
