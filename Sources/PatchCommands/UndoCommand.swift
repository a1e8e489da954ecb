import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import PlainRemote
import Store

/// `git patch undo`: takes back an operation.
struct UndoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Take an operation back: refs, HEAD, index, files and remote effects.",
        usage: "git patch undo [<operation>] [<options>]")

    @Argument(
        help: """
            The operation, by its id or the beginning of it; without it the newest that can be undone. An undo is taken \
            back by its own id.
            """)
    var operation: String?

    @Flag(help: "Show what would be done and touch nothing.")
    var dryRun = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace()
        if dryRun { return try show(try await Session.read(workspace).previewUndo(operation)) }
        let session = try await Session.change(workspace, command: "undo")
        let outcome = try await session.undo(operation)
        session.unlock()
        let console = output.console
        let title = cut(safeForTerminal(outcome.undone.summary), to: 72)
        // The summary of an undo names what it took back.
        let isRedo = outcome.undone.command == "undo"
        console.note(isRedo ? "brought back '\(title)'" : "undid \(outcome.undone.command) '\(title)'")
        if !isRedo { console.hint("to bring it back: git patch undo \(outcome.operation.short)") }
        outcome.notices.forEach(console.show)
        var document = ChangeJSON(outcome: "updated", operation: outcome.operation)
        let delivered = try await session.deliver()
        delivered.notices().forEach(console.show)
        let withdrawn = delivered.requests.filter { request in outcome.requests.contains { $0.id == request.id } }
        document.requests = withdrawn.map(RequestJSON.init)
        var problem = outcome.problem ?? DeliveryReport(requests: withdrawn).problem
        let refused = withdrawn.filter { $0.state == .refused }
        if outcome.problem == nil, !isRedo, let way = refused.lazy.compactMap(Delivery.takeOver).first {
            // What was undone lies in the working tree, where a pull would not go over it.
            problem?.hints = [
                "others have pushed on top of it; bring it back: git patch undo \(outcome.operation.short)",
                "then take over theirs: \(way.command)",
            ]
        }
        if let patch = outcome.patches.first {
            document.patch = PatchJSON(try session.store.patch(patch.id) ?? patch)
        }
        try output.finish(document, result: outcome.operation.short, problem: problem)
    }

    private struct Plan: Encodable {
        var version = 1
        var outcome = "planned"
        var undoes: RecordID
        var effects: [String]
    }

    private func show(_ preview: UndoPreview) throws {
        if output.json { return try output.printJSON(Plan(undoes: preview.undone.id, effects: preview.effects)) }
        let title = cut(safeForTerminal(preview.undone.summary), to: 72)
        output.console.note("would undo \(preview.undone.command) '\(title)'")
        for effect in preview.effects { output.console.result("would " + safeForTerminal(effect)) }
    }
}

/// `git patch resume`: tries again what the outside world refused or interrupted.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Try again what was refused, interrupted or is still queued; send a local patch.",
        usage: "git patch resume [<operation> | <patch>] [<options>]")

    @Argument(
        help: "An operation or a patch by its id, or a patch by its branch, title or '#number'; everything without it.")
    var operation: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace()
        let session = try await Session.change(workspace, command: "resume")
        let published = if let operation { try await session.publish(operation) } else { RecordID?.none }
        session.unlock()
        let delivered = try await session.resume(operation)
        let isNothing = delivered.requests.isEmpty && published == nil
        var document = ChangeJSON(
            outcome: delivered.problem != nil ? "refused" : isNothing ? "nothing-to-do" : "updated")
        document.operation = published
        delivered.notices().forEach(output.console.show)
        if try StopsToTell.wait(in: session.store) {
            output.console.hint("a stop or resume of the queue is not on the remote yet: git automerge deliver")
        }
        if delivered.requests.isEmpty { return try output.finish(document, result: "nothing waits", problem: nil) }
        document.requests = delivered.requests.map(RequestJSON.init)
        let done = delivered.requests.filter { $0.state == .done }.count
        try output.finish(
            document, result: "\(done) of \(delivered.requests.count) delivered", problem: delivered.problem)
    }
}
