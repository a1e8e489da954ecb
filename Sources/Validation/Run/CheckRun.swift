import GitProcess
import GitValues
import Settings
import SystemPackage

/// One check, run to its verdict in a worktree that holds the tree.
struct CheckRun: Sendable {
    let check: CheckDefinition
    let variables: [String: String]
    /// The log; attempts after the first are appended.
    let log: String
    /// What lends jobs to the commands of the check, where that is possible.
    let server: JobServer?
    let events: @Sendable (ValidationEvent) -> Void

    /// Runs the check, again after a failure where `retries` allows it.
    ///
    /// A command that is missing (127), a signal or a timeout is not a pass, whatever else happened.
    func run(in worktree: PooledWorktree) async -> (report: CheckReport, leftovers: Int) {
        var report = CheckReport(name: check.name, outcome: .cancelled, log: log)
        var leftovers = 0
        do {
            let output = try OutputLog(path: log)
            defer { output.finish() }
            let name = check.name
            let events = events
            let shell = ["/bin/sh", "-c", check.run]
            let words = check.sandbox ? try Sandbox.words(shell, in: worktree.path) : shell
            var command = ShellCommand(
                words: server?.words(starting: words) ?? words, in: FilePath(worktree.path), environment: variables,
                timeout: check.timeout)
            command.ownsDirectory = true
            for attempt in 1...(check.retries + 1) {
                if Task.isCancelled || Interruption.isRequested { break }
                if attempt > 1 { output.append(Array("\n[attempt \(attempt)]\n".utf8)) }
                let tally = TestTally()
                let outcome = try await command.run(under: worktree.guardian) { bytes in
                    output.append(bytes)
                    tally.take(bytes)
                    events(.output(check: name, bytes))
                }
                leftovers += outcome.leftovers
                report.attempts = attempt
                report.duration = outcome.duration.seconds
                report.cpu = outcome.usage?.cpu
                report.memory = outcome.usage?.memory
                judge(outcome.ending, &report)
                if check.sandbox, report.outcome == .failed, let reason = Sandbox.refusal(output.end) {
                    report.reason = reason
                    break
                }
                if report.outcome == .passed, !check.allowNoTests, tally.foundNoTest {
                    report.outcome = .failed
                    report.reason = "its test runner ran no test"
                    break
                }
                if report.outcome != .failed { break }
            }
        } catch {
            report.outcome = Task.isCancelled ? .cancelled : .failed
            report.reason = (error as? any ProblemReport)?.description ?? "\(error)"
        }
        if report.outcome == .passed && report.attempts > 1 {
            report.outcome = .flaky
            report.reason = "flaky: it passed at attempt \(report.attempts)"
        }
        return (report, leftovers)
    }

    private func judge(_ ending: ShellCommand.Ending, _ report: inout CheckReport) {
        if Interruption.isRequested, ending != .exited(0) {
            // The signal for us was passed on, and reached the check before it was cancelled.
            report.outcome = .cancelled
            report.reason = "interrupted"
            return
        }
        switch ending {
        case .exited(0):
            report.outcome = .passed
            report.exit = 0
            report.reason = nil
        case .exited(let code):
            report.outcome = .failed
            report.exit = code
            report.reason = code == 127 ? "a command was not found" : code == 126 ? "a command cannot be run" : nil
        case .signaled(let number):
            report.outcome = .failed
            report.exit = 128 + number
            report.reason = "ended by signal \(number)"
        case .timedOut:
            report.outcome = .timeout
            report.reason = "over its timeout of \(check.timeout)"
        case .cancelled:
            report.outcome = .cancelled
            report.reason = "interrupted"
        }
    }
}
