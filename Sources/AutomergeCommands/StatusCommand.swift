import ArgumentParser
import Automerge
import CommandOptions
import Console
import ForgeQueue
import GitValues
import PlainRemote
import Store

/// `git automerge status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the queue: what waits, for what, and who stopped it.",
        usage: "git automerge status [<options>]")

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await Desk.open(remote)
        let reader = QueueReader(remote: desk.remote, now: .now())
        let state = try await reader.upToDate(try await desk.readOrRecall(output.console))
        let store = try desk.openStore()
        let entries: [QueueEntry]
        if desk.isOnForge {
            entries = try await ForgeRun.entries(desk, output.console)
        } else {
            entries = try await reader.entries(of: state, desk.settings, in: store)
        }
        for name in try await ForgePass.remotesWithOthers(desk.forgeWork(), in: store) {
            output.console.warning(
                safeForTerminal(
                    "what others told the forge of '\(name)' is not taken back yet; "
                        + "type 'git automerge deliver' to try it"))
        }
        let targets = try targets(state, in: store)
        let requests = try store.openRequests()
        if output.json {
            let document = StatusJSON(
                remote: desk.remote.connection.displayName,
                stopped: try wideStop(state, in: store) ?? targets.lazy.compactMap(\.stopped).first,
                targets: targets, queue: try StatusCommand.numbered(entries).map { try $0.located(in: store) },
                requests: requests.map(RequestJSON.init),
                unreadable: state.unreadableInOrder)
            return output.console.result(try JSONText.encode(document))
        }
        show(entries, try wideStop(state, in: store), targets, requests, unreadable: state.unreadableInOrder)
    }

    /// The stop of every target; `nil` when there is none.
    private func wideStop(_ state: RemoteState, in store: borrowing Store) throws -> EpochDocument.Stop? {
        let every = RemoteReferences.everyTarget
        return try state.fence(of: every).stopped
            ?? LocalStop.current(remote: state.remote, target: every, in: store)
    }

    /// The targets that matter, with their stops, the local one included.
    private func targets(_ state: RemoteState, in store: borrowing Store) throws -> [StatusJSON.Target] {
        // Stops that cannot be read name no target; what they stop is told with each target there is.
        let queued = (try? LocalStop.queued(in: store)) ?? []
        let asked = queued.filter { $0.remote == state.remote }.map(\.target)
        let names = state.targets.union(asked).subtracting([RemoteReferences.everyTarget])
        return try names.sorted().map { name in
            let local = try LocalStop.current(remote: state.remote, target: name, in: store)
            return StatusJSON.Target(name: name, stopped: state.fence(of: name).stopped ?? local)
        }
    }

    /// The entries with their places; only a patch that wants to land has one.
    static func numbered(_ entries: [QueueEntry]) -> [EntryJSON] {
        var place = 0
        return entries.map { entry in
            let wantsToLand = entry.document.state == .armed
            if wantsToLand { place += 1 }
            return EntryJSON(
                patch: PatchJSON(entry.document), position: wantsToLand ? place : nil, gates: entry.gates,
                notBefore: entry.notBefore)
        }
    }

    private func show(
        _ entries: [QueueEntry], _ wide: EpochDocument.Stop?, _ targets: [StatusJSON.Target],
        _ requests: [RequestRecord],
        unreadable: [PassReport.Waiting]
    ) {
        let console = output.console
        let stops =
            wide.map { [(name: "every target", stop: $0)] }
            ?? targets.compactMap { target in target.stopped.map { ("'\(target.name)'", $0) } }
        for (name, stop) in stops {
            console.result(
                console.styled("stopped", .red)
                    + safeForTerminal(" \(name) by \(stop.by) at \(stop.at): \(stop.reason)"))
        }
        var table = Table()
        for (entry, document) in zip(entries, StatusCommand.numbered(entries)) {
            let words = entry.firstObstacle?.evidence ?? "can land now"
            table.add([
                document.position.map(String.init) ?? "-", entry.document.id.short, document.patch.state,
                safeForTerminal(entry.document.title), "→ " + safeForTerminal(entry.document.target),
                safeForTerminal(words),
            ])
        }
        for line in table.lines(width: console.output.isInteractive ? console.output.width : nil) {
            console.result(line)
        }
        if table.isEmpty { console.result("the queue is empty") }
        for item in unreadable {
            console.warning(safeForTerminal("cannot read patch \(item.patch.short): \(item.reason)"))
        }
        for request in requests {
            let reason = request.reason.map { ": " + safeForTerminal($0) } ?? ""
            console.result("request \(request.kind.rawValue) is \(request.state.rawValue)\(reason)")
        }
        if !requests.isEmpty { console.hint("type 'git automerge deliver' to try them now") }
    }
}
