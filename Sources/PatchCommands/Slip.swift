import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A command line that says something else than was meant: `git patch lsit` must not make a patch titled 'lsit', nor
/// `git patch fix the thing` one titled 'fix'.
enum Slip: ProblemReport, Equatable {
    /// A first word that is no command but almost one, or the beginning of one: what was typed, and the command.
    case misspelt(String, command: String)
    /// A single word that is a command elsewhere: what was typed, and what it is likely to mean here.
    case foreign(String, meant: String)
    /// A description that is a command's name, behind options which that command does not have.
    case commandAsTitle(String)
    /// A description of several words without quotes.
    case unquoted([String])
    /// A description that begins with a dash, which makes it an option.
    case leadingDash(String)

    /// Options that may stand before a command's name and take no value.
    private static let shared = ["--json", "--quiet", "-q", "--verbose", "-v", "--dry-run"]

    /// Options in front of a command's name belong to the command, which is no description of a patch: they follow it.
    static func withCommandFirst(_ arguments: [String], commands: [String]) -> [String] {
        let options = arguments.prefix { shared.contains($0) }
        let rest = arguments.dropFirst(options.count)
        guard !options.isEmpty, let word = rest.first, commands.contains(word) else { return arguments }
        let words = rest.prefix { $0 != "--" }
        return Array(words) + Array(options) + Array(rest.dropFirst(words.count))
    }

    /// `help` and `help COMMAND` ask for what `-h` shows, and are no description of a patch.
    static func withoutHelpWord(_ arguments: [String], commands: [String]) -> [String] {
        guard arguments.first == "help" else { return arguments }
        if arguments.count == 1 { return ["-h"] }
        return arguments.count == 2 && commands.contains(arguments[1]) ? [arguments[1], "-h"] : arguments
    }

    /// Looks at the first words; `nil` when they are a command, an option, or a description of their own.
    init?(in arguments: [String], commands: [String]) {
        let words = arguments.drop { Slip.shared.contains($0) }
        guard let word = words.first, !commands.contains(word) else { return nil }
        if let command = Slip.command(meantBy: word, commands) {
            self = .misspelt(word, command: command)
        } else if ["--", "-m"].allSatisfy({ !word.hasPrefix($0) }), word.hasPrefix("-"), word.contains(" ") {
            self = .leadingDash(word)
        } else {
            let title = words.prefix { !$0.hasPrefix("-") }
            if title.count > 1 {
                self = .unquoted(Array(title))
            } else if !word.utf8.contains(UInt8(ascii: " ")), let meant = ForeignWords.meaning(of: word, commands) {
                self = .foreign(word, meant: meant)
            } else {
                return nil
            }
        }
    }

    /// The command that a word of small letters is meant to be.
    private static func command(meantBy word: String, _ commands: [String]) -> String? {
        guard word.utf8.count >= 3,
            word.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
        else { return nil }
        return commands.first { isOneSlip(Array($0.utf8), Array(word.utf8)) }
            ?? commands.first { word.utf8.count >= 4 && $0.hasPrefix(word) }
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

    var problemCode: String {
        switch self {
        case .misspelt, .foreign, .commandAsTitle: "misspelt-command"
        case .unquoted, .leadingDash: "usage"
        }
    }

    var exitStatus: Int32 { 64 }

    var description: String {
        switch self {
        case .misspelt(let word, _), .foreign(let word, _): "'\(word)' is no command"
        case .commandAsTitle(let word): "'\(word)' is a command, and comes first"
        case .unquoted(let words): "the description is \(words.count) words without quotes around them"
        case .leadingDash(let text): "'\(text)' begins with a dash, as options do"
        }
    }

    var hints: [String] {
        switch self {
        case .misspelt(let word, let command):
            ["did you mean: git patch \(command)", "for a patch with that title: git patch create \(word)"]
        case .foreign(let word, let meant):
            [meant.isEmpty ? "type 'git patch -h' to see the commands" : "did you mean: \(meant)"]
                + ["for a patch with that title: git patch create \(word)"]
        case .commandAsTitle(let word):
            ["did you mean: git patch \(word)", "for a patch with that title: git patch create \(word)"]
        case .unquoted(let words):
            ["type: git patch \(Slip.quoted(words.joined(separator: " ")))"]
                + (words.dropFirst().allSatisfy { access($0, F_OK) == 0 }
                    ? ["for a patch of these paths only: git patch \(Slip.quoted(words[0])) -- \(Slip.paths(words))"]
                    : [])
        case .leadingDash(let text): ["type: git patch -m \(Slip.quoted(text))"]
        }
    }

    private static func paths(_ words: [String]) -> String {
        words.dropFirst().map { word in
            word.allSatisfy { $0.isLetter || $0.isNumber || "._/-+".contains($0) } ? word : quoted(word)
        }.joined(separator: " ")
    }

    /// In the quotes a shell needs; double ones where they do.
    private static func quoted(_ text: String) -> String {
        text.contains { "\"$`\\!".contains($0) } ? "'\(text.replacing("'", with: "'\\''"))'" : "\"\(text)\""
    }
}
