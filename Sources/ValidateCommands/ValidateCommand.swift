package import ArgumentParser
import CommandOptions

/// `git validate`.
package struct ValidateCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "git-validate")

    package init() {}

    /// Runs the executable: parses the arguments, runs the command, exits.
    package static func runAsProgram(_ arguments: [String]) async -> Never {
        await Program.run(ValidateCommand.self, arguments: arguments)
    }
}
