package import ArgumentParser
import CommandOptions

/// `git automerge`.
package struct AutomergeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "git-automerge")

    package init() {}

    /// Runs the executable: parses the arguments, runs the command, exits.
    package static func runAsProgram(_ arguments: [String]) async -> Never {
        await Program.run(AutomergeCommand.self, arguments: arguments)
    }
}
