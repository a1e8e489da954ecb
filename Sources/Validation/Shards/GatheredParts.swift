import GitValues
import Settings

extension CheckReport {
    /// The reports of a run with those of the parts of each check put together; a check of which not all parts are there
    /// stays as the parts that are.
    static func gathered(_ reports: [(report: CheckReport, shard: Shard?)]) -> [CheckReport] {
        var result: [CheckReport] = []
        var rest = reports[...]
        while let first = rest.first {
            let count = first.shard?.count ?? 1
            let group = rest.prefix(count)
            let isWhole =
                count > 1 && group.count == count && group.allSatisfy { $0.shard?.check == first.shard?.check }
            if let check = first.shard?.check, isWhole {
                result.append(CheckReport(of: check, parts: group.map(\.report)))
                rest = rest.dropFirst(count)
            } else {
                result.append(first.report)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// The parts of a check with `shards`, any other by itself.
    package var apart: [CheckReport] { parts ?? [self] }

    /// The parts that stand in the way, any other check by itself.
    package var culprits: [CheckReport] { apart.filter { !$0.isGood && $0.outcome != .skipped } }

    /// Creates the report of a check from those of all its parts: passed only when all of them did.
    ///
    /// Its duration is the sum: the work there is, whoever shared it and whatever was reused.
    init(of check: String, parts: [CheckReport]) {
        func any(_ outcome: Outcome) -> Bool { parts.contains { $0.outcome == outcome } }
        func all(_ outcome: Outcome) -> Bool { parts.allSatisfy { $0.outcome == outcome } }
        let outcome: Outcome =
            any(.failed)
            ? .failed
            : any(.timeout)
                ? .timeout
                : any(.cancelled)
                    ? .cancelled : any(.skipped) ? .skipped : any(.flaky) ? .flaky : all(.cached) ? .cached : .passed
        self.init(name: check, outcome: outcome)
        self.parts = parts
        let durations = parts.compactMap { $0.outcome == .cancelled ? nil : $0.duration }
        if durations.count == parts.count { duration = durations.reduce(0, +) }
        let times = parts.compactMap(\.cpu)
        if times.count == parts.count { cpu = times.reduce(0, +) }
        if !parts.contains(where: { $0.memory == nil }) { memory = parts.compactMap(\.memory).max() }
        attempts = parts.map(\.attempts).max() ?? 0
        let bad = parts.filter { !$0.isGood }
        exit = bad.isEmpty ? parts.compactMap(\.exit).first : bad.first { $0.outcome == outcome }?.exit
        log = bad.first { $0.outcome == outcome }?.log
        let keys = parts.compactMap(\.key)
        if keys.count == parts.count { key = SHA256.hex(Array(keys.joined(separator: " ").utf8)) }
        recorded = all(.cached) ? parts.compactMap(\.recorded).min() : nil
        let origins = Set(parts.map(\.origin))
        if origins.count == 1 { origin = parts.first?.origin }
        reason = CheckReport.reason(parts, outcome, of: check)
    }

    /// What went wrong with which part; the reason itself where all share it.
    private static func reason(_ parts: [CheckReport], _ outcome: Outcome, of check: String) -> String? {
        let named = parts.filter { $0.outcome == outcome && (outcome == .flaky || !$0.isGood) }
        guard let first = named.first else {
            return parts.allSatisfy { $0.outcome == .skipped } ? parts.first?.reason : nil
        }
        if named.count == parts.count, named.allSatisfy({ $0.reason == first.reason }), let reason = first.reason {
            return outcome == .skipped || outcome == .cancelled ? reason : "all \(parts.count) parts: \(reason)"
        }
        let texts = named.prefix(3).map { part in
            let why = part.reason ?? part.exit.map { "exit \($0)" } ?? part.outcome.rawValue
            return "part \(part.name.dropFirst(check.count + 1)): \(why)"
        }
        return texts.joined(separator: "; ") + (named.count > 3 ? "; and \(named.count - 3) more" : "")
    }
}
