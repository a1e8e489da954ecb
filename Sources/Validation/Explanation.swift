import GitProcess
package import GitValues
import Settings
package import Store

/// Why a check would run or not, what its key is made of, and where it stands in the schedule.
package struct Explanation: Sendable, Codable {
    /// What `git validate` would do with the check now.
    package enum Plan: String, Sendable, Codable {
        /// The recorded pass would be reused.
        case reuse
        case run
        /// `path` leaves it out.
        case skip
    }

    /// One part of the key that differs from the last pass.
    package struct Difference: Sendable, Codable {
        package var part: String
        package var before: String?
        package var now: String?
    }

    /// A recorded verdict.
    package struct Verdict: Sendable, Codable {
        package var passed: Bool
        package var recorded: Timestamp
        package var tree: ObjectID
        package var duration: Double
        package var log: String?
        /// Who had it run, or which cache it was found in.
        package var origin: String?
    }

    package var check: String
    package var plan: Plan
    package var reason: String
    package var key: String?
    /// Name and value of each part of the key; values of variables are digests.
    package var parts: [Difference]
    /// The verdict under this very key.
    package var verdict: Verdict?
    /// The newest pass under another key, and how that differs.
    package var lastPass: Verdict?
    package var differences: [Difference]
    /// Seconds, from history.
    package var expected: Double?
    /// The chain of checks, from the first, that decides how long a whole run takes.
    package var criticalPath: [String]
    /// What would be done with the parts of a check with `shards`; absent for others. The rest then is that of the first
    /// part that would run, or of the first one.
    package var shards: [Part]?
    /// The part that key, verdict and differences are of; absent for a check that is not split.
    package var shown: String?

    /// One part of a check.
    package struct Part: Sendable, Codable {
        package var name: String
        package var plan: Plan
        package var reason: String
        package var expected: Double?
    }
}

/// Explains one check of a request; nothing is run, except tool lines whose answer is not known.
///
/// - Throws: `ValidationProblem.unknownCheck`, and what `validate` throws when nothing can be judged.
package func explain(
    _ name: String, in request: ValidationRequest, calling revision: String, store: borrowing Store
) async throws -> Explanation {
    var request = request
    request.tier = .complete
    let known = request.policy.checks.map(\.name)
    guard known.contains(name) else { throw ValidationProblem.unknownCheck(name, known: known) }
    let ready = try await Preparation.make(request, calling: revision, store)
    defer { ready.workspace.release() }
    let parts = ready.plan.checks.filter { $0.shard?.check == name }.map(\.name)
    let all = try parts.map { try explanation(of: $0, ready, store) }
    guard let first = all.first else { return try explanation(of: name, ready, store) }
    return Explanation(of: name, parts: all, orElse: first)
}

private func explanation(
    of name: String, _ ready: Preparation, _ store: borrowing Store
) throws -> Explanation {
    let location = ready.request.location
    let key = ready.keys[name]
    let verdicts = try store.verdicts(ofCheck: name)
    let own = verdicts.first { $0.key == key?.hex }
    let last = verdicts.first { $0.passed && $0.key != key?.hex }
    var differences: [Explanation.Difference] = []
    if let key, let last, let text = try store.fact("key/\(last.key)"),
        let old = try? JSONText.decode(CheckKey.self, from: text)
    {
        differences = key.differences(from: old).map { part in
            Explanation.Difference(part: part, before: old[part], now: key[part])
        }
    }
    var quarantine: Quarantine?
    if let key { quarantine = try Quarantine.of(key, store) }
    let isLeftOut = ready.plan.leftOut.contains(name)
    let plan: Explanation.Plan = isLeftOut ? .skip : ready.hits[name] != nil ? .reuse : .run
    return Explanation(
        check: name, plan: plan, reason: reason(plan, own, ready.lacks[name], last, differences, quarantine),
        key: key?.hex,
        parts: (key?.parts ?? []).map { Explanation.Difference(part: $0.name, before: nil, now: $0.value) },
        verdict: own.map { Explanation.Verdict($0, location) },
        lastPass: last.map { Explanation.Verdict($0, location) }, differences: differences,
        expected: ready.history.isKnown(name) ? ready.history.expected(name) : nil,
        criticalPath: Schedule.criticalPath(ready.history.items(ready.open)))
}

private func reason(
    _ plan: Explanation.Plan, _ own: VerdictRecord?, _ lack: KeyLack?, _ last: VerdictRecord?,
    _ differences: [Explanation.Difference], _ quarantine: Quarantine?
) -> String {
    switch plan {
    case .skip: return "no path of it changed since the target"
    case .reuse: return "it passed under the same key"
    case .run:
        if let quarantine {
            let age = TimeSpan(seconds: Timestamp.now().seconds(since: quarantine.since))
            return
                "it passed and then failed under one key \(age) ago, so it depends on something it does not declare; "
                + "its passes are not reused until it changes"
        }
        if let lack { return "\(lack.text), so it has no key and runs every time" }
        if own?.passed == false { return "it failed under the same key, and failures are not reused" }
        if last == nil { return "it never passed here" }
        let names = differences.map(\.part).joined(separator: ", ")
        return names.isEmpty
            ? "what its last pass depended on is not known any more" : "changed since its last pass: \(names)"
    }
}

extension CheckKey {
    subscript(part: String) -> String? { parts.first { $0.name == part }?.value }
}

extension Explanation.Verdict {
    init(_ record: VerdictRecord, _ location: RepositoryLocation) {
        let path = record.log.map { location.storeDirectory + "/" + $0 }
        self.init(
            passed: record.passed, recorded: record.recorded, tree: record.tree, duration: record.duration,
            log: path.flatMap { Files.kind($0) == .file ? $0 : nil }, origin: record.origin)
    }
}

extension Schedule {
    /// The names of the longest chain, from the first to start to the last to end.
    static func criticalPath(_ items: [Item]) -> [String] {
        let paths = remainingPaths(items)
        var chain: [String] = []
        var next = items.filter(\.needs.isEmpty)
        while let item = next.max(by: { paths[$0.name] ?? 0 < paths[$1.name] ?? 0 }), chain.count < items.count {
            chain.append(item.name)
            next = items.filter { $0.needs.contains(item.name) }
        }
        return chain
    }
}

extension Explanation {
    /// Creates the explanation of a check from those of its parts.
    fileprivate init(of check: String, parts: [Explanation], orElse first: Explanation) {
        self = parts.first { $0.plan == .run } ?? first
        shards = parts.map { Part(name: $0.check, plan: $0.plan, reason: $0.reason, expected: $0.expected) }
        shown = self.check
        let open = parts.filter { $0.plan == plan }
        if open.count < parts.count {
            reason = "\(open.count) of \(parts.count) parts: \(reason)"
        } else if plan == .run, Set(parts.map(\.reason)).count > 1 {
            reason = "all \(parts.count) parts, for different reasons"
        }
        let times = parts.compactMap(\.expected)
        expected = times.count == parts.count ? times.reduce(0, +) : nil
        self.check = check
    }
}
