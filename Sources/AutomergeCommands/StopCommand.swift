import ArgumentParser
import Automerge
import CommandOptions
import Console
import ForgeQueue
import GitValues
import PlainRemote

/// The options that name targets.
struct TargetOptions: ParsableArguments {
    @Option(name: .customLong("target"), help: ArgumentHelp("The target; may be repeated.", valueName: "branch"))
    var targets: [String] = []

    @Flag(help: "Every target there is and every one to come (the default).")
    var all = false

    func validate() throws {
        if all && !targets.isEmpty { throw ValidationError("--target and --all exclude each other") }
        for target in targets where ReferenceName(branch: target) == nil {
            throw ValidationError("'\(target)' is no branch name")
        }
    }
}

/// `git automerge stop`.
struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Let nothing land, on any machine, until 'resume'.",
        usage: "git automerge stop [--target <branch> | --all] --reason <text>",
        discussion: """
            A landing that is under way loses: the stop moves the reference every landing must move too. Without \
            --target it counts for targets that do not exist yet, too, until 'resume' without --target.
            """)

    @Option(parsing: .unconditional, help: "Why; everybody who asks for the status reads it.")
    var reason: String

    @OptionGroup var targets: TargetOptions
    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason takes a text that says why") }
    }

    func run() async throws {
        let desk = try await Desk.open(remote)
        let identity = try await desk.remote.objects.committer()
        let stop = EpochDocument.Stop(by: "\(Person(identity))", reason: reason, at: .now())
        let change = FenceChange(desk: desk, output: output, targets: targets)
        do { try await change.apply(stop) } catch {
            // A forge that takes no fence merges by itself all the same.
            try await disarm(desk)
            throw error
        }
        try await disarm(desk)
    }

    /// Takes back what a forge was told, so that it merges nothing by itself while the stop holds.
    private func disarm(_ desk: Desk) async throws {
        guard desk.isOnForge else { return }
        let pass = ForgePass(desk.forgeWork(), remote: desk.remote.connection.name)
        let names = targets.targets.isEmpty ? nil : Set(targets.targets)
        let left = try await pass.takeBackAll(in: try desk.openStore(), targets: names)
        ForgeRun.warn(of: left, output.console)
        if !left.isEmpty {
            output.console.hint(
                "type 'git automerge deliver' to take it back once the forge answers, or do so on its page")
        }
    }
}

/// `git automerge resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let patches land again after 'stop'.",
        usage: "git automerge resume [--target <branch> | --all]",
        discussion: "Without --target it takes back every stop; a stop of everything is taken back in no other way.")

    @OptionGroup var targets: TargetOptions
    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await FenceChange(desk: try await Desk.open(remote), output: output, targets: targets).apply(nil)
    }
}
