import Settings

extension Runner {
    /// Where a run stands.
    struct Progress {
        var schedule: Schedule
        let checks: [CheckDefinition]
        let events: @Sendable (ValidationEvent) -> Void
        var reports: [String: CheckReport] = [:]
        /// What is odd, for people.
        var warnings: [String] = []
        /// Checks that ran in the shared worktree, or whose artifacts were put there.
        var here: Set<String> = []
        /// Checks that ran.
        var ran: Set<String> = []
        /// Checks whose verdict is known but that are run because a dependant needs what they make.
        var again: Set<String> = []
        var running: Set<String> = []
        /// Checks that ran while another changed tracked files.
        var disturbed: [String] = []
        /// Whether a check could start but for other runs that use what it needs.
        var isBlocked = false
        /// Whether a task of the run will look again.
        var isRetrying = false
        /// Why nothing is started any more.
        var stop: String?

        /// Whether nothing runs and nothing is about to.
        var isIdle: Bool { running.isEmpty && !(isBlocked && stop == nil) }

        /// Takes a report, and what it means for checks that need this one.
        mutating func finish(_ report: CheckReport) {
            note(report)
            let outcome: CheckReport.Outcome = report.outcome == .cancelled ? .cancelled : .skipped
            for dead in schedule.finished(report.name, good: report.isGood) {
                note(CheckReport(name: dead.name, outcome: outcome, reason: "needs '\(dead.need)'"))
            }
        }

        /// Takes a report and tells it.
        mutating func note(_ report: CheckReport) {
            reports[report.name] = report
            events(.finished(report))
        }

        /// Notes what a check left.
        mutating func tell(_ aftermath: Aftermath, of name: String) {
            if aftermath.leftovers > 0 { warnings.append(Odd.leftBehind(name, aftermath.leftovers)) }
            if let warning = aftermath.warning { warnings.append(warning) }
        }

        /// Notes who may have seen something else than the tree: everyone who ran when it was found changed. One that ran
        /// alone has changed it itself, and saw the tree when it began.
        mutating func disturb(_ name: String) {
            let others = running.filter { other in checks.contains { $0.name == other && !$0.isolated } }
            guard !others.isEmpty else { return }
            for other in others.sorted() + [name] where !disturbed.contains(other) { disturbed.append(other) }
        }
    }
}
