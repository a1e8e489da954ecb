package import ArgumentParser
import CommandOptions
import GitValues
import PipelineCommands

/// `git validate`.
package struct ValidateCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "git-validate",
        abstract: "Run the checks of .gitpatch on exactly the tree of a commit.",
        discussion: """
            Checks run in clean worktrees of their own; your files, index and branches are never touched. \
            A pass is remembered by what it depends on, so the same content is not checked twice.
            """,
        version: SuiteVersion.line("git-validate"),
        subcommands: [
            RunCommand.self, ListCommand.self, InitCommand.self, ExplainCommand.self, HistoryCommand.self,
            StatusCommand.self, SplitCommand.self, ReportCommand.self, CICommand.self, EnvCommand.self,
            HookCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    package init() {}

    /// Runs the executable: parses the arguments, runs the command, exits.
    package static func runAsProgram(_ arguments: [String]) async -> Never {
        await Program.run(ValidateCommand.self, arguments: arguments)
    }
}
