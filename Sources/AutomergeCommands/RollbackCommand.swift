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

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    private struct Document: Encodable {
        var version = 1
        var outcome: String
        var receipt: Receipt?
        var reason: String?
        var paths: [String] = []
    }

    func run() async throws {
        let desk = try await Desk.open(remote)
        if desk.isOnForge { return try await revertOnForge(desk) }
        let (console, isSilent) = (output.console, output.json)
        let (subject, target) = (subject, target)
        let outcome = try await Interruption.run {
            let progress = Progress(isSilent ? Console(verbosity: .quiet) : console)
            let notifier = desk.notifier(console)
            let worker = try desk.worker(notifier: notifier, report: { progress.take($0) }, progress: progress)
            let state = try await desk.remote.read()
            let request = try await RollbackCommand.request(subject, target, desk, worker, state)
            let result: Result<RollbackOutcome, any Error>
            do { result = .success(try await worker.rollback(request)) } catch { result = .failure(error) }
            await notifier?.finish()
            return try result.get()
        }
        try show(outcome)
    }

    /// A forge takes changes back by a pull request that goes through the same gates.
    private func revertOnForge(_ desk: Desk) async throws {
        let store = try desk.openStore()
        guard let patch = try await landed(desk, in: store) else { throw desk.unknown(subject) }
        guard patch.state == .landed else {
            if let problem = try QueueProblem.landedInAnother(patch, in: store) { throw problem }
            throw QueueProblem.notLanded(patch.title)
        }
        let url = try await desk.forgeWork().revert(patch, in: store)
        try print(Document(outcome: "proposed", reason: url), url)
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

    private func show(_ outcome: RollbackOutcome) throws {
        switch outcome {
        case .reverted(let receipt):
            try print(
                Document(outcome: "reverted", receipt: receipt),
                "'\(receipt.target)' is now \(receipt.landed.short), without the change")
        case .nothingToDo:
            try print(Document(outcome: "nothing-to-do"), "the target does not have the change any more")
        case .conflict(let paths):
            try refuse(
                "conflict", "later work builds on it", paths: paths, hint: "take that back first, or revert by hand")
        case .red(let names):
            try refuse(
                "red", "the target without it fails " + names.map { "'\($0)'" }.joined(separator: ", "),
                hint: "type 'git automerge log' to see what landed since")
        case .stopped(let stop):
            try refuse(
                "stopped", "stopped by \(stop.by) at \(stop.at): \(stop.reason)",
                hint: "type 'git automerge resume' first")
        case .refused(let words): try refuse("refused", "the server refused it: \(words)", hint: nil)
        case .impossible(let reason): try refuse("impossible", reason, hint: nil)
        case .misconfigured(let reason):
            try refuse("checks-undefined", reason, hint: nil, status: ExitStatus.configuration)
        }
    }

    private func print(_ document: Document, _ line: String) throws {
        output.console.result(output.json ? try JSONText.encode(document) : safeForTerminal(line))
    }

    private func refuse(
        _ code: String, _ text: String, paths: [String] = [], hint: String?, status: Int32 = ExitStatus.refused
    ) throws {
        if output.json {
            output.console.result(try JSONText.encode(Document(outcome: code, reason: text, paths: paths)))
        }
        output.console.report(text, paths: paths, hints: hint.map { [$0] } ?? [])
        throw ExitCode(status)
    }
}
