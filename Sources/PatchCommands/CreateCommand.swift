import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
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
    @OptionGroup(title: "Capture") var capture: CaptureOptions
    @OptionGroup(title: "Landing") var landing: LandingOptions
    @OptionGroup(title: "Delivery") var delivery: DeliveryOptions
    @OptionGroup(title: "Forges") var forge: ForgeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try forge.refuseWithoutForge()
        let request = try makeRequest()
        let workspace = try await output.openWorkspace()
        let session = try await Session.change(workspace, command: "create")
        let outcome = try await session.create(request)
        session.unlock()
        try report(outcome)
    }

    private func makeRequest() throws -> CreateRequest {
        var request = CreateRequest(description: description)
        request.body = try text.bodyText()
        request.edit = text.edit
        if (description ?? "").allSatisfy(\.isWhitespace) {
            guard output.console.diagnostics.isInteractive, description == nil else {
                throw ValidationError("a description is needed: git patch \"what changes\"")
            }
            request.edit = true
        }
        request.base = place.base
        request.target = place.target
        request.branch = place.branch
        request.stack = place.stack
        request.mode = place.mode
        request.scope = try capture.scope()
        request.force = capture.force
        request.run = capture.run
        request.tests = capture.test
        request.verify = !capture.noVerify
        request.signing = capture.signing
        request.local = delivery.local
        request.dryRun = delivery.dryRun
        request.queue = landing.queueOptions
        return request
    }

    private func report(_ outcome: CreateOutcome) throws {
        let console = output.console
        if output.json {
            return try output.printJSON(
                ChangeJSON(
                    outcome: "created", operation: outcome.operation, patch: PatchJSON(outcome.patch),
                    requests: outcome.requests.map(RequestJSON.init)))
        }
        let count = outcome.captured.changes.count
        console.note(
            "made patch \(outcome.patch.id.short) for '\(outcome.patch.target)': \(count == 1 ? "1 path" : "\(count) paths")"
        )
        console.result(outcome.patch.url ?? outcome.patch.branch)
    }
}
