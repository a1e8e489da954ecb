import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import Store

/// `git patch cleanup`: deletes branches whose content has landed.
struct CleanupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cleanup", abstract: "Delete branches of patches that have landed: by merge, squash or rebase.",
        usage: "git patch cleanup [<options>]")

    @Flag(help: "Show what would be deleted and touch nothing.")
    var dryRun = false

    @Flag(help: "Ask no remote; what is known here counts.")
    var local = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace()
        let reading = try await Session.read(workspace)
        if !local { try await reading.refreshTargets() }
        let outcome: CleanupOutcome
        var requests: [RequestRecord] = []
        if dryRun {
            let landed = try await reading.landedBranches()
            outcome = CleanupOutcome(operation: nil, landed: landed)
        } else {
            let session = try await Session.change(workspace, command: "cleanup")
            outcome = try await session.cleanUp(asksRemotes: !local)
            if !local { requests = try await session.deliver().requests }
        }
        let refused = requests.filter { $0.kind == .deleteBranch && $0.state == .refused }
        for request in refused {
            let branch = outcome.deleted.first { $0.patch.id == request.patch }?.patch.branch ?? "a branch"
            output.console.warning("'\(request.remote)' keeps '\(branch)': \(request.reason ?? "no reason given")")
        }
        if !refused.isEmpty, let operation = outcome.operation {
            output.console.hint("it is not tried again by itself; to try it: git patch resume \(operation.short)")
        }
        if output.json {
            return try output.printJSON(CleanupJSON(outcome, requests, dryRun: dryRun))
        }
        let console = output.console
        for branch in outcome.deleted {
            console.result("\(dryRun ? "would delete" : "deleted") \(branch.patch.branch): \(branch.proof)")
            if local, branch.isOnRemote, let remote = branch.patch.remote {
                console.hint(
                    "'\(remote)' still has it: git push \(typedWord(remote)) --delete \(typedWord(branch.patch.branch))"
                )
            }
        }
        for branch in outcome.kept {
            console.warning(
                "kept '\(branch.patch.branch)': it has landed, but is checked out in '\(branch.checkedOutIn ?? "")'")
            console.hint("\(leaving(branch, in: workspace)), then: git patch cleanup")
        }
        if outcome.deleted.isEmpty && outcome.kept.isEmpty { console.note("no branch has landed since the last time") }
        if outcome.operation != nil { console.note("git patch undo brings them back here") }
    }
}

/// The command by which a worktree leaves a branch that has landed.
private func leaving(_ branch: LandedBranch, in workspace: Workspace) -> String {
    let place = branch.checkedOutIn.flatMap { $0 == workspace.location.worktree ? nil : "-C '\($0)' " } ?? ""
    return "git \(place)switch " + (branch.targetIsTaken ? "--detach" : branch.patch.target)
}

/// What `cleanup` prints with `--json`.
struct CleanupJSON: Encodable {
    struct Branch: Encodable {
        var patch: RecordID
        var branch: String
        var commit: ObjectID
        var proof: String
        var checkedOutIn: String?

        init(_ branch: LandedBranch) {
            patch = branch.patch.id
            self.branch = branch.patch.branch
            commit = branch.tip
            proof = branch.proof
            checkedOutIn = branch.checkedOutIn
        }
    }

    var version = 1
    var outcome: String
    var operation: RecordID?
    var deleted: [Branch]
    var kept: [Branch]
    var requests: [RequestJSON]

    init(_ outcome: CleanupOutcome, _ requests: [RequestRecord], dryRun: Bool) {
        let isNothing = outcome.operation == nil && !requests.contains { $0.state == .done }
        self.outcome = dryRun ? "planned" : isNothing ? "nothing-to-do" : "updated"
        operation = outcome.operation
        deleted = outcome.deleted.map(Branch.init)
        kept = outcome.kept.map(Branch.init)
        self.requests = requests.map(RequestJSON.init)
    }
}
