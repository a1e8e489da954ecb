import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import Store

/// `git patch log`: what was done here, newest first.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "List the operations, newest first, and which can be undone.",
        usage: "git patch log [<options>]")

    @Option(name: [.short, .customLong("max-count")], help: ArgumentHelp("How many to show.", valueName: "number"))
    var maxCount = 30

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace()
        let records = try await Session.read(workspace).store.operations(limit: max(0, maxCount))
        if output.json { return try output.printJSON(OperationsJSON(records)) }
        let console = output.console
        var table = Table()
        for record in records {
            let mark = record.undoable && record.state == .done ? "undoable" : record.state.rawValue
            table.add([
                record.id.short, record.started.description, mark, record.command, safeForTerminal(record.summary),
            ])
        }
        if table.isEmpty { return console.note("nothing was done here yet") }
        for line in table.lines(width: console.output.isInteractive ? console.output.width : nil) {
            console.result(line)
        }
    }
}
