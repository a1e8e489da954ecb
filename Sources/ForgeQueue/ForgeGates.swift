import Automerge
import Forge
import GitValues
import PlainRemote
import Settings
import Store

/// What the gates of a patch on a forge are judged by.
struct ForgeSituation {
    var patch: PatchDocument
    var record: ForgeRecord
    var pull: PullRequest
    var policy: TargetPolicy
    var rules: BranchRules
    var stop: EpochDocument.Stop?
    /// Why it is not known whether somebody stopped it.
    var unread: String?
    /// The combined patch that it lands with.
    var whole: PatchRecord?
    /// Why a combined patch must not land with a member it has.
    var member: String?
    var below: PatchDocument?
    var now: Timestamp
}

extension QueueEntry {
    /// Judges every gate of a patch on a forge; pure, so that `status` and the worker cannot disagree.
    static func judge(_ situation: ForgeSituation) -> QueueEntry {
        let (patch, pull) = (situation.patch, situation.pull)
        var gates: [Gate] = [
            armed(patch, situation.record), Gate(.target, .passed, "'\(patch.target)' exists"),
            stopped(situation.stop, unread: situation.unread),
            pull.isDraft ? Gate(.draft, .waiting, "it is a draft") : Gate(.draft, .passed, "it is no draft"),
        ]
        if let below = situation.below {
            gates.append(
                Gate(
                    .stack, below.state == .closed ? .failed : .waiting,
                    "it is stacked on '\(below.title)' (\(below.id.short)), which is \(below.state.rawValue)"))
        }
        if let whole = situation.whole {
            gates.append(Gate(.stack, .waiting, "it lands as a part of '\(whole.title)' (\(whole.id.short))"))
        }
        if let words = situation.member { gates.append(Gate(.stack, .waiting, words)) }
        if pull.head != patch.head {
            gates.append(Gate(.base, .failed, "its head is \(pull.head.short), not \(patch.head.short) as agreed"))
        }
        let (delay, due) = delay(situation)
        gates += [delay, approvals(situation), checks(situation), server(situation)]
        var entry = QueueEntry(document: patch, gates: gates, notBefore: due)
        entry.checksRunElsewhere = true
        return entry
    }

    /// The entry of a patch whose pull request cannot be looked at: what was seen last, and why nothing newer is known.
    static func recalled(
        _ patch: PatchDocument, _ record: ForgeRecord, stop: EpochDocument.Stop?, because reason: String
    ) -> QueueEntry {
        var gates = record.pull == nil ? [stopped(stop)] : [armed(patch, record), stopped(stop)]
        if let seen = record.seen, !seen.awaited.isEmpty {
            gates.append(Gate(.checks, .waiting, "\(seen.awaited.joined(separator: ", ")) (seen at \(seen.at))"))
        }
        gates.append(Gate(.server, .waiting, reason))
        var entry = QueueEntry(document: patch, gates: gates, notBefore: record.notBefore)
        entry.checksRunElsewhere = true
        return entry
    }

    /// The same entry of a patch that the forge was told to merge: nothing is left to do here.
    func atForge(isUnderWay: Bool) -> QueueEntry {
        guard isDue else { return self }
        var entry = self
        entry.gates.removeAll { $0.name == .server }
        let words = isUnderWay ? "the forge is merging it" : "the forge merges it by itself, once its own rules are met"
        entry.gates.append(Gate(.server, .waiting, words))
        return entry
    }

    private static func armed(_ patch: PatchDocument, _ record: ForgeRecord) -> Gate {
        if record.isArmed {
            return Gate(.armed, .passed, "auto-merge is on" + (patch.queuedAt.map { " since \($0)" } ?? ""))
        }
        let reason = record.disarmedBecause.map { ": \($0)" } ?? ""
        return Gate(.armed, .waiting, "auto-merge is off\(reason); git automerge enable \(patch.id.short)")
    }

    private static func stopped(_ stop: EpochDocument.Stop?, unread: String? = nil) -> Gate {
        (stop?.words ?? unread).map { Gate(.stop, .waiting, $0) } ?? Gate(.stop, .passed, "nobody stopped it")
    }

    private static func delay(_ situation: ForgeSituation) -> (Gate, Timestamp?) {
        let delay = situation.policy.delay(of: situation.patch)
        let since = situation.patch.headSince
        let start = max(since, situation.patch.queuedAt ?? since)
        let due = start.adding(seconds: delay.seconds)
        guard delay.seconds > 0 else { return (Gate(.delay, .passed, "none is set"), nil) }
        guard due > situation.now else { return (Gate(.delay, .passed, "\(delay) since \(start) are over"), nil) }
        let rest = TimeSpan(seconds: due.seconds(since: situation.now))
        return (Gate(.delay, .waiting, "\(rest) of \(delay) are left"), due)
    }

    private static func approvals(_ situation: ForgeSituation) -> Gate {
        let pull = situation.pull
        let needed = max(situation.policy.approvals(of: situation.patch), situation.rules.approvals)
        let others = pull.reviews.filter { $0.by.lowercased() != pull.author.lowercased() }
        if let veto = pull.veto { return Gate(.approvals, .waiting, veto) }
        let counted = others.filter { $0.approves && $0.counts && $0.head == pull.head }
        if needed == 0 { return Gate(.approvals, .passed, "none is needed") }
        let names = counted.isEmpty ? "" : ": " + counted.map(\.by).joined(separator: ", ")
        let stale = others.filter { $0.approves && $0.head != pull.head }.count
        let old = stale == 0 ? "" : " (\(stale) for an earlier head)"
        return Gate(
            .approvals, counted.count >= needed ? .passed : .waiting,
            "\(counted.count) of \(needed) approvals for this head\(names)\(old)")
    }

    private static func checks(_ situation: ForgeSituation) -> Gate {
        let pull = situation.pull
        if let problem = situation.policy.problem { return Gate(.checks, .failed, problem.description) }
        let named = situation.policy.requiredChecks(of: situation.patch)
        let demanded = situation.rules.checks.filter { !named.contains($0.name) || $0.app != nil }
            .sorted { $0.name < $1.name }
        var waiting: [String] = []
        var failed: [String] = []
        func look(_ name: String, _ app: Int?, mayBeSkipped: Bool) {
            let reports = pull.checks.filter { $0.name == name && (app == nil || $0.app == app) }
            let source = app.map { " from app \($0)" } ?? ""
            if reports.isEmpty {
                let impostor = pull.checks.contains { $0.name == name }
                waiting.append("\(name)\(source) has not reported" + (impostor ? " (only another app has)" : ""))
            }
            for report in reports {
                switch report.state {
                case .passed: continue
                case .pending: waiting.append("\(name) runs")
                case .failed: failed.append("\(name) failed")
                case .skipped, .neutral:
                    if !mayBeSkipped { waiting.append("\(name) was \(report.state.rawValue), which is no pass") }
                }
            }
        }
        for name in named { look(name, nil, mayBeSkipped: false) }
        for check in demanded { look(check.name, check.app, mayBeSkipped: true) }
        if named.isEmpty && demanded.isEmpty {
            let expectsNone = situation.policy.settings[AutomergeKeys.expectNoChecks]
            if pull.checks.isEmpty {
                return expectsNone
                    ? Gate(.checks, .passed, "none is expected")
                    : Gate(
                        .checks, .waiting,
                        "no check has reported at \(pull.head.short); automerge.expectNoChecks says when none will")
            }
            for name in Set(pull.checks.map(\.name)).sorted() { look(name, nil, mayBeSkipped: true) }
            if !expectsNone, failed.isEmpty, waiting.isEmpty, !pull.checks.contains(where: { $0.state == .passed }) {
                waiting.append("every check was skipped")
            }
        }
        if !failed.isEmpty { return Gate(.checks, .failed, failed.joined(separator: ", ")) }
        if !waiting.isEmpty { return Gate(.checks, .waiting, waiting.joined(separator: ", ")) }
        return Gate(.checks, .passed, "\(pull.checks.count) reported, all that count passed")
    }

    private static func server(_ situation: ForgeSituation) -> Gate {
        if let until = situation.record.notBefore, until > situation.now {
            return Gate(.server, .waiting, situation.record.reason ?? "asked again at \(until)")
        }
        if situation.pull.isMerging { return Gate(.server, .waiting, "the forge is merging it") }
        switch situation.pull.mergeable {
        case .no: return Gate(.server, .failed, "it conflicts with '\(situation.pull.base)'")
        case .unknown: return Gate(.server, .waiting, "the forge still computes whether it merges")
        case .yes: return Gate(.server, .passed, "it merges cleanly")
        }
    }
}

extension PullRequest {
    /// Who may write to the repository and said no; `nil` when nobody did.
    var veto: String? {
        let no = reviews.first { $0.rejects && $0.counts && $0.by.lowercased() != author.lowercased() }
        return no.map { "\($0.by) asks for changes" }
    }
}

extension EpochDocument.Stop {
    /// Who stopped it, when and why.
    var words: String { "stopped by \(by) at \(at): \(reason)" }
}
