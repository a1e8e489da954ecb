import ArgumentParser

/// Which command a command line is about, as far as its words tell.
struct CommandPath {
    /// What is typed for it: `git patch restore`.
    let name: String
    /// A word in the place of a command that is none.
    let unknown: String?

    /// Follows the words of a command line from the top.
    init(_ root: (some ParsableCommand).Type, _ arguments: [String]) {
        var command: any ParsableCommand.Type = root
        var name = (root.configuration.commandName ?? "git-patch").replacing("git-", with: "git ", maxReplacements: 1)
        var unknown: String?
        for word in arguments.prefix(while: { $0 != "--" }) where !word.hasPrefix("-") {
            let configuration = command.configuration
            guard let next = configuration.subcommands.first(where: { $0.configuration.commandName == word }) else {
                let mustBeCommand = !configuration.subcommands.isEmpty && configuration.defaultSubcommand == nil
                unknown = mustBeCommand ? word : nil
                break
            }
            command = next
            name += " " + word
        }
        self.name = name
        self.unknown = unknown
    }
}
