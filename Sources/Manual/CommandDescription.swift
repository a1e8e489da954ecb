/// What `--experimental-dump-help` prints of a tool, as far as a manual page needs it.
///
/// The names are those of the argument parser's serialised form, version 0.
package struct ToolDescription: Decodable, Sendable {
    package let serializationVersion: Int
    package let command: CommandDescription
}

/// One command with its arguments and subcommands.
package struct CommandDescription: Decodable, Sendable {
    package let commandName: String
    package let superCommands: [String]?
    package let shouldDisplay: Bool?
    package let abstract: String?
    package let discussion: String?
    package let defaultSubcommand: String?
    package let subcommands: [CommandDescription]?
    package let arguments: [ArgumentDescription]?

    /// The subcommands a person is told about; the parser's own `help` is left out.
    package var displayedSubcommands: [CommandDescription] {
        (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
    }

    /// The arguments a person is told about.
    package var displayedArguments: [ArgumentDescription] {
        (arguments ?? []).filter { $0.shouldDisplay }
    }
}

/// One argument, option or flag.
package struct ArgumentDescription: Decodable, Hashable, Sendable {
    /// How an argument is given.
    package enum Kind: String, Decodable, Sendable {
        case positional
        case option
        case flag
    }

    /// One spelling of an option.
    package struct Name: Decodable, Hashable, Sendable {
        package let kind: String
        package let name: String

        /// The name with its dashes.
        package var text: String { kind == "long" ? "--" + name : "-" + name }
    }

    package let kind: Kind
    package let shouldDisplay: Bool
    package let isOptional: Bool
    package let isRepeating: Bool
    package let parsingStrategy: String?
    package let names: [Name]?
    package let valueName: String?
    package let defaultValue: String?
    package let allValues: [String]?
    package let abstract: String?
    package let discussion: String?

    /// Short names first, as git's own pages have them.
    package var orderedNames: [Name] {
        let names = names ?? []
        return names.filter { $0.kind == "short" } + names.filter { $0.kind != "short" }
    }
}
