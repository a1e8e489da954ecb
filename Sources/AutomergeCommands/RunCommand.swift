import ArgumentParser
import Automerge
import CommandOptions
import Console
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
            """)

    enum Mode: String, EnumerableFlag {
        case once, watch

        static func help(for value: Mode) -> ArgumentHelp? {
            switch value {
            case .once: "Look at every waiting patch once (the default)."
            case .watch: "Look again and again, until it is interrupted."
            }
        }
    }

    @Flag var mode: Mode = .once

    @Option(name: [.short, .long], help: ArgumentHelp("How many checks run at once.", valueName: "n"))
    var jobs: Int?

    @Option(name: .customLong("target"), help: ArgumentHelp("Only this target; may be repeated.", valueName: "branch"))
    var targets: [String] = []

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number of at least 1") }
    }

    func run() async throws {
        let desk = try await Desk.open(remote)
        // The store's folder must be there before the lock in it.
        _ = try desk.openStore()
        guard let lock = Worker.lock(desk.location) else { throw QueueProblem.busy }
        defer { _ = lock }
        let console = output.console
        let (asJSON, jobs, mode) = (output.json, jobs, mode)
        let only = targets.isEmpty ? nil : Set(targets)
        let code = try await Interruption.run {
            var failures = 0
            while true {
                let report = try await RunCommand.pass(desk, console, jobs: jobs, targets: only, isSilent: asJSON)
                let code = try RunRendering(console: console).show(report, asJSON: asJSON, isOnly: mode == .once)
                guard mode == .watch else { return code }
                failures = report.unreachable == nil ? 0 : failures + 1
                try await RunCommand.rest(after: report, failures: failures)
            }
        }
        if code != ExitStatus.done { throw ExitCode(code) }
    }

    private static func pass(
        _ desk: Desk, _ console: Console, jobs: Int?, targets: Set<String>?, isSilent: Bool
    ) async throws -> PassReport {
        let progress = Progress(isSilent ? Console(verbosity: .quiet) : console)
        _ = try await Delivery.drain(store: try desk.openStore(), git: desk.git, location: desk.location)
        let worker = try desk.worker(
            jobs: jobs, targets: targets, report: { progress.take($0) }, progress: progress)
        return try await worker.pass()
    }

    /// Rests between two looks: longer while nothing happens, with jitter, and longer still while the remote is away.
    private static func rest(after report: PassReport, failures: Int) async throws {
        let usual = report.landed.isEmpty && report.ejected.isEmpty ? 5.0 : 0.5
        let pause = failures > 0 ? Backoff.seconds(afterAttempts: failures + 2) : usual * Double.random(in: 0.8...1.2)
        try await Task.sleep(for: .seconds(pause))
    }
}
