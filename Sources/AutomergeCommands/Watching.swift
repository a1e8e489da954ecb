import Automerge
import CommandOptions
import Console
import GitProcess
import GitValues
import PlainRemote
import Store

/// `git automerge run --watch`: one pass after the other until somebody interrupts it.
struct Watching {
    let pass: Pass

    /// Seconds between two looks while nothing happens, and right after something did.
    private static let calm = 5.0
    private static let busy = 0.5
    /// The same on a forge, which counts what it is asked: at most one round a minute while nothing happens.
    private static let calmOnForge = 75.0
    private static let busyOnForge = 15.0

    /// Never returns by itself; what goes wrong with one pass is told once, and the next pass comes later.
    func forever(_ first: Desk) async throws {
        var desk = first
        var failures = 0
        var told: [String] = []
        let console = pass.console
        while true {
            console.status("")
            let calm = desk.isOnForge ? Watching.calmOnForge : Watching.calm
            var pause = calm
            do {
                let report = try await pass.perform(desk)
                let isNews = !(report.landed.isEmpty && report.ejected.isEmpty && report.reverted.isEmpty)
                let problems = RunRendering.problems(of: report).map(\.text)
                if isNews || (problems != told && !problems.isEmpty) {
                    _ = try RunRendering(console: pass.console).show(report, asJSON: pass.asJSON, isOnly: false)
                } else if !told.isEmpty, problems.isEmpty {
                    console.note("all is well again")
                }
                told = problems
                failures = report.unreachable == nil ? 0 : failures + 1
                pause = !isNews ? calm : desk.isOnForge ? Watching.busyOnForge : Watching.busy
                console.status(safeForTerminal(summary(report, desk)))
            } catch let problem as any ProblemReport where Watching.passes(problem) {
                if told != [problem.description] { console.warning(safeForTerminal(problem.description)) }
                told = [problem.description]
                failures += 1
            }
            // Full jitter on top, so that many workers do not knock together.
            let seconds =
                failures > 0
                ? Backoff.seconds(afterAttempts: failures + 2) : pause * Double.random(in: 0.8...1.2)
            try await Task.sleep(for: .seconds(seconds))
            // What was configured meanwhile counts from the next pass on.
            desk = try await reopened(desk)
        }
    }

    /// The desk with the settings as they are now; settings that cannot be read leave those of the last look.
    private func reopened(_ desk: Desk) async throws -> Desk {
        do {
            return try await Desk.open(RemoteOption(named: pass.remote))
        } catch let problem as any ProblemReport where !(problem is Interrupted) {
            pass.console.warning(safeForTerminal(problem.description))
            return desk
        }
    }

    /// Whether a problem is of the kind that goes away: the remote, a lock, a store that is busy.
    private static func passes(_ problem: any ProblemReport) -> Bool {
        if problem is Interrupted { return false }
        return [ExitStatus.unavailable, ExitStatus.tryAgain].contains(problem.exitStatus)
    }

    private func summary(_ report: PassReport, _ desk: Desk) -> String {
        let name = desk.remote.connection.displayName
        if let words = report.unreachable { return "cannot reach '\(name)': \(words)" }
        let waiting = report.waiting.count
        return "watching '\(name)': "
            + (waiting == 0 ? "nothing waits" : "\(waiting) waiting, \(report.waiting[0].reason)")
    }
}
