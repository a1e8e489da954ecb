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
        try await Creation(request: makeRequest(), waits: delivery.wait, output: PlainOutput(output)).run()
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
}
