import ArgumentParser
import Automerge
import CommandOptions
import Console
import GitValues
import PlainRemote
import Store

/// `git automerge explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show each gate of one patch and what it rests on.",
        usage: "git automerge explain [<patch>] [<options>]")

    @Argument(help: "The patch: its id, branch, title or '#number'; default: the current branch.")
    var patch: String?

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    private struct Document: Encodable {
        var version = 1
        var patch: PatchJSON
        var position: Int?
        var gates: [Gate]
        var notBefore: Timestamp?
        var canLand: Bool
    }

    func run() async throws {
        let desk = try await Desk.open(remote, for: patch)
        if desk.isOnForge { return try await explainOnForge(desk) }
        let reader = QueueReader(remote: desk.remote, now: .now())
        let state = try await reader.upToDate(try await desk.readOrRecall(output.console))
        let found = try desk.remotePatch(patch, in: state, finishedToo: true).document
        let entries = try await reader.entries(of: state, desk.settings, in: try desk.openStore())
        guard let index = entries.firstIndex(where: { $0.document.id == found.id }) else {
            return try showEnd(of: found)
        }
        try show(entries[index], StatusCommand.numbered(entries)[index].position, asJSON: output.json)
    }

    private func explainOnForge(_ desk: Desk) async throws {
        let store = try desk.openStore()
        guard let found = try desk.localPatch(patch, in: store) else {
            throw desk.unknown(patch)
        }
        let entries = try await ForgeRun.entries(desk, output.console)
        guard let index = entries.firstIndex(where: { $0.document.id == found.id }) else {
            var document = PatchDocument(
                id: found.id, title: found.title, branch: found.branch, base: found.base, target: found.target,
                head: found.commit, author: nil, at: found.created)
            document.state = found.state == .landed ? .landed : found.state == .closed ? .closed : .queued
            document.landed = found.landed
            if found.state == .closed {
                document.reason = try ForgeRecord.look(found.id, in: store).record?.disarmedBecause
            }
            return try showEnd(of: document)
        }
        try show(entries[index], StatusCommand.numbered(entries)[index].position, asJSON: output.json)
    }

    private func show(_ entry: QueueEntry, _ place: Int?, asJSON: Bool) throws {
        if asJSON {
            let document = Document(
                patch: PatchJSON(entry.document), position: place, gates: entry.gates, notBefore: entry.notBefore,
                canLand: entry.isDue)
            return output.console.result(try JSONText.encode(document))
        }
        show(entry, place)
    }

    private func showEnd(of patch: PatchDocument) throws {
        if output.json {
            let document = Document(patch: PatchJSON(patch), gates: [], canLand: false)
            return output.console.result(try JSONText.encode(document))
        }
        output.console.result(safeForTerminal("\(patch.title)  \(patch.id)"))
        let commit = patch.landed.map { " in '\(patch.target)' as \($0.short)" } ?? ""
        let reason = patch.reason.map { ": \($0)" } ?? ""
        output.console.result(safeForTerminal("it is \(patch.state.rawValue)\(commit)\(reason)"))
    }

    private func show(_ entry: QueueEntry, _ place: Int?) {
        let console = output.console
        let document = entry.document
        console.result(safeForTerminal("\(document.title)  \(document.id)"))
        console.result(safeForTerminal("\(document.branch) at \(document.head.short), for '\(document.target)'"))
        var table = Table()
        for gate in entry.gates {
            let style: TextStyle =
                switch gate.state {
                case .passed: .green
                case .waiting: .yellow
                case .failed: .red
                }
            table.add([
                console.styled(gate.state.rawValue, style), gate.name.rawValue,
                safeForTerminal(gate.evidence, multiline: true),
            ])
        }
        for line in table.lines() { console.result(line) }
        if let time = entry.notBefore { console.result("looked at again after \(time)") }
        if entry.isDue {
            console.result(
                "the next 'git automerge run' tests and lands it" + (place.map { ", as number \($0)" } ?? ""))
        }
    }
}
