import ArgumentParser
import Automerge
import CommandOptions
import Console
import GitValues
import PlainRemote
import Settings
import Store

/// The options that name targets.
struct TargetOptions: ParsableArguments {
    @Option(name: .customLong("target"), help: ArgumentHelp("The target; may be repeated.", valueName: "branch"))
    var targets: [String] = []

    @Flag(help: "Every target of the remote (the default).")
    var all = false

    func validate() throws {
        if all && !targets.isEmpty { throw ValidationError("--target and --all exclude each other") }
        for target in targets where ReferenceName(branch: target) == nil {
            throw ValidationError("'\(target)' is no branch name")
        }
    }
}

/// `git automerge stop`.
struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Let nothing land, on any machine, until 'resume'.",
        usage: "git automerge stop [--target <branch> | --all] --reason <text>",
        discussion: "A landing that is under way loses: the stop moves the reference every landing must move too.")

    @Option(help: "Why; everybody who asks for the status reads it.")
    var reason: String

    @OptionGroup var targets: TargetOptions
    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason takes a text that says why") }
    }

    func run() async throws {
        let desk = try await Desk.open(remote)
        let identity = try await desk.remote.objects.committer()
        let stop = EpochDocument.Stop(by: "\(Person(identity))", reason: reason, at: .now())
        try await FenceChange(desk: desk, output: output, targets: targets).apply(stop)
    }
}

/// `git automerge resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let patches land again after 'stop'.",
        usage: "git automerge resume [--target <branch> | --all]")

    @OptionGroup var targets: TargetOptions
    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await FenceChange(desk: try await Desk.open(remote), output: output, targets: targets).apply(nil)
    }
}

/// Moves fences, or queues the wish while the remote is out of reach.
private struct FenceChange {
    let desk: Desk
    let output: OutputOptions
    let targets: TargetOptions

    private struct Document: Encodable {
        var version = 1
        /// `done`, or `queued` while only this clone obeys.
        var outcome: String
        var targets: [String]
        var stopped: EpochDocument.Stop?
        var reason: String?
    }

    func apply(_ stop: EpochDocument.Stop?) async throws {
        let word = stop == nil ? "resumed" : "stopped"
        var names: [String] = []
        do {
            names = try await self.names(try await desk.remote.read(withCommits: false), isStop: stop != nil)
            _ = try await desk.worker().setStop(stop, on: names)
        } catch RemoteProblem.unreachable(_, let words) {
            if names.isEmpty {
                names = try await self.names(try await desk.remote.recall(), isStop: stop != nil)
                try queue(stop, names)
            }
            return try show("queued", names, stop, "here only; the remote will be told when it can be reached", words)
        }
        desk.log.append(
            .init(
                at: .now(), kind: stop == nil ? "resume" : "stop", target: names.joined(separator: ", "),
                text: stop.map { "stopped by \($0.by): \($0.reason)" } ?? "resumed"))
        try show("done", names, stop, "\(word) \(names.map { "'\($0)'" }.joined(separator: ", "))", nil)
    }

    /// The targets that are meant: the named ones, else all that are known.
    private func names(_ state: RemoteState, isStop: Bool) async throws -> [String] {
        if !targets.targets.isEmpty { return targets.targets }
        if !isStop {
            let stopped = state.fences.filter { $0.value.stopped != nil }.keys
            let local = try LocalStop.queued(in: desk.openStore()).filter { $0.remote == state.remote }.map(\.target)
            return Set(stopped).union(local).sorted()
        }
        var names = Set(state.fences.keys)
        names.formUnion(state.patches.values.map(\.document).filter { !$0.isFinished }.map(\.target))
        if let target = desk.settings[PatchKeys.target] { names.insert(target) }
        if names.isEmpty {
            names.formUnion(["main", "master", "trunk"].filter { state.branch($0) != nil })
            if let branch = try? await desk.remote.connection.defaultBranch() { names.insert(branch) }
        }
        if names.isEmpty { throw QueueProblem.noTarget }
        return names.sorted()
    }

    private func queue(_ stop: EpochDocument.Stop?, _ names: [String]) throws {
        let store = try desk.openStore()
        for name in names {
            try LocalStop.enqueue(.init(remote: desk.remote.connection.name, target: name, stop: stop), in: store)
        }
    }

    private func show(
        _ outcome: String, _ names: [String], _ stop: EpochDocument.Stop?, _ line: String, _ reason: String?
    ) throws {
        if output.json {
            return output.console.result(
                try JSONText.encode(Document(outcome: outcome, targets: names, stopped: stop, reason: reason)))
        }
        if names.isEmpty { return output.console.result("nothing is stopped") }
        if outcome == "queued" {
            let words = stop == nil ? "resumed" : "stopped"
            output.console.result(safeForTerminal("\(words) \(names.joined(separator: ", ")) \(line)"))
            if let reason { output.console.warning(safeForTerminal("cannot reach the remote: \(reason)")) }
        } else {
            output.console.result(safeForTerminal(line))
        }
    }
}
