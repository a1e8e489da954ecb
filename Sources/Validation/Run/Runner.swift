import GitProcess
import GitValues
import Settings

/// Runs the checks of a plan that have to be run, side by side as the schedule allows.
struct Runner: Sendable {
    let request: ValidationRequest
    let commit: ObjectID
    let pool: WorktreePool
    let environment = CheckEnvironment()
    /// The folder of this run's logs.
    let logs: String
    let checks: [CheckDefinition]

    /// What came of the checks, and what is odd.
    struct Result: Sendable {
        var reports: [String: CheckReport] = [:]
        var warnings: [String] = []
        /// Checks whose worktree was not the tree's while they ran, so that their passes are not to be kept.
        var disturbed: Set<String> = []
    }

    /// Runs until every check has its report. Cancelling the task ends the running ones and cancels the others.
    ///
    /// - Throws: `ValidationProblem.noWorktree`.
    func run(_ schedule: Schedule) async throws -> Result {
        var result = Result()
        guard !checks.isEmpty else { return result }
        let sharing = checks.filter { !$0.isolated }
        let holding = holding(of: sharing)
        let shared = sharing.isEmpty ? nil : try await lease(holding)
        defer { shared?.release() }
        var watch = SharedWatch()
        try await withThrowingTaskGroup(of: (report: CheckReport, leftovers: Int).self) { group in
            var schedule = schedule
            var isStopping = false
            func start() {
                while !isStopping, !Task.isCancelled, !Interruption.isRequested, let name = schedule.next() {
                    guard let check = checks.first(where: { $0.name == name }) else { continue }
                    if !check.isolated { watch.started(name) }
                    request.events(.started(check: name))
                    group.addTask { try await runOne(check, shared) }
                }
            }
            start()
            while let (report, leftovers) = try await group.next() {
                if leftovers > 0 { result.warnings.append(Runner.leftBehind(report.name, leftovers)) }
                note(report, in: &result)
                if let shared, checks.contains(where: { $0.name == report.name && !$0.isolated }) {
                    let changed = try await shared.restore(holding)
                    watch.finished(report.name, changed: !changed.isEmpty)
                    if !changed.isEmpty { result.warnings.append(Runner.changedFiles(report.name, changed)) }
                }
                let outcome: CheckReport.Outcome = report.outcome == .cancelled ? .cancelled : .skipped
                for dead in schedule.finished(report.name, good: report.isGood) {
                    note(CheckReport(name: dead.name, outcome: outcome, reason: "needs '\(dead.need)'"), in: &result)
                }
                if request.failFast && !report.isGood && !isStopping {
                    isStopping = true
                    group.cancelAll()
                }
                start()
            }
            let reason = isStopping ? "another check failed" : "interrupted"
            for name in schedule.waiting {
                note(CheckReport(name: name, outcome: .cancelled, reason: reason), in: &result)
            }
        }
        if let shared { try await confirm(watch.disturbed, in: shared, &result) }
        return result
    }

    private func note(_ report: CheckReport, in result: inout Result) {
        result.reports[report.name] = report
        request.events(.finished(report))
    }

    /// Runs passes again that happened while another check had changed tracked files: what they saw was not the tree.
    private func confirm(_ names: [String], in shared: PooledWorktree, _ result: inout Result) async throws {
        for name in names where result.reports[name]?.isGood == true {
            guard !Task.isCancelled, let check = checks.first(where: { $0.name == name }) else { continue }
            request.events(.warning("'\(name)' runs again: another check changed files while it ran"))
            let (report, leftovers) = try await runOne(check, shared)
            if leftovers > 0 { result.warnings.append(Runner.leftBehind(name, leftovers)) }
            _ = try await shared.restore(holding(of: checks.filter { !$0.isolated }))
            note(report, in: &result)
        }
    }

    private func runOne(
        _ check: CheckDefinition, _ shared: PooledWorktree?
    ) async throws -> (report: CheckReport, leftovers: Int) {
        guard !check.isolated, let shared else {
            let own = try await lease(holding(of: [check]))
            defer { own.release() }
            return await run(check, in: own)
        }
        return await run(check, in: shared)
    }

    private func run(
        _ check: CheckDefinition, in worktree: PooledWorktree
    ) async -> (report: CheckReport, leftovers: Int) {
        let variables = environment.variables(
            for: check, commit: commit, tree: request.tree, worktree: worktree.path, ceiling: pool.folder)
        let run = CheckRun(
            check: check, variables: variables, log: logs + "/" + Runner.fileName(check.name) + ".log",
            events: request.events)
        return await run.run(in: worktree)
    }

    private func holding(of checks: [CheckDefinition]) -> PooledWorktree.Holding {
        PooledWorktree.Holding(
            commit: commit, tree: request.tree, kept: Set(checks.flatMap(\.cacheDirs)).sorted(),
            conversion: ConversionRules.digest(request.policy))
    }

    private func lease(_ holding: PooledWorktree.Holding) async throws -> PooledWorktree {
        let worktree = try pool.lease(wanting: request.tree)
        try await worktree.hold(holding)
        return worktree
    }

    /// The name of a check as the name of a file.
    static func fileName(_ name: String) -> String {
        let safe = name.unicodeScalars.map { scalar -> Character in
            scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains(scalar))
                ? Character(scalar) : "_"
        }
        let text = String(safe.prefix(60))
        return text == name && text.first != "." ? text : "_\(text)-\(SHA256.hex(Array(name.utf8)).prefix(8))"
    }

    private static func leftBehind(_ name: String, _ count: Int) -> String {
        "check '\(name)' left \(count == 1 ? "a process" : "\(count) processes") running; ended"
    }

    private static func changedFiles(_ name: String, _ paths: [[UInt8]]) -> String {
        let first = paths.prefix(3).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
        let more = paths.count > 3 ? " and \(paths.count - 3) more" : ""
        return "tracked files changed while check '\(name)' ran: \(first)\(more); they were restored"
    }
}

/// Which checks shared the worktree with one that changed tracked files.
private struct SharedWatch {
    private var running: Set<String> = []
    /// For each running check, the others that ran at some time since it started.
    private var company: [String: Set<String>] = [:]
    private(set) var disturbed: [String] = []

    mutating func started(_ name: String) {
        company[name] = running
        for other in running { company[other]?.insert(name) }
        running.insert(name)
    }

    mutating func finished(_ name: String, changed: Bool) {
        running.remove(name)
        let others = company.removeValue(forKey: name) ?? []
        guard changed else { return }
        // Who changed them cannot be known while others run: all of them saw something else than the tree.
        for other in (others.union([name]).subtracting(others.isEmpty ? [name] : [])).sorted()
        where !disturbed.contains(other) {
            disturbed.append(other)
        }
    }
}
