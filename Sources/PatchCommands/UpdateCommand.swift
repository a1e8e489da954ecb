import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import Store

/// `git patch update`: adds the working tree to the patch of the current branch.
struct UpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Add the working tree to the patch of the current branch.",
        usage: "git patch update [-m <text> | --amend] [<options>] [-- <pathspec>...]")

    @OptionGroup var messages: MessageOption

    @Flag(help: "Replace the newest commit of the patch instead of adding one.")
    var amend = false

    @Flag(help: "Open the editor on the text.")
    var edit = false

    @OptionGroup(title: "Capture") var capture: ScopeOptions
    @Flag(help: "Wait until the remote has everything.")
    var wait = false

    @Flag(help: "Show what would be done and touch nothing.")
    var dryRun = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        var request = UpdateRequest()
        request.message = messages.text
        request.amend = amend
        request.edit = edit
        request.scope = capture.scope
        request.force = capture.force
        request.verify = !capture.noVerify
        request.signing = capture.signing
        let workspace = try await output.openWorkspace().withCommittedFile()
        if dryRun { return try show(try await Session.read(workspace).preview(request)) }
        let session = try await Session.change(workspace, command: "update")
        let outcome = try await session.update(request)
        session.unlock()
        let console = output.console
        console.note(
            "updated patch \(outcome.patch.id.short): \(outcome.paths == 1 ? "1 path" : "\(outcome.paths) paths")")
        var document = ChangeJSON(outcome: "updated", operation: outcome.operation)
        var problem: PatchProblem?
        var delivered: DeliveryReport?
        if outcome.patch.remote != nil {
            let report = try await session.deliver(about: outcome.patch.id)
            report.notices(waits: wait).forEach(console.show)
            document.requests = report.requests.map(RequestJSON.init)
            problem = report.problem ?? (wait ? report.unreachable : nil)
            delivered = report
        }
        let patch = try session.store.patch(outcome.patch.id) ?? outcome.patch
        if patch.state == .ejected {
            console.warning("the patch stays out of the queue it was taken out of")
            console.hint("type 'git automerge enable \(patch.id.short)' to put it back")
        }
        document.patch = PatchJSON(patch)
        if delivered?.problem != nil { document.outcome = "refused" }
        try output.finish(document, result: patch.url ?? patch.branch, problem: problem)
    }

    private func show(_ preview: UpdatePreview) throws {
        let changes = preview.captured.changes
        if output.json {
            var document = ChangeJSON(outcome: "planned", patch: PatchJSON(preview.patch))
            // What they will be is not known before the commit is made.
            document.patch?.commit = nil
            document.patch?.tree = nil
            document.changes = changes.map(ChangedPathJSON.init)
            return try output.printJSON(document)
        }
        for line in changes.table.lines() { output.console.result(line) }
        let paths = changes.count == 1 ? "1 path" : "\(changes.count) paths"
        let place = preview.patch.remote.map { " and push it to '\($0)'" } ?? ""
        output.console.note("would \(amend ? "amend" : "add a commit of") \(paths) (\(preview.captured.size))\(place)")
        output.console.result(preview.patch.url ?? preview.patch.branch)
    }
}
