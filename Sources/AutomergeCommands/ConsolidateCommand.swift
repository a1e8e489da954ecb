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

extension ConsolidationStrategy: ExpressibleByArgument {}

/// `git automerge consolidate`.
struct ConsolidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consolidate", abstract: "Combine open patches into one that is tested and lands as a whole.",
        usage: "git automerge consolidate [--strategy <name>] [--max <n>] [--without-red] [--dry-run] [<options>]",
        discussion: """
            Merges in memory and tests the combination first; what conflicts is left out, with the reason. When it is \
            red nothing is pushed, and who turned it red is named. Each member stays a commit of its own. The originals \
            stay open until the combined patch lands, and are then closed with a pointer to it. On a forge the patches \
            that this clone made are taken, and one pull request is opened.
            """)

    @Option(help: "Which patches: related, same-author, priority, size or all.")
    var strategy = ConsolidationStrategy.all

    @Option(name: .customLong("max"), help: ArgumentHelp("The most members.", valueName: "n"))
    var limit: Int?

    @Option(help: ArgumentHelp("The target; default: the one most open patches are for.", valueName: "branch"))
    var target: String?

    @Option(
        name: [.customShort("m"), .long], help: ArgumentHelp("What the combined patch is called.", valueName: "text"))
    var title: String?

    @Flag(help: "Let the combined patch land by itself.")
    var autoMerge = false

    @Flag(help: "Leave out what turns the combination red, and push the rest.")
    var withoutRed = false

    @Flag(help: "Show which patches would be in and why; test nothing, push nothing.")
    var dryRun = false

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let limit, limit < 2 { throw ValidationError("--max takes a number of at least 2") }
        if let title, title.allSatisfy(\.isWhitespace) { throw ValidationError("--title takes a text") }
        if let title, title.count > 255 || title.contains(where: \.isNewline) {
            throw ValidationError("--title takes one line of at most 255 characters")
        }
    }

    func run() async throws {
        let desk = try await Desk.open(remote)
        let (console, isSilent) = (output.console, output.json)
        let name = try await self.target(desk)
        let request = ConsolidationRequest(
            strategy: strategy, limit: limit, target: name, title: title, autoMerge: autoMerge,
            skipsRed: withoutRed, isDryRun: dryRun)
        let outcome = try await Interruption.run {
            let progress = Progress(isSilent ? Console(verbosity: .quiet) : console)
            let worker = try desk.worker(report: { progress.take($0) }, progress: progress)
            guard desk.isOnForge else { return try await worker.consolidate(request) }
            var pulls = CombinePulls(
                request, ForgePass(desk.forgeWork(), remote: desk.remote.connection.name), worker: worker)
            return try await pulls.run(in: try desk.openStore())
        }
        try ConsolidationRendering(output: output, target: name).show(outcome)
    }

    /// The target that is meant: the named one, else the one that most open patches are for.
    private func target(_ desk: Desk) async throws -> String {
        if let target { return target }
        if desk.isOnForge {
            let most = try CombinePulls.usualTarget(of: desk.remote.connection.name, in: try desk.openStore())
            guard let name = most ?? desk.settings[PatchKeys.target] else { throw QueueProblem.nothingOpen }
            return name
        }
        let state = try await desk.remote.read(withCommits: false)
        let open = state.patches.values.map(\.document).filter { !$0.isFinished }
        let counts = Dictionary(grouping: open, by: \.target).mapValues(\.count)
        let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        guard let name = most ?? desk.settings[PatchKeys.target] else { throw QueueProblem.nothingOpen }
        return name
    }
}
