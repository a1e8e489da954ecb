import ArgumentParser
import Automerge
import CommandOptions
import Console
import GitValues
import PlainRemote
import Store

/// `git automerge approve`.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve the head of somebody else's patch.",
        usage: "git automerge approve <patch> [<options>]")

    @Argument(help: "The patch: its id, branch or title.")
    var patch: String

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await Desk.open(remote, for: patch)
        if desk.isOnForge {
            throw QueueProblem.onForge(
                "approvals of a pull request are given on the forge", hint: "open its page: 'git patch show' names it")
        }
        let state = try await desk.remote.read(withCommits: false)
        let found = try desk.remotePatch(patch, in: state)
        switch try await desk.worker().approve(found.id) {
        case .approved(let document): try show(document, "approved '\(document.title)' at \(document.head.short)")
        case .known(let document):
            try show(document, "'\(document.title)' has your approval at \(document.head.short) already")
        case .own: throw QueueProblem.ownApproval
        case .finished(let document):
            throw QueueProblem.finished(title: document.title, state: document.state.rawValue)
        case .headMoved(let document):
            throw RemoteProblem.refused(
                what: "the approval", words: "a new head \(document.head.short) came meanwhile, look at it first")
        }
    }

    private func show(_ document: PatchDocument, _ line: String) throws {
        if output.json {
            output.console.result(try JSONText.encode(ChangeJSON(outcome: "done", patch: PatchJSON(document))))
        } else {
            output.console.result(safeForTerminal(line))
        }
    }
}
