package import ArgumentParser
import CommandOptions

/// `git patch`.
package struct PatchCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "git-patch")

    package init() {}

    /// Runs the executable: parses the arguments, runs the command, exits.
    package static func runAsProgram(_ arguments: [String]) async -> Never {
        await Program.run(PatchCommand.self, arguments: arguments)
    }
}
