import ArgumentParser
import GitProcess
import HookInput

/// `git validate hook`: what git's hooks become. Not for people to type.
struct HookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook", abstract: "Answer a hook of git.", shouldDisplay: false,
        subcommands: [PrePushCommand.self, PostCommitCommand.self, BackgroundCommand.self, WarmCommand.self])

    /// Whether a process of ours made git run the hook: it knows what it does.
    static var isOurOwn: Bool { ProcessEnvironment.value(of: "GITPATCH_CHILD").map { !$0.isEmpty } ?? false }

    /// Whether the user has switched the hooks off for this command.
    static var isOff: Bool {
        ProcessEnvironment.value(of: "GITPATCH").map { ["0", "false", "off", "no"].contains($0) } ?? false
    }
}
