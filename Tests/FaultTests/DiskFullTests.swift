import Foundation
import SuiteTestSupport
import Testing

/// Lets the calls of a command that take space fail, one or all from the N-th on, as a full disk does.
@Suite(.enabled(if: Probe.isAvailable, "processes cannot be traced here"))
struct DiskFullTests {
    @Test(arguments: Scenario.chosen)
    func aFullDiskAtAnyWriteLosesNothing(_ scenario: Scenario) async throws {
        let sweep = KillSweep(scenario: scenario)
        let whole = try await sweep.wholeRun(failing: true)
        var refused = 0
        var tried = 0
        for point in whole.points {
            for sticky in [true, false] {
                do {
                    let outcome = try await attempt(scenario, point.call, sticky: sticky, whole)
                    if outcome == nil { continue }
                    tried += 1
                    if outcome == .back { refused += 1 }
                } catch {
                    Issue.record(
                        "\(scenario.name), call \(point.call), \(sticky ? "all after it" : "only it"): \(error)")
                }
            }
        }
        print(
            "disk full, \(scenario.name): \(whole.calls) calls, \(tried) tried and survived, \(refused) changed nothing"
        )
        #expect(tried > 0)
    }

    private func attempt(
        _ scenario: Scenario, _ call: Int, sticky: Bool, _ whole: KillSweep.Whole
    ) async throws -> KillSweep.End? {
        try await TestRepository.with { repository in
            try await scenario.prepare(repository)
            let before = try await RepositoryState.read(repository)
            let arguments = try await repository.naming(scenario.arguments)
            let outcome = try await Probe.run(
                repository, scenario.program, arguments, .fail(call, error: "ENOSPC", sticky: sticky))
            if !outcome.reached { return nil }
            let judge = Judge(repository: repository, outcome: outcome, whole: whole.shape)
            let code = outcome.command.exitCode
            // SQLite does not pass on the system's reason from every call.
            let isUnnamed = ["disk I/O error", "could not be created"].contains {
                outcome.command.errorOutput.contains($0)
            }
            let text = outcome.command.errorOutput
            // Where a child of git fails, git does not always say why; where it lost one object only, what comes after
            // finds it missing.
            let isOfGit = text.contains(" git ") || (!sticky && ["object", "tree"].contains { text.contains($0) })
            try judge.require([0, 1, 69, 75].contains(code) || (code == 70 && (isUnnamed || isOfGit)), "exit \(code)")
            if code != 0 {
                try judge.require(text.contains("error: "), "no error is shown")
                try judge.require(
                    isOfGit || isUnnamed
                        || ["No space left", "disk is full", "Out of diskspace"].contains { text.contains($0) },
                    "the reason is not named")
            }
            switch (scenario.program, scenario.arguments.first) {
            case ("git-automerge", "consolidate"): return try await judge.consolidation()
            case ("git-automerge", _): return try await judge.landing()
            default: break
            }
            return try await judge.local(before, hasRemote: scenario.hasRemote)
        }
    }
}
