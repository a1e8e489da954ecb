import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import PlainRemote
import Snapshots
import Store

/// `git patch "<description>"`: from a dirty tree to a patch.
struct CreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a patch from the working tree: capture, branch, commit, push, queue.",
        usage: "git patch <description> [<options>] [-- <pathspec>...]")

    @Argument(help: "What changes: the title of the patch, and with more lines its text.")
    var description: String?

    @OptionGroup(title: "Text") var text: TextOptions
    @OptionGroup(title: "Place") var place: PlaceOptions
    @OptionGroup(title: "Capture") var capture: ScopeOptions
    @OptionGroup(title: "Gates") var gates: GateOptions
    @OptionGroup(title: "Landing") var landing: LandingOptions
    @OptionGroup(title: "Delivery") var delivery: DeliveryOptions
    @OptionGroup(title: "Forges") var forge: ForgeOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if description != nil && text.message != nil {
            throw ValidationError("the description is given twice: once by itself, once with --message")
        }
        if delivery.local && landing.autoMerge { throw ValidationError("--local and --auto-merge exclude each other") }
    }

    func run() async throws {
        let request = try makeRequest()
        let workspace = try await output.openWorkspace().withCommittedFile()
        if request.dryRun {
            return try report(try await Session.read(workspace).preview(request))
        }
        let session = try await Session.change(workspace, command: "create")
        let outcome = try await session.create(request)
        session.unlock()
        let console = output.console
        let paths = outcome.captured.changes.count
        console.note(
            "made patch \(outcome.patch.id.short) for '\(outcome.patch.target)': \(paths == 1 ? "1 path" : "\(paths) paths")"
        )
        guard outcome.patch.remote != nil else {
            console.note(request.local ? "kept local" : "kept local: there is no remote to push to")
            return try report(outcome.operation, outcome.patch, DeliveryReport(requests: []), problem: nil)
        }
        let delivered = try await session.deliver(about: outcome.patch.id)
        delivered.notices(waits: delivery.wait).forEach(console.show)
        let patch = try session.store.patch(outcome.patch.id) ?? outcome.patch
        let problem = delivered.problem ?? (delivery.wait ? delivered.unreachable : nil)
        try report(outcome.operation, patch, delivered, problem: problem)
    }

    func makeRequest() throws -> CreateRequest {
        let description = description ?? text.message
        var request = CreateRequest(description: description)
        request.body = try text.bodyText()
        request.edit = text.edit
        if (description ?? "").allSatisfy(\.isWhitespace) {
            guard output.console.diagnostics.isInteractive, description == nil else {
                throw ValidationError(
                    "a description is needed: git patch \"what changes\", or, when it begins with a dash,"
                        + " git patch -m \"-x is gone\"")
            }
            request.edit = true
        }
        request.base = place.base
        request.target = place.target
        request.branch = place.branch
        request.stack = place.stack
        request.mode = place.mode
        request.scope = capture.scope
        request.force = capture.force
        request.run = gates.run
        request.tests = gates.test
        request.verify = !capture.noVerify
        request.signing = capture.signing
        request.local = delivery.local
        request.dryRun = delivery.dryRun
        request.queue = landing.queueOptions
        request.queue.forge = forge.wishes(body: request.body)
        return request
    }

    /// Prints the result: the URL, or the branch where there is none.
    private func report(
        _ operation: RecordID, _ patch: PatchRecord, _ delivered: DeliveryReport, problem: PatchProblem?
    ) throws {
        var document = ChangeJSON(outcome: delivered.problem == nil ? "created" : "refused", operation: operation)
        document.patch = PatchJSON(patch)
        document.requests = delivered.requests.map(RequestJSON.init)
        try output.finish(document, result: patch.url ?? patch.branch, problem: problem)
    }

    private func report(_ preview: CreatePreview) throws {
        let changes = preview.captured.changes
        if output.json {
            var document = ChangeJSON(outcome: "planned", patch: PatchJSON(preview.plan, preview.captured))
            document.changes = changes.map(ChangedPathJSON.init)
            document.commands = [gates.run].compactMap { $0 } + gates.test
            return try output.printJSON(document)
        }
        let console = output.console
        var table = Table()
        for change in changes {
            table.add([
                change.kind.letter, safeForTerminal(change.pathText),
                change.kind == .deleted ? "" : ByteSize(bytes: change.bytes).description,
            ])
        }
        for line in table.lines() { console.result(line) }
        for command in [gates.run].compactMap({ $0 }) {
            console.note("would first run '\(command)' and capture what it changes, too")
        }
        for command in gates.test { console.note("would run '\(command)' in a checkout of the patch") }
        let place = preview.plan.remote.map { "push it to '\($0)' for '\(preview.plan.target)'" } ?? "keep it local"
        console.note(
            "would capture \(changes.count == 1 ? "1 path" : "\(changes.count) paths") (\(preview.captured.size)), commit on a new branch and \(place)"
        )
        console.result(preview.plan.branch)
    }
}
