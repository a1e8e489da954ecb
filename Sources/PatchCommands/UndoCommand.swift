import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import Store

/// `git patch undo`: takes back an operation.
struct UndoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Take an operation back: refs, HEAD, index, files and remote effects.",
        usage: "git patch undo [<operation>] [<options>]")

    @Argument(help: "The operation, by its id or the beginning of it; the newest that can be undone without it.")
    var operation: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace()
        let session = try await Session.change(workspace, command: "undo")
        let outcome = try await session.undo(operation)
        session.unlock()
        if output.json {
            return try output.printJSON(
                ChangeJSON(
                    outcome: "updated", operation: outcome.operation, patch: outcome.patches.first.map(PatchJSON.init),
                    requests: outcome.requests.map(RequestJSON.init)))
        }
        output.console.note("undid \(outcome.undone.command) '\(safeForTerminal(outcome.undone.summary))'")
        output.console.result(outcome.operation.short)
    }
}
