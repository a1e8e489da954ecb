import GitValues

/// A first word that is no command but almost one, or the beginning of one: `git patch lsit` must not make a patch titled
/// 'lsit', nor `git patch clean` one titled 'clean'.
struct Misspelling: ProblemReport, Equatable {
    /// What was typed.
    let word: String
    /// The command it looks like.
    let command: String

    /// Options that may stand before a command's name and take no value.
    private static let shared: Set<String> = ["--json", "--quiet", "-q", "--verbose", "-v", "--dry-run"]

    /// Options in front of a command's name belong to the command, which is no description of a patch: they follow it.
    static func withCommandFirst(_ arguments: [String], commands: [String]) -> [String] {
        let options = arguments.prefix { shared.contains($0) }
        let rest = arguments.dropFirst(options.count)
        guard !options.isEmpty, let word = rest.first, commands.contains(word) else { return arguments }
        let words = rest.prefix { $0 != "--" }
        return Array(words) + Array(options) + Array(rest.dropFirst(words.count))
    }

    /// Looks at the first word; `nil` when it is a command, an option, or a description of its own.
    init?(firstOf arguments: [String], commands: [String]) {
        guard let word = arguments.first(where: { !Misspelling.shared.contains($0) }), !commands.contains(word),
            word.utf8.count >= 3,
            word.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }),
            let command = commands.first(where: { Misspelling.isOneSlip(Array($0.utf8), Array(word.utf8)) })
                ?? commands.first(where: { word.utf8.count >= 4 && $0.hasPrefix(word) })
        else { return nil }
        self.word = word
        self.command = command
    }

    var problemCode: String { "misspelt-command" }
    var exitStatus: Int32 { 64 }
    var description: String { "'\(word)' is no command" }
    var hints: [String] {
        ["did you mean: git patch \(command)", "for a patch with that title: git patch create \(word)"]
    }

    /// Whether one letter was added, left out, changed or swapped with its neighbour.
    private static func isOneSlip(_ right: [UInt8], _ typed: [UInt8]) -> Bool {
        let start = zip(right, typed).prefix { $0 == $1 }.count
        let rest = right[start...]
        let other = typed[start...]
        if rest.count == other.count {
            return rest.dropFirst().elementsEqual(other.dropFirst())
                || (rest.count >= 2 && rest.prefix(2).elementsEqual(other.prefix(2).reversed())
                    && rest.dropFirst(2).elementsEqual(other.dropFirst(2)))
        }
        return rest.dropFirst().elementsEqual(other) || rest.elementsEqual(other.dropFirst())
    }
}
