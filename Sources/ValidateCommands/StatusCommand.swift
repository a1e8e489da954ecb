import ArgumentParser
import CommandOptions
import Console
import GitValues
import HookInput
import Settings
import Store
import Validation

/// `git validate status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what is being validated, and what was in the last hour.")

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let desk = try await Desk.open()
        let console = options.console
        let runs = RunRecord.all(in: desk.location.storeDirectory)
        var skipped: [Document.Skip] = []
        if Store.exists(in: desk.location.storeDirectory) {
            let store = try Store.open(directory: desk.location.storeDirectory)
            _ = try await UnseenPush.record(of: desk.location, desk.git, store: store)
            skipped = Bypass.all(in: desk.location.storeDirectory).reversed().map(Document.Skip.init)
        }
        if options.json {
            console.result(try JSONText.encode(Document(runs: runs.map(Document.Run.init), skipped: skipped)))
            return
        }
        for push in skipped.prefix(5) {
            let age = TimeSpan(seconds: Timestamp.now().seconds(since: push.time))
            console.result(
                "\(push.commit.short) was pushed to \(safeForTerminal(push.reference)) without validation, \(age) ago")
        }
        if runs.isEmpty { console.note("nothing is being validated") }
        for run in runs.prefix(10) { for line in lines(run) { console.result(line) } }
    }

    private struct Document: Encodable {
        struct Run: Encodable {
            var id: RecordID
            var purpose: String
            var commit: ObjectID?
            var tree: ObjectID
            var tier: String
            var running: Bool
            var outcome: String?
            /// Why it came to no outcome.
            var problem: String?
            var remaining: Double?
            var started: Timestamp
            var finished: Timestamp?
            var checks: [RunRecord.Check]

            init(_ run: RunRecord) {
                id = run.id
                purpose = run.purpose.rawValue
                commit = run.commit
                tree = run.tree
                tier = run.tier.rawValue
                running = run.isRunning
                outcome = run.wasCancelled ? "cancelled" : run.outcome?.rawValue
                problem = run.problem
                remaining = run.isRunning ? run.remaining()?.seconds : nil
                started = run.started
                finished = run.finished
                checks = run.checks
            }
        }

        /// A push that went past validation.
        struct Skip: Encodable {
            var commit: ObjectID
            var reference: String
            var time: Timestamp

            init(_ bypass: Bypass) {
                commit = bypass.object
                reference = bypass.remoteRef
                time = bypass.time
            }
        }

        var version = 1
        var runs: [Run]
        var skipped: [Skip]
    }

    private func lines(_ run: RunRecord) -> [String] {
        let name = (run.commit ?? run.tree).short
        let tier = run.scope.map { "\(run.tier.rawValue), \(safeForTerminal($0))" } ?? run.tier.rawValue
        let age = TimeSpan(seconds: Timestamp.now().seconds(since: run.finished ?? run.started))
        guard run.isRunning else {
            let cause = run.checks.lazy.compactMap(\.report).first { $0.outcome == .cancelled }?.reason
            let end =
                run.wasCancelled
                ? "cancelled" + (cause.map { " (\(safeForTerminal($0)))" } ?? "")
                : run.outcome?.rawValue ?? run.problem.map { "came to no result: \(safeForTerminal($0))" }
                    ?? "ended without a result"
            return ["\(name) (\(tier)): \(end), \(age) ago"]
        }
        var lines = ["\(name) (\(tier)): running for \(age)\(run.remainingWords())"]
        for check in run.checks where check.state == .running {
            let elsewhere = check.isElsewhere == true ? " (in another run)" : ""
            lines.append("  \(safeForTerminal(check.name))\(elsewhere)")
        }
        return lines
    }
}
