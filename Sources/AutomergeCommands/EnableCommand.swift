import ArgumentParser
import Automerge
import CommandOptions
import Console
import ForgeQueue
import GitValues
import PlainRemote
import Store

/// `git automerge enable`.
struct EnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a patch land by itself once every gate is open.",
        usage: "git automerge enable [<patch>] [<options>]",
        discussion: "A draft is none any more, and a patch that was taken out of the queue is in it again.")

    @Argument(help: "The patch: its id, branch, title or '#number'; default: the current branch.")
    var patch: String?

    @Option(help: "How it lands: squash, merge, rebase or auto.")
    var method: LandingMethod?

    @Option(parsing: .unconditional, help: ArgumentHelp("How long it waits first: 90, 5m, 2h.", valueName: "duration"))
    var delay: TimeSpan?

    @Option(parsing: .unconditional, help: ArgumentHelp("How many people must have approved it.", valueName: "number"))
    var approvals: Int?

    @Option(
        parsing: .singleValue, help: ArgumentHelp("A check that must have passed; repeatable.", valueName: "name"))
    var requireCheck: [String] = []

    @Option(help: "Its place in the queue: low, normal, high or critical.")
    var priority: PatchPriority?

    @Flag(help: "Stop waiting for the patch it is stacked on; what it carries of that one lands with it.")
    var unstack = false

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if requireCheck.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
            throw ValidationError("--require-check takes the name of a check")
        }
        if let approvals, !(0...100).contains(approvals) { throw ValidationError("--approvals takes 0 to 100") }
    }

    func run() async throws {
        let options = QueueOptions(
            autoMerge: true, method: method, delay: delay, requiredChecks: requireCheck, approvals: approvals,
            priority: priority, unstack: unstack)
        let desk = try await Desk.open(remote, for: patch)
        let (change, isOnForge) = (PatchRequest(desk: desk, output: output), desk.isOnForge)
        try await change.send(patch, word: "armed", endsDraft: true) { record, operation, store throws(StoreError) in
            if isOnForge { try TakingBack.supersede(ofPatch: record.id, in: store) }
            try Delivery.enqueue(arm: record, options: options, operation: operation, in: store)
        }
    }
}

/// `git automerge disable`.
struct DisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Take a patch out of the queue; it stays open.",
        usage: "git automerge disable [<patch>] [<options>]")

    @Argument(help: "The patch: its id, branch, title or '#number'; default: the current branch.")
    var patch: String?

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let change = PatchRequest(desk: try await Desk.open(remote, for: patch), output: output)
        try await change.send(patch, word: "disarmed") { record, operation, store throws(StoreError) in
            try TakingBack.cancel(ofPatch: record.id, in: store)
            try Delivery.enqueue(disarm: record, operation: operation, in: store)
        }
    }
}
