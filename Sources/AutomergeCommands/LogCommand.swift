import ArgumentParser
import Automerge
import CommandOptions
import Console
import GitValues
import Store

/// `git automerge log`.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show what the workers of this clone did and why.",
        usage: "git automerge log [-n <number>] [<options>]")

    @Option(
        name: [.customShort("n"), .customLong("max-count")], help: ArgumentHelp("How many lines.", valueName: "number"))
    var count = 50

    @OptionGroup var output: OutputOptions

    private struct Document: Encodable {
        var version = 1
        var events: [EventLog.Entry]
    }

    func validate() throws {
        if count < 1 { throw ValidationError("-n takes a number of at least 1") }
    }

    func run() async throws {
        let desk = try await Desk.open(try RemoteOption.parse([]))
        let entries = desk.log.entries(limit: count)
        if output.json { return output.console.result(try JSONText.encode(Document(events: entries))) }
        for entry in entries { output.console.result(safeForTerminal("\(entry.at)  \(entry.text)")) }
        if entries.isEmpty { output.console.note("no worker of this clone has done anything yet") }
    }
}
