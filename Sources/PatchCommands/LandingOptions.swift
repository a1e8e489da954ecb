import ArgumentParser
import CommandOptions
import GitValues
import Patches
import PlainRemote

/// How and when the patch lands.
struct LandingOptions: ParsableArguments {
    @Flag(help: "Let the patch land by itself once every gate is open.")
    var autoMerge = false

    @Option(help: "How it lands: squash, merge, rebase or auto.")
    var method: LandingMethod?

    @Option(parsing: .unconditional, help: ArgumentHelp("How long it waits first: 90, 5m, 2h.", valueName: "duration"))
    var delay: TimeSpan?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("A check that must have passed; repeatable.", valueName: "name"))
    var requireCheck: [String] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("How many people must have approved it.", valueName: "number"))
    var approvals: Int?

    @Option(help: "Its place in the queue: low, normal, high or critical.")
    var priority: PatchPriority?

    @Flag(help: "Mark it as a draft: it waits until that is taken back.")
    var draft = false

    func validate() throws {
        if requireCheck.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
            throw ValidationError("--require-check takes the name of a check")
        }
        if let approvals, !(0...100).contains(approvals) { throw ValidationError("--approvals takes 0 to 100") }
        guard !autoMerge else { return }
        let given = [
            (method != nil, "--method"), (delay != nil, "--delay"), (!requireCheck.isEmpty, "--require-check"),
            (approvals != nil, "--approvals"),
        ]
        if let option = given.first(where: \.0)?.1 {
            throw ValidationError("\(option) has a meaning with --auto-merge only")
        }
    }

    /// The options as the queue takes them.
    var queueOptions: QueueOptions {
        QueueOptions(
            autoMerge: autoMerge, method: method, delay: delay, requiredChecks: requireCheck, approvals: approvals,
            priority: priority, draft: draft)
    }
}
