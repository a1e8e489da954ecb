import ArgumentParser
import Automerge
import CommandOptions
import Console
import ForgeQueue
import GitValues
import PlainRemote
import Store

/// `git automerge deliver`.
struct DeliverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliver", abstract: "Send what waits in the outbox, and land nothing.",
        usage: "git automerge deliver [<options>]",
        discussion: "Ends with 1 when the remote refused something; what it cannot be asked for now waits on.")

    @Option(help: ArgumentHelp("Only the requests of this patch.", valueName: "patch"))
    var patch: String?

    @Option(help: ArgumentHelp("A patch whose failed requests are tried now.", valueName: "patch"))
    var urgent: String?

    @Flag(help: "Only what is due: what failed a moment ago rests.")
    var due = false

    @OptionGroup var output: OutputOptions

    private struct Document: Encodable {
        var version = 1
        var requests: [RequestJSON]
    }

    func run() async throws {
        let desk = try await Desk.open(try RemoteOption.parse([]))
        let console = output.console
        let store = try desk.openStore()
        var only: RecordID?
        if let patch {
            only = RecordID(patch)
            if only == nil { only = try desk.localPatch(patch, in: store)?.id }
            guard only != nil else { throw desk.unknown(patch) }
        }
        let requests = try await Delivery.drain(
            store: store, git: desk.git, location: desk.location, only: only,
            urgent: urgent.flatMap { RecordID($0) }, ignoringBackoff: !due,
            settings: desk.settings, forge: desk.forgeWork()
        ) { event in
            if case .printed(let line) = event { console.note(safeForTerminal(line)) }
        }
        var waiting: [RemoteProblem] = []
        var left: [String] = []
        let hadStops = try StopsToTell.wait(in: store)
        var toldStops = false
        if only == nil {
            waiting = try await desk.worker().deliverQueuedStops()
            waiting += try await desk.deliverStopsElsewhere()
            for case .unreachable(let remote, let words) in waiting {
                console.warning(safeForTerminal("a stop or resume still waits for remote '\(remote)': \(words)"))
            }
            toldStops = try hadStops && !StopsToTell.wait(in: store)
            left = try await ForgePass.takeBackLater(desk.forgeWork(), in: store)
            ForgeRun.warn(of: left, console)
        }
        if output.json {
            console.result(try JSONText.encode(Document(requests: requests.map(RequestJSON.init))))
        } else {
            if toldStops { console.note("what was asked of the queue while the remote was out of reach is there now") }
            let isAll = left.isEmpty && waiting.isEmpty && !toldStops
            if isAll || !requests.isEmpty { show(requests) }
        }
        // What the server says no to is told after the requests.
        if let refusal = waiting.first(where: { if case .refused = $0 { true } else { false } }) { throw refusal }
        if requests.contains(where: { $0.state == .refused }) { throw ExitCode(ExitStatus.refused) }
        if !left.isEmpty || !waiting.isEmpty { throw ExitCode(ExitStatus.tryAgain) }
    }

    private func show(_ requests: [RequestRecord]) {
        let console = output.console
        for request in requests {
            let reason = request.reason.map { ": " + safeForTerminal($0, multiline: true) } ?? ""
            console.result("\(request.kind.rawValue) is \(request.state.rawValue)\(reason)")
        }
        if requests.isEmpty { console.note("nothing waits to be delivered") }
        if requests.contains(where: { $0.state == .refused }) {
            console.hint("when the cause is mended, type 'git patch resume'")
        }
    }
}
