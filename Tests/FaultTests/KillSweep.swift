import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// One command in one situation, and how to tell that it is either not begun or complete.
struct Scenario: Sendable {
    var name: String
    var program = "git-patch"
    var arguments: [String]
    /// Makes the situation; the same each time.
    var prepare: @Sendable (TestRepository) async throws -> Void
    /// Whether the command reaches a bare remote beside the repository.
    var hasRemote = false
}

/// Kills a command at its system calls, each time in a fresh repository, and lets the next command recover.
struct KillSweep {
    let scenario: Scenario

    /// The calls to be tried in each scenario; all of them when `GITPATCH_SWEEP` is `all`.
    private static var sample: Int {
        let wish = ProcessInfo.processInfo.environment["GITPATCH_SWEEP"]
        return wish == "all" ? Int.max : wish.flatMap { Int($0) } ?? 4
    }

    private static var seed: UInt64 {
        ProcessInfo.processInfo.environment["GITPATCH_SEED"].flatMap { UInt64($0) } ?? 4
    }

    /// What the sweep compares with: the result of the command when nobody kills it.
    struct Whole: Sendable {
        var shape: String
        var points: [(call: Int, victim: Probe.Victim)]
        var calls: Int
    }

    /// How a killed command is found: not begun, or complete.
    enum End: Sendable { case back, forward, notReached }

    func run(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let whole = try await wholeRun()
        var ends: [End] = []
        await withThrowingTaskGroup(of: End.self) { group in
            for point in whole.points {
                group.addTask {
                    do { return try await attempt(point.call, point.victim, whole) } catch {
                        throw Lost(scenario: scenario.name, call: point.call, victim: point.victim, cause: error)
                    }
                }
            }
            while let result = await group.nextResult() {
                switch result {
                case .success(let end): ends.append(end)
                case .failure(let error): Issue.record(error, sourceLocation: sourceLocation)
                }
            }
        }
        let tried = whole.points.count - ends.count { $0 == .notReached }
        let survived = ends.count { $0 != .notReached }
        print(
            "kill sweep, \(scenario.name): \(whole.calls) calls, \(tried) kills tried, \(survived) survived",
            "(\(ends.count { $0 == .back }) back, \(ends.count { $0 == .forward }) forward)")
        #expect(tried == survived && tried > 0, sourceLocation: sourceLocation)
    }

    /// A kill after which something was not as promised.
    struct Lost: Error, CustomStringConvertible {
        var scenario: String
        var call: Int
        var victim: Probe.Victim
        var cause: any Error
        var description: String { "\(scenario), call \(call), \(victim) killed: \(cause)" }
    }

    /// Runs the command to its end and chooses the calls to try.
    ///
    /// - Parameter failing: numbers only the calls that can fail for want of space.
    func wholeRun(failing: Bool = false) async throws -> Whole {
        try await TestRepository.with { repository in
            try await scenario.prepare(repository)
            let log = repository.scratch.path + "/calls"
            let arguments = try await repository.naming(scenario.arguments)
            let outcome = try await Probe.run(
                repository, scenario.program, arguments,
                failing ? .fail(Int.max, error: "ENOSPC", sticky: false) : .none, log: log)
            guard outcome.command.succeeded else { throw UnexpectedExit(result: outcome.command) }
            let calls = try Probe.calls(in: log)
            let main = calls.first?.process
            var points: [(call: Int, victim: Probe.Victim)] = []
            for number in 1...max(outcome.calls, 1) {
                // The log has no line for the end of a child, so a number may be some calls off: it is only a choice.
                let isChild = number <= calls.count && calls[number - 1].process != main
                let victims: [Probe.Victim] = isChild && !failing ? Probe.Victim.allCases : [.tree]
                points += victims.map { (number, $0) }
            }
            if points.count > KillSweep.sample {
                var generator = SeededGenerator(KillSweep.seed)
                points = Array(points.shuffled(using: &generator).prefix(KillSweep.sample))
            }
            return Whole(
                shape: try await RepositoryState.read(repository).shape, points: points, calls: outcome.calls)
        }
    }

    private func attempt(_ call: Int, _ victim: Probe.Victim, _ whole: Whole) async throws -> End {
        try await TestRepository.with { repository in
            try await scenario.prepare(repository)
            let before = try await RepositoryState.read(repository)
            let arguments = try await repository.naming(scenario.arguments)
            let outcome = try await Probe.run(
                repository, scenario.program, arguments, .kill(call, victim))
            if !outcome.reached { return .notReached }
            let judge = Judge(repository: repository, outcome: outcome, whole: whole.shape)
            switch (scenario.program, scenario.arguments.first) {
            case ("git-automerge", "consolidate"): return try await judge.consolidation()
            case ("git-automerge", _): return try await judge.landing()
            default: return try await judge.local(before, hasRemote: scenario.hasRemote)
            }
        }
    }
}

extension TestRepository {
    /// Puts the id of the one snapshot in the place of its name.
    func naming(_ arguments: [String]) async throws -> [String] {
        guard arguments.contains("SNAPSHOT") else { return arguments }
        let id = try await git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/gitpatch/snapshots")
        return arguments.map { $0 == "SNAPSHOT" ? id : $0 }
    }
}
