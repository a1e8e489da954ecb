import ArgumentParser
import Automerge
import CommandOptions
import Console
import ForgeQueue
import GitProcess
import GitValues
import PlainRemote
import Settings
import Store

/// `git automerge rollback`.
struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Take a landed patch back: build the revert, test it, land it.",
        usage: "git automerge rollback <patch>|<commit> [<options>]",
        discussion: "The target is never rewritten: the revert lands by the same push as any patch.")

    @Argument(
        help: ArgumentHelp(
            "A patch that landed, by its id, branch, title or '#number', or a commit of the target.",
            valueName: "patch|commit"))
    var subject: String

    @Option(help: ArgumentHelp("The target a commit is on; default: the configured or only one.", valueName: "branch"))
    var target: String?

    @Flag(help: "Show what would be taken back; test nothing, push nothing.")
    var dryRun = false

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await Desk.open(remote)
        if desk.isOnForge { return try await revertOnForge(desk) }
        let (console, isSilent) = (output.console, output.json)
        let (subject, target, looks) = (subject, target, dryRun)
        let answer = try await Interruption.run { () -> RollbackAnswer in
            let progress = Progress(isSilent ? Console(verbosity: .quiet) : console)
            let notifier = looks ? nil : desk.notifier(console)
            let worker = try desk.worker(notifier: notifier, report: { progress.take($0) }, progress: progress)
            let state = try await desk.remote.read()
            let request = try await RollbackCommand.request(subject, target, desk, worker, state)
            if looks { return try RollbackAnswer(await worker.previewRollback(request)) }
            let result: Result<RollbackOutcome, any Error>
            do { result = .success(try await worker.rollback(request)) } catch { result = .failure(error) }
            await notifier?.finish()
            return .outcome(try result.get())
        }
        try RollbackRendering(output: output, remote: desk.remote.connection.displayName).show(answer)
    }

    /// A forge takes changes back by a pull request that goes through the same gates.
    private func revertOnForge(_ desk: Desk) async throws {
        let store = try desk.openStore()
        guard let patch = try await landed(desk, in: store) else { throw desk.unknown(subject) }
        guard patch.state == .landed else {
            if let problem = try QueueProblem.landedInAnother(patch, in: store) { throw problem }
            throw QueueProblem.notLanded(patch.title)
        }
        let rendering = RollbackRendering(output: output, remote: desk.remote.connection.displayName)
        guard dryRun else { return try rendering.showProposed(try await desk.forgeWork().revert(patch, in: store)) }
        try rendering.showPlan(of: patch, open: try await desk.forgeWork().previewRevert(patch, in: store))
    }

    /// The patch that is meant, by what names it or by the commit it became.
    private func landed(_ desk: Desk, in store: borrowing Store) async throws -> PatchRecord? {
        if let patch = try desk.localPatch(subject, preferringFinished: true, in: store) { return patch }
        let result = try await desk.git.run([
            "rev-parse", "--verify", "--quiet", "--end-of-options", subject + "^{commit}",
        ])
        guard result.succeeded, let commit = ObjectID(hex: result.text) else { return nil }
        return try store.patches().first { $0.landed == commit }
    }

    private static func request(
        _ subject: String, _ target: String?, _ desk: Desk, _ worker: Worker, _ state: RemoteState
    ) async throws -> RollbackRequest {
        do {
            let patch =
                try state.landedPatch(fromBranch: subject)
                ?? state.patch(matching: subject, preferringFinished: true)
            if let request = try await worker.rollbackRequest(patch: patch.id, state) { return request }
            throw QueueProblem.notLanded(patch.document.title)
        } catch RemoteProblem.noSuchPatch {
            let result = try await desk.git.run([
                "rev-parse", "--verify", "--quiet", "--end-of-options", subject + "^{commit}",
            ])
            guard result.succeeded, let commit = ObjectID(hex: result.text) else {
                throw RemoteProblem.noSuchPatch(subject)
            }
            let known =
                target ?? desk.settings[PatchKeys.target]
                ?? (state.receipts.count == 1 ? state.receipts.keys.first : nil)
            let usual = ["main", "master", "trunk"].first { state.branch($0) != nil }
            guard let name = known ?? usual else { throw QueueProblem.noTarget }
            if let request = try await worker.rollbackRequest(commit: commit, target: name, state) { return request }
            throw QueueProblem.notOnTarget(commit.short, name)
        }
    }
}
