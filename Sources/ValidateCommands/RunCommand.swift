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

    @Option(name: [.short, .long], help: "How many checks run at once.")
    var jobs: Int?

    @Flag(help: "End the run at the first failure.")
    var failFast = false

    @Flag(name: .customLong("no-cache"), help: "Run everything, whatever has passed before.")
    var noCache = false

    @Option(help: "Also write the result to this file as JUnit XML.")
    var junit: String?

    @OptionGroup var options: OutputOptions

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number of at least 1") }
    }

    func run() async throws {
        let desk = try await Desk.open()
        var request = try await desk.request(for: revision, tier: tier)
        request.only = checks
        request.jobs = jobs
        request.failFast = failFast
        request.useCache = !noCache
        let progress = Progress(options.console, isSilent: options.json)
        request.events = { progress.take($0) }
        let asked = request
        let revision = revision
        let report = try await Interruption.run {
            let store = try Store.open(directory: desk.location.storeDirectory)
            return try await Validation.validate(asked, calling: revision, store: store)
        }
        try Rendering(console: options.console).show(report, asJSON: options.json)
        if let junit { try JUnit.write(report, to: junit) }
        if report.outcome != .passed { throw ExitCode(ExitStatus.refused) }
    }
}

extension Tier: ExpressibleByArgument {}
