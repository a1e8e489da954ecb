import GitValues
import HookInput
import Settings
import Store

/// Recorded verdicts under their keys. Passes are reused; failures are only told about.
struct VerdictCache: ~Copyable {
    private let store: Store
    private let directory: String

    /// Opens the verdicts of a repository.
    init(_ directory: String) throws {
        store = try Store.open(directory: directory)
        self.directory = directory
    }

    /// The report of a recorded pass; `nil` when there is none, or passes of the check are not trusted now.
    ///
    /// - Parameter others: whether one counts that came from a shared cache.
    func pass(_ key: CheckKey, fromOthers others: Bool) throws -> CheckReport? {
        guard let verdict = try store.verdict(key.hex), verdict.passed, others || !RemoteCache.isOrigin(verdict.origin),
            try Quarantine.of(key, store) == nil
        else { return nil }
        try store.noteUse(ofVerdict: key.hex)
        return CheckReport(
            name: verdict.check, outcome: .cached, duration: verdict.duration, exit: verdict.exitCode,
            log: path(of: verdict.log), key: key.hex, origin: verdict.origin, recorded: verdict.recorded)
    }

    /// Records a pass that a shared cache has, and reports it; `nil` when it has none.
    func adopt(_ check: CheckDefinition, _ key: CheckKey, from remote: RemoteCache) throws -> CheckReport? {
        let log = "\(directory)/logs/shared-\(key.hex.prefix(16))/\(LogName.of(check.name))"
        guard var verdict = remote.pass(check, key, log: log) else { return nil }
        verdict.log = verdict.log.map { String($0.dropFirst(directory.count + 1)) }
        try store.setFact("key/\(key.hex)", to: try JSONText.encode(key))
        try store.save(verdict)
        return try pass(key, fromOthers: true)
    }

    /// Whether passes under a key are not trusted now.
    func isQuarantined(_ key: CheckKey) throws -> Bool { try Quarantine.of(key, store) != nil }

    /// Forgets all that is recorded of a check, what the hook helper knows included, and keeps a note.
    func distrust(_ check: String, _ fact: String, _ note: String) throws {
        try store.setFact(fact, to: note)
        try store.forget(verdictsOf: check)
        VerdictFile.removeAll(from: directory)
    }

    /// The report of a failure recorded at or after a time; `nil` when there is none.
    func failure(_ key: CheckKey, since time: Timestamp) throws -> CheckReport? {
        guard let verdict = try store.verdict(key.hex), !verdict.passed, verdict.recorded >= time else { return nil }
        return CheckReport(
            name: verdict.check, outcome: .failed, duration: verdict.duration, exit: verdict.exitCode,
            log: path(of: verdict.log), key: key.hex)
    }

    /// Records how a run ended, and forgets an older verdict that it contradicts.
    ///
    /// Kept are plain passes and plain failures. What was flaky, timed out or was ended by a signal says nothing about
    /// the content.
    ///
    /// - Parameter origin: who had it run, for people.
    func record(_ report: CheckReport, _ key: CheckKey, tree: ObjectID, origin: String) throws {
        let isPlainFailure = report.outcome == .failed && report.exit.map { (1...125).contains($0) } ?? false
        // What the hook helper was told may rest on the pass that is contradicted here.
        if report.outcome != .passed, report.outcome != .cancelled, try store.verdict(key.hex)?.passed == true {
            VerdictFile.removeAll(from: directory)
        }
        guard report.outcome == .passed || isPlainFailure else {
            if report.outcome != .cancelled { try forget(key) }
            return
        }
        let log = report.log.flatMap { $0.hasPrefix(directory + "/") ? String($0.dropFirst(directory.count + 1)) : nil }
        try store.setFact("key/\(key.hex)", to: try JSONText.encode(key))
        try store.save(
            VerdictRecord(
                key: key.hex, check: report.name, tree: tree, passed: report.outcome == .passed,
                exitCode: report.exit ?? 0, duration: report.duration ?? 0, log: log, recorded: .now(),
                origin: origin))
    }

    /// Forgets a verdict and its key.
    func forget(_ key: CheckKey) throws {
        try store.forget(verdict: key.hex)
        try store.setFact("key/\(key.hex)", to: nil)
    }

    /// Where a log lies; `nil` when it has been removed since.
    private func path(of log: String?) -> String? {
        log.map { directory + "/" + $0 }.flatMap { Files.kind($0) == .file ? $0 : nil }
    }
}
