import GitValues
import Settings

/// The checks of one run, in the order of their file, and which of them the change does not concern.
struct Plan: Sendable {
    /// Everything that takes part, needs included; a check with `shards` as its parts.
    let checks: [CheckDefinition]
    /// Names of checks that `path` leaves out.
    let leftOut: Set<String>

    /// Chooses the checks of a request.
    ///
    /// A need of a higher tier comes along, because its dependant cannot run without it. Checks asked for by name run
    /// whatever changed.
    ///
    /// - Throws: `ValidationProblem` when there is no check at all: nothing judged is not passed.
    init(_ request: ValidationRequest, calling revision: String) throws {
        let defined = request.policy.checks
        guard request.policy.hasCommittedFile else { throw ValidationProblem.noCommittedFile(revision) }
        for name in request.only where !defined.contains(where: { $0.name == name }) {
            throw ValidationProblem.unknownCheck(name, known: defined.map(\.name))
        }
        var wanted = Set(request.only)
        if request.only.isEmpty {
            wanted = Set(defined.filter { request.tier.includes($0.tier) }.map(\.name))
        }
        guard !wanted.isEmpty else { throw ValidationProblem.noChecks(tier: request.tier.rawValue) }
        var open = Array(wanted)
        while let name = open.popLast() {
            for need in defined.first(where: { $0.name == name })?.needs ?? [] where wanted.insert(need).inserted {
                open.append(need)
            }
        }
        let whole = defined.filter { wanted.contains($0.name) }
        checks = try Plan.split(whole, only: request.shard)
        guard let changed = request.changed else {
            leftOut = []
            return
        }
        let idle = Set(whole.filter { !request.only.contains($0.name) && !$0.concerns(changed) }.map(\.name))
        leftOut = Set(checks.filter { idle.contains($0.shard?.check ?? $0.name) }.map(\.name))
    }

    /// The reports of the checks that are left out.
    var skips: [String: CheckReport] {
        var skips: [String: CheckReport] = [:]
        for name in leftOut {
            skips[name] = CheckReport(name: name, outcome: .skipped, reason: CheckReport.notConcerned)
        }
        return skips
    }
}
