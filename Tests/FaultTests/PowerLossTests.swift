import Foundation
import SuiteTestSupport
import Testing

/// Reads the order of the calls of a command and looks whether everything was on the disk before something published it.
@Suite(.enabled(if: Probe.isAvailable, "processes cannot be traced here"))
struct PowerLossTests {
    @Test(arguments: [
        "create", "create --stay", "create --return", "create by git", "create with a hook",
        "create, packs put together", "update", "undo", "undo of --return", "restore",
    ])
    func whatIsPublishedIsOnTheDiskBefore(_ name: String) async throws {
        let scenario = try #require(Scenario.all.first { $0.name == name })
        let calls = try await record(scenario)
        let findings = DurabilityRule(calls: calls).findings()
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    /// Where `packed-refs` is not ours to write again, every reference has a file of its own.
    @Test func looseReferencesAreOnTheDisk() async throws {
        let scenario = try #require(Scenario.all.first { $0.name == "create" })
        let calls = try await record(scenario) { repository in
            try repository.write(".git/packed-refs", "# pack-refs with: peeled \n")
        }
        #expect(calls.contains { $0.name == "rename" && $0.target.contains("/.git/refs/heads/patch/") })
        let findings = DurabilityRule(calls: calls).findings() + EndRule(calls: calls).findings
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
        let hasty = calls.filter { $0.name != "fsync" || !$0.path.contains("/refs/heads") }
        #expect(!EndRule(calls: hasty).findings.isEmpty)
    }

    /// The rule must be able to fail: without its calls to synchronise, the very same run breaks it.
    @Test func theRuleFindsWhatIsNotSynchronised() async throws {
        let scenario = try #require(Scenario.all.first { $0.name == "create" })
        let calls = try await record(scenario)
        let careless = calls.filter { !["fsync", "fdatasync"].contains($0.name) || !$0.path.contains("/objects") }
        #expect(!DurabilityRule(calls: careless).findings().isEmpty)
        let hasty = calls.filter { $0.name != "fsync" || !$0.path.contains("/gitpatch/ops/") }
        #expect(!DurabilityRule(calls: hasty).findings().isEmpty)
        let forgetful = calls.filter { $0.name != "fdatasync" || !$0.path.hasSuffix(".sqlite-wal") }
        #expect(!DurabilityRule(calls: forgetful).findings().isEmpty)
    }

    /// What a person was told is done stays done: they go on from it.
    @Test(arguments: ["create", "create --stay", "create --return", "update"])
    func whatIsReportedAsDoneIsOnTheDisk(_ name: String) async throws {
        let scenario = try #require(Scenario.all.first { $0.name == name })
        let calls = try await record(scenario)
        #expect(EndRule(calls: calls).findings.isEmpty, "\(EndRule(calls: calls).findings.joined(separator: "\n"))")
        // The rule must be able to fail.
        let hasty = calls.filter { call in
            call.name != "fsync" || !(call.path.hasSuffix("/.git") || call.path.contains("/refs/heads"))
        }
        #expect(!EndRule(calls: hasty).findings.isEmpty)
        let forgetful = calls.filter { $0.name != "fdatasync" || !$0.path.hasSuffix(".sqlite-wal") }
        #expect(!EndRule(calls: forgetful).findings.isEmpty)
    }

    /// A landing waits for nothing: what it writes here is on the remote too. But no name may come before its content.
    @Test func noNameThatALandingGivesComesBeforeItsContent() async throws {
        let scenario = try #require(Scenario.all.first { $0.name == "landing" })
        let calls = try await record(scenario)
        let rule = OrderRule(calls: calls.filter { $0.process == calls.first?.process })
        #expect(rule.names.contains { $0.contains("/objects/pack/") && $0.hasSuffix(".pack") }, "\(rule.names)")
        #expect(rule.names.contains { $0.contains("/objects/pack/") && $0.hasSuffix(".idx") }, "\(rule.names)")
        #expect(rule.names.count { $0.contains("/refs/gitpatch/") } >= 3, "\(rule.names)")
        #expect(rule.findings.isEmpty, "\(rule.findings.joined(separator: "\n"))")
        // The rule must be able to fail.
        let careless = OrderRule(calls: rule.calls.filter { !OrderRule.settling.contains($0.name) })
        #expect(careless.findings.count >= 6)
    }

    /// Where a landing takes steps, its intent alone knows what is missing: it is waited for, and so is that it is gone.
    @Test func whatWasWrittenDurablyIsForgottenDurably() async throws {
        let scenario = try #require(Scenario.all.first { $0.name == "landing" })
        let atOnce = try await record(scenario)
        let inSteps = try await record(scenario) { repository in
            let remote = try await repository.git("config", "remote.origin.url")
            try await repository.git("--git-dir", remote, "config", "receive.advertiseAtomic", "false")
        }
        let keepingBranches = try await record(scenario) { repository in
            let remote = try await repository.git("config", "remote.origin.url")
            try await repository.git("--git-dir", remote, "config", "receive.denyDeletes", "true")
        }
        /// How often the store's log is waited for once the last reference has moved here.
        func waits(_ calls: [Probe.Call]) throws -> Int {
            let own = calls.filter { $0.process == calls.first?.process }
            let last = try #require(own.lastIndex { $0.name == "rename" && $0.target.contains("/refs/gitpatch/") })
            return own[last...].count { OrderRule.settling.contains($0.name) && $0.path.hasSuffix(".sqlite-wal") }
        }
        #expect(try waits(inSteps) == waits(atOnce) + 1)
        #expect(try waits(keepingBranches) == waits(atOnce) + 1)
    }

    private func record(
        _ scenario: Scenario, _ change: (TestRepository) async throws -> Void = { _ in }
    ) async throws -> [Probe.Call] {
        try await TestRepository.with { repository in
            try await scenario.prepare(repository)
            try await change(repository)
            let log = repository.scratch.path + "/calls"
            let arguments = try await repository.naming(scenario.arguments)
            let outcome = try await Probe.run(repository, scenario.program, arguments, log: log)
            guard outcome.command.succeeded else { throw UnexpectedExit(result: outcome.command) }
            return try Probe.calls(in: log)
        }
    }
}

/// That the content of an object or reference has left for the disk before it gets its name.
struct OrderRule {
    let calls: [Probe.Call]
    /// The names that were given.
    private(set) var names: [String] = []
    private(set) var findings: [String] = []

    static let settling = ["fsync", "fdatasync", "sync_file_range"]

    init(calls: [Probe.Call]) {
        self.calls = calls
        var dirty: Set<String> = []
        for call in calls where call.result >= 0 {
            switch call.name {
            case "write", "pwrite64", "writev", "pwritev", "ftruncate": dirty.insert(call.path)
            case _ where OrderRule.settling.contains(call.name): dirty.remove(call.path)
            case "rename", "link":
                guard call.target.contains("/.git/objects/") || call.target.contains("/.git/refs/") else { break }
                names.append(call.target)
                if dirty.contains(call.path) { findings.append("'\(call.target)' is named before its content") }
            default: break
            }
        }
    }
}

/// That new names of references, HEAD and index, and the end of the operation, are on the disk when a command is over.
struct EndRule {
    private(set) var findings: [String] = []

    init(calls: [Probe.Call]) {
        var names: [String: String] = [:]
        var isLogDirty = false
        for call in calls where call.result >= 0 {
            let isLog = call.path.hasSuffix(".sqlite-wal")
            switch call.name {
            case "write", "pwrite64", "writev", "pwritev": if isLog { isLogDirty = true }
            case "fsync", "fdatasync":
                if isLog { isLogDirty = false }
                names[call.path] = nil
            case "rename":
                guard call.publishes else { break }
                names[String(call.target.prefix(upTo: call.target.lastIndex(of: "/") ?? call.target.endIndex))] =
                    call.target
            // Git may tidy up again: the operation is over.
            case "unlink" where call.path.hasSuffix(".keep") && isLogDirty:
                findings.append("the end is not in the store's log before '\(call.path)' goes")
            default: break
            }
        }
        findings += names.values.sorted().map { "the name '\($0)' is not waited for" }
    }
}

extension Probe.Call {
    /// Whether the call makes a reference, HEAD or the index have its new value.
    fileprivate var publishes: Bool {
        guard name == "rename" || name == "link", !target.hasSuffix(".lock") else { return false }
        let isReference = target.contains("/.git/refs/") && path.hasSuffix(".lock")
        return isReference || ["/.git/packed-refs", "/.git/HEAD", "/.git/index"].contains { target.hasSuffix($0) }
    }
}

/// What must be durable at which moment.
///
/// A call that moves a reference, HEAD or the index publishes objects and the files of the operation: their bytes and
/// their names, up to the folder that was there before the command, must have been synchronised since they last changed.
struct DurabilityRule {
    let calls: [Probe.Call]

    func findings() -> [String] {
        var dirtyFiles: Set<String> = []
        // A folder whose list of names has changed since it was synchronised, with a name that matters in it.
        var dirtyFolders: [String: String] = [:]
        var findings: [String] = []
        for call in calls where call.result >= 0 {
            let folder = parent(call.path)
            if call.publishes {
                findings += dirtyFiles.filter(matters).map {
                    "'\($0)' is not synchronised before \(call.name) to '\(call.target)'"
                }
                findings += dirtyFolders.filter { matters($0.value) }.map {
                    "the name '\($0.value)' is not synchronised before \(call.name) to '\(call.target)'"
                }
            }
            switch call.name {
            case "create", "mkdir", "symlink":
                dirtyFolders[folder] = call.path
            case "write", "pwrite64", "writev", "pwritev", "ftruncate": dirtyFiles.insert(call.path)
            case "fsync", "fdatasync":
                dirtyFiles.remove(call.path)
                dirtyFolders[call.path] = nil
            case "rename", "link":
                if dirtyFiles.contains(call.path) { dirtyFiles.insert(call.target) }
                if call.name == "rename" { dirtyFiles.remove(call.path) }
                dirtyFolders[parent(call.target)] = call.target
            case "unlink":
                dirtyFiles.remove(call.path)
                // A temporary name that came and went leaves nothing to be lost.
                if dirtyFolders[folder] == call.path { dirtyFolders[folder] = nil }
            default: break
            }
        }
        return findings
    }

    /// Objects, the log of the store, and what recovery and undo need; scratch files, locks and the store's other files are
    /// not published.
    private func matters(_ path: String) -> Bool {
        guard let inside = path.range(of: "/.git/").map({ path[$0.upperBound...] }) else { return false }
        // What keeps git from tidying up counts while the command runs only.
        if inside.hasPrefix("objects") { return !inside.contains("tmp_") && !inside.hasSuffix(".keep") }
        if inside == "gitpatch/packs" { return false }  // Lost, it harms nothing.
        guard inside.hasPrefix("gitpatch") else { return false }
        if inside == "gitpatch/store.sqlite-wal" { return true }
        return !["/scratch", "record.json", "/lock", "store.sqlite", "at-work", ".lock", "/delivery"].contains {
            inside.contains($0)
        }
    }

    private func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path
    }
}
