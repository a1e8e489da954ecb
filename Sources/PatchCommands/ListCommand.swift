import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import Store

/// `git patch list`: the patches this repository knows.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the patches of this repository.", usage: "git patch list [<options>]")

    @Flag(name: .shortAndLong, help: "Show patches that have landed or were closed, too.")
    var all = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace()
        let session = try await Session.read(workspace)
        session.deliverBehind()
        let patches = try session.store.patches()
        let shown = patches.filter { all || ($0.state != .landed && $0.state != .closed) }
        if output.json { return try output.printJSON(PatchesJSON(patches: shown.map(PatchJSON.init))) }
        let console = output.console
        var table = Table()
        for patch in shown {
            table.add([patch.id.short, patch.state.rawValue, patch.branch, safeForTerminal(patch.title)])
        }
        if table.isEmpty {
            return console.note(patches.isEmpty ? "there is no patch yet" : "no open patch; --all shows the others")
        }
        for line in table.lines(width: console.output.isInteractive ? console.output.width : nil) {
            console.result(line)
        }
    }
}
