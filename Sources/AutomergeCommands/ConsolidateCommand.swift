import ArgumentParser
import Automerge
import CommandOptions
import Console
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
            stay open until the combined patch lands, and are then closed with a pointer to it.
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
    }

    func run() async throws {
        let desk = try await Desk.open(remote)
        if desk.isOnForge {
            throw QueueProblem.onForge(
                "patches are combined on plain remotes only: a forge lands pull requests one by one, or in its own queue",
                hint: "type 'git automerge status' to see what each of them waits for")
        }
        let (console, isSilent) = (output.console, output.json)
        let name = try await self.target(desk)
        let request = ConsolidationRequest(
            strategy: strategy, limit: limit, target: name, title: title, autoMerge: autoMerge,
            skipsRed: withoutRed, isDryRun: dryRun)
        let outcome = try await Interruption.run {
            let progress = Progress(isSilent ? Console(verbosity: .quiet) : console)
            let worker = try desk.worker(report: { progress.take($0) }, progress: progress)
            return try await worker.consolidate(request)
        }
        try ConsolidationRendering(output: output, target: name).show(outcome)
    }

    /// The target that is meant: the named one, else the one that most open patches are for.
    private func target(_ desk: Desk) async throws -> String {
        if let target { return target }
        let state = try await desk.remote.read(withCommits: false)
        let open = state.patches.values.map(\.document).filter { !$0.isFinished }
        let counts = Dictionary(grouping: open, by: \.target).mapValues(\.count)
        let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        guard let name = most ?? desk.settings[PatchKeys.target] else { throw QueueProblem.nothingOpen }
        return name
    }
}

/// Prints what came of a consolidation.
struct ConsolidationRendering {
    let output: OutputOptions
    let target: String

    private struct Document: Encodable {
        struct Left: Encodable {
            var patch: RecordID
            var reason: String
            var paths: [String]
        }

        var version = 1
        /// `planned`, `created`, `refused` or `failed`.
        var outcome: String
        var patch: PatchJSON?
        var members: [RecordID]
        var left: [Left]
        var errors: [ProblemDocument]?
    }

    func show(_ outcome: ConsolidationOutcome) throws {
        let problem = problem(of: outcome)
        if output.json {
            let word =
                switch outcome.end {
                case .planned: "planned"
                case .created: "created"
                case .red: "failed"
                default: "refused"
                }
            let document = Document(
                outcome: word, patch: outcome.patch.map { PatchJSON($0) }, members: outcome.members.map(\.document.id),
                left: outcome.left.map { .init(patch: $0.document.id, reason: $0.reason, paths: $0.paths) },
                errors: problem.map { [ProblemDocument(code: $0.code, message: $0.text, hint: $0.hint)] })
            output.console.result(try JSONText.encode(document))
        } else {
            showText(outcome)
        }
        guard let problem else { return }
        output.console.report(safeForTerminal(problem.text), hints: problem.hint.map { [$0] } ?? [])
        throw ExitCode(problem.status)
    }

    private func showText(_ outcome: ConsolidationOutcome) {
        var table = Table()
        for member in outcome.members {
            table.add([
                "in", member.document.id.short, safeForTerminal(member.document.title), safeForTerminal(member.reason),
            ])
        }
        for entry in outcome.left {
            let paths = entry.paths.isEmpty ? "" : ": " + entry.paths.prefix(5).joined(separator: ", ")
            table.add([
                "out", entry.document.id.short, safeForTerminal(entry.document.title),
                safeForTerminal(entry.reason + paths),
            ])
        }
        let console = output.console
        for line in table.lines(width: console.output.isInteractive ? console.output.width : nil) {
            console.result(line)
        }
        guard let patch = outcome.patch else { return }
        let armed = patch.state == .armed ? "lands by itself" : "is open"
        console.result(
            safeForTerminal("\(patch.id.short) '\(patch.title)' on '\(patch.branch)' \(armed) for '\(patch.target)'"))
        if patch.state != .armed { console.hint("type 'git automerge enable \(patch.id.short)' to let it land") }
    }

    private struct Problem {
        var code: String
        var text: String
        var hint: String?
        var status = ExitStatus.refused
    }

    private func problem(of outcome: ConsolidationOutcome) -> Problem? {
        switch outcome.end {
        case .planned, .created: nil
        case .nothingToCombine:
            Problem(
                code: "nothing-to-combine", text: "fewer than two patches for '\(target)' go together",
                hint: "type 'git automerge status' to see the patches")
        case .red(let checks) where outcome.members.count > 1:
            Problem(
                code: "red",
                text: "the combination is red: \(checks.joined(separator: ", ")) failed; nothing was pushed",
                hint: "type 'git automerge consolidate --without-red' to combine the others")
        case .red(let checks):
            Problem(
                code: "red", text: "no two of them are green together: \(checks.joined(separator: ", ")) failed",
                hint: "type 'git validate history' to see the checks' logs")
        case .misconfigured(let reason):
            Problem(code: "checks-undefined", text: reason, status: ExitStatus.configuration)
        case .impossible(let reason): Problem(code: "impossible", text: reason)
        case .refused(let words): Problem(code: "remote-refused", text: "the remote refused the patch: \(words)")
        case .stopped(let stop):
            Problem(
                code: "stopped", text: "stopped by \(stop.by) at \(stop.at): \(stop.reason)",
                hint: "type 'git automerge resume' first")
        }
    }
}
