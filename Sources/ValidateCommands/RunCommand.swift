import ArgumentParser
import CommandOptions
import Console
import GitProcess
import GitValues
import Settings
import Store
import Validation

/// `git validate [REV]`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the checks of a tier on a commit (the default).")

    @Argument(help: "The commit to validate.")
    var revision = "HEAD"

    @Option(help: "How deep: quick, standard or complete; each holds the ones before it.")
    var tier: Tier = .standard

    @Option(name: .customLong("check"), help: "Run only this check and what it needs; may be repeated.")
    var checks: [String] = []

    @Option(
        help: ArgumentHelp(
            "What changed since this commit decides on 'path'; else since the merge base with the target.",
            valueName: "rev"))
    var since: String?

    @Option(help: ArgumentHelp("Run only this part of checks with 'shards', of so many.", valueName: "i/n"))
    var shard: ShardChoice?

    @Option(name: [.customShort("j", allowingJoined: true), .long], help: "How many checks run at once.")
    var jobs: Int?

    @Flag(help: "End the run at the first failure.")
    var failFast = false

    @Flag(name: .customLong("no-cache"), help: "Run everything, whatever has passed before.")
    var noCache = false

    @Flag(help: "Count only what has passed here, and ask no shared cache; so does tier complete anyway.")
    var noSharedCache = false

    @Option(help: "Also write the result to this file as JUnit XML.")
    var junit: String?

    @Option(help: "Also write what checks and their reports found to this file as SARIF.")
    var sarif: String?

    @Option(help: "Also write the schedule to this file, for Chrome's or Perfetto's trace viewer.")
    var trace: String?

    @Option(help: ArgumentHelp("Also write what the checks made to this folder, a new one.", valueName: "folder"))
    var artifacts: String?

    @OptionGroup var options: OutputOptions

    func validate() throws {
        if artifacts?.isEmpty == true { throw ValidationError("--artifacts takes the name of a folder") }
        if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number of at least 1") }
    }

    func run() async throws {
        var asked: ValidationRequest?
        do {
            try await judge(&asked)
        } catch let problem as any ProblemReport where options.json && !Console.hasResult && !(problem is Interrupted) {
            // Nothing was judged: the promised fields are there all the same.
            options.console.result(try JSONText.encode(ReportDocument(refused: asked, tier, problem)))
            throw problem
        }
    }

    private func judge(_ noted: inout ValidationRequest?) async throws {
        if let artifacts { try checkArtifactFolder(artifacts) }
        for path in [junit, trace, sarif].compactMap({ $0 }) { try ReportFile.requireWritable(path) }
        let desk = try await Desk.open()
        var request = try await desk.request(for: revision, tier: tier, since: since)
        request.only = checks
        request.shard = shard
        request.jobs = jobs
        request.failFast = failFast
        request.useCache = !noCache
        request.useSharedCache = !noSharedCache
        request.wantsArtifacts = artifacts != nil
        let progress = Progress(options.console, isSilent: options.json)
        request.events = { progress.take($0) }
        let schedule = ScheduleTrace()
        request.trace = schedule
        let id = RecordID.make()
        request.runID = id
        noted = request
        let asked = request
        let revision = revision
        let rendering = Rendering(console: options.console)
        let report: ValidationReport
        do {
            report = try await Interruption.run {
                let store = try Store.open(directory: desk.location.storeDirectory)
                return try await Validation.validate(asked, calling: revision, store: store)
            }
        } catch let problem as Interrupted where options.json {
            let record = RunRecord.read(id, in: desk.location.storeDirectory)
            try rendering.refuse(
                record?.report ?? record?.interrupted() ?? .nothing(asked, .failed), over: problem, asJSON: true)
            throw ExitCode(problem.exitStatus)
        }
        var unwritten: (any ProblemReport)?
        var written: [WrittenArtifact]?
        do {
            if let artifacts { written = try writeArtifacts(of: report, for: asked, to: artifacts) }
            if let junit { try ReportFile.write(JUnit.text(report), to: junit) }
            if let trace { try ReportFile.write(ChromeTrace.text(schedule.spans), to: trace) }
            if let sarif {
                let (text, unread) = try SARIF.text(report)
                try ReportFile.write(text, to: sarif)
                for name in unread { options.console.warning("a report is no SARIF and was left out: \(name)") }
            }
        } catch let problem as any ProblemReport {
            unwritten = problem
        }
        try rendering.show(report, artifacts: written, asJSON: options.json, problem: unwritten)
        if let written, let artifacts { options.console.note(summary(written, artifacts)) }
        if let unwritten {
            options.console.report(unwritten.description, hints: unwritten.hints)
            if report.outcome == .passed { throw ExitCode(unwritten.exitStatus) }
        }
        if report.outcome != .passed { throw ExitCode(ExitStatus.refused) }
    }

    private func summary(_ written: [WrittenArtifact], _ folder: String) -> String {
        let paths = written.map(\.path).sorted().joined(separator: ", ")
        return safeForTerminal(
            written.isEmpty ? "no check has made artifacts" : "artifacts in '\(folder)': \(paths)")
    }
}

extension Tier: ExpressibleByArgument {}

extension ValidationReport {
    /// The report on a request of which no check was judged.
    fileprivate static func nothing(_ request: ValidationRequest, _ outcome: Outcome) -> ValidationReport {
        ValidationReport(
            commit: request.commit, tree: request.tree, tier: request.tier, outcome: outcome, wall: 0, checks: [],
            warnings: [])
    }
}

extension ShardChoice: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
