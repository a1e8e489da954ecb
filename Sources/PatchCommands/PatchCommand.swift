package import ArgumentParser
import CommandOptions
import GitValues
import Patches

/// `git patch`.
package struct PatchCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "git-patch",
        abstract: "From a dirty tree to a landed change in one command.",
        usage: "git patch <description> [<options>] [-- <pathspec>...]\n       git patch <command> [<options>]",
        version: SuiteVersion.line("git-patch"),
        subcommands: [
            CreateCommand.self, UpdateCommand.self, ListCommand.self, StatusCommand.self, ShowCommand.self,
            UndoCommand.self, ResumeCommand.self, LogCommand.self, SnapshotCommand.self, RestoreCommand.self,
            CleanupCommand.self, ReleaseCommand.self, HooksCommand.self, DoctorCommand.self, ConfigCommand.self,
            HookCommand.self,
        ],
        defaultSubcommand: CreateCommand.self)

    /// The names of the commands; written down, because asking each of them takes a while at every start.
    static let commandNames = [
        "create", "update", "list", "status", "show", "undo", "resume", "log", "snapshot", "restore", "cleanup",
        "release", "hooks", "doctor", "config", "hook",
    ]

    package init() {}

    /// Runs the executable: parses the arguments, runs the command, exits.
    package static func runAsProgram(_ arguments: [String]) async -> Never {
        let commands = commandNames
        let arguments = Slip.withCommandFirst(Slip.withoutHelpWord(arguments, commands: commands), commands: commands)
        if let slip = Slip(in: arguments, commands: commands) { Program.end(with: slip, arguments: arguments) }
        let isCommand = arguments.first.map { $0 != "create" && commands.contains($0) } ?? true
        if !isCommand, let plain = Creation(plain: arguments) {
            if let title = plain.request.description, arguments.first != "create", commands.contains(title) {
                Program.end(with: Slip.commandAsTitle(title), arguments: arguments)
            }
            await Program.run(PatchCommand.self, arguments: arguments) { try await plain.run() }
        }
        await Program.run(PatchCommand.self, arguments: arguments)
    }
}
