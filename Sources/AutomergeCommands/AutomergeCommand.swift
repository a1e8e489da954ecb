package import ArgumentParser
import CommandOptions
import GitValues

/// `git automerge`.
package struct AutomergeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "git-automerge",
        abstract: "Land queued patches after testing the merged result.",
        discussion: """
            Patches and their state are references on the remote. Any clone that runs 'git automerge run' is a worker; \
            what decides between workers is the remote alone.
            """,
        version: SuiteVersion.line("git-automerge"),
        subcommands: [
            RunCommand.self, StatusCommand.self, ExplainCommand.self, EnableCommand.self, DisableCommand.self,
            ApproveCommand.self, StopCommand.self, ResumeCommand.self, DeliverCommand.self, LogCommand.self,
            VerifyCommand.self, RollbackCommand.self, PlanCommand.self, ConsolidateCommand.self,
            ServiceCommand.self,
        ])

    package init() {}

    /// Runs the executable: parses the arguments, runs the command, exits.
    package static func runAsProgram(_ arguments: [String]) async -> Never {
        if let plain = RunCommand(plain: arguments) {
            await Program.run(AutomergeCommand.self, arguments: arguments) { try await plain.run() }
        }
        await Program.run(AutomergeCommand.self, arguments: arguments)
    }
}
