import ArgumentParser
import Automerge
import CommandOptions
import Console
import ForgeQueue
import GitProcess
import GitValues
import PlainRemote
import Store

/// `git automerge run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Land what can land: test the merged result, move the target.",
        usage: "git automerge run [--once | --watch] [--jobs <n>] [<options>]",
        discussion: """
            Any clone may be the worker, any number of them at once. Ends with 0 when its pass finished, patches that \
            were turned down included; 75 when another worker of this clone is running; 78 when a required check is \
            not defined or none is required.

            With --jobs 2 or more both halves of a red batch are tested at the same time. While a file STOP is in the \
            folder 'gitpatch' of the repository's git folder, this clone lands nothing; signal USR1 makes it, USR2 \
            removes it.
            """)

    @Flag(help: "Look at every waiting patch once (the default).")
    var once = false

    @Flag(help: "Look again and again, until it is interrupted.")
    var watch = false

    @Option(name: [.short, .long], help: ArgumentHelp("How many checks run at once.", valueName: "n"))
    var jobs: Int?

    @Option(name: .customLong("target"), help: ArgumentHelp("Only this target; may be repeated.", valueName: "branch"))
    var targets: [String] = []

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if once && watch { throw ValidationError("--once and --watch exclude each other") }
        if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number of at least 1") }
    }

    func run() async throws {
        let desk = try await Desk.open(remote)
        // The store's folder must be there before the lock in it.
        try desk.requireStore()
        guard let lock = try Worker.lock(desk.location) else { throw QueueProblem.busy }
        defer { _ = lock }
        LocalStop.obeySignals(desk.location.storeDirectory)
        let pass = Pass(
            remote: remote.remote, console: output.console, asJSON: output.json, jobs: jobs,
            targets: targets.isEmpty ? nil : Set(targets))
        if watch { return try await Interruption.run { try await Watching(pass: pass).forever(desk) } }
        let (result, interrupted) = await Interruption.settle { try await pass.perform(desk) }
        // What a pass did before it was interrupted is told all the same.
        if let interrupted, case .failure = result { throw interrupted }
        let report = try result.get()
        let code = try RunRendering(console: pass.console).show(report, asJSON: pass.asJSON, interrupted: interrupted)
        if code != ExitStatus.done { throw ExitCode(code) }
    }
}

/// One look at the remote, with everything that belongs to it.
struct Pass: Sendable {
    let remote: String?
    let console: Console
    let asJSON: Bool
    let jobs: Int?
    let targets: Set<String>?

    /// Delivers what waits here, lands what can land, and tells whoever wants to be told.
    func perform(_ desk: Desk) async throws -> PassReport {
        let notifier = desk.notifier(console)
        let result: Result<PassReport, any Error>
        do {
            result = .success(try await perform(desk, notifier))
        } catch {
            result = .failure(error)
        }
        await notifier?.finish()
        let report = try result.get()
        // What was done is told, whether git can tidy up or not.
        try? await desk.remote.objects.tidy(desk.settings)
        return report
    }

    private func perform(_ desk: Desk, _ notifier: Notifier?) async throws -> PassReport {
        if desk.isOnForge {
            let log = desk.log
            return try await ForgeRun(desk: desk, work: desk.forgeWork()).pass(targets: targets) { entry in
                log.append(entry)
                if entry.isNews { notifier?.tell(entry) }
            }
        }
        let progress = Progress(asJSON ? Console(verbosity: .quiet) : console)
        let worker = try desk.worker(
            jobs: jobs, targets: targets, notifier: notifier, report: { progress.take($0) }, progress: progress)
        let work = desk.forgeWork()
        _ = try await Delivery.drain(
            store: worker.store, git: desk.git, location: desk.location, settings: desk.settings, forge: work)
        let stops = try await ForgeRun.followStops(desk, work)
        var report = try await worker.pass()
        report.failures += stops
        return report
    }
}
