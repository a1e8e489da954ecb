import ArgumentParser
import CommandOptions
import GitValues
import HookInput
import Patches
import Store

/// `git patch hook`: what the installed hooks start; never typed by people.
struct HookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook", abstract: "Answer a git hook.", shouldDisplay: false,
        subcommands: [PostMergeHookCommand.self, DeliverHookCommand.self])
}

/// `git patch hook post-merge`: cleans up after a pull that brought landed patches; always succeeds.
struct PostMergeHookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "post-merge", abstract: "Delete local branches that the merge brought in.", shouldDisplay: false)

    @Argument(parsing: .allUnrecognized, help: "What git passes.")
    var arguments: [String] = []

    func run() async throws {
        // A hook must never be in the way: whatever goes wrong here goes right with the next 'git patch cleanup'.
        guard let workspace = try? await Workspace.open() else { return }
        workspace.warmBehind()
        guard let session = try? await Session.change(workspace, command: "hook post-merge"),
            let outcome = try? await session.cleanUp(command: OperationTitle.hookPrefix + "post-merge")
        else { return }
        session.unlock()
        session.deliverBehind()
        // Nobody watches: the next hook that runs in front of the user tells.
        var lines = outcome.deleted.map { branch in
            "deleted \(branch.patch.branch), \(branch.proof); to bring it back: git branch \(typedWord(branch.patch.branch)) \(branch.tip)"
        }
        if let operation = outcome.operation {
            lines.append("'git patch undo \(operation.short)' brings them back here as well")
        }
        HookNotices.add(lines, in: workspace.location.storeDirectory)
    }
}

/// `git patch hook deliver`: delivers what is due, behind the back of a command or hook that did not wait for a remote.
struct DeliverHookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliver", abstract: "Deliver what waits.", shouldDisplay: false)

    func run() async throws {
        // Nobody listens: what cannot be delivered stays queued with its reason.
        guard let workspace = try? await Workspace.open(), let session = try? await Session.read(workspace) else {
            return
        }
        _ = try? await session.deliver()
    }
}
