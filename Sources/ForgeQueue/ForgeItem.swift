import Automerge
import Forge
import GitProcess
import GitValues
import PlainRemote
import Settings
import Store

/// One patch in one pass.
final class ForgeItem {
    let pass: ForgePass
    let forge: any Forge
    var patch: PatchRecord
    var record: ForgeRecord
    let pull: PullRequest
    let stop: EpochDocument.Stop?
    /// What was wished when the record was read or written last.
    private var known: ForgeRecord.Wish

    var work: ForgeWork { pass.work }
    var reference: PullReference { pull.reference }

    init(
        _ pass: ForgePass, _ forge: any Forge, _ patch: PatchRecord, _ record: ForgeRecord, _ pull: PullRequest,
        stop: EpochDocument.Stop?
    ) {
        self.pass = pass
        self.forge = forge
        self.patch = patch
        self.record = record
        self.pull = pull
        self.stop = stop
        known = record.wish
    }

    /// Saves the record; what a command of another process has asked for meanwhile counts.
    func keep(in store: borrowing Store) throws {
        try store.asOne("cannot record what the forge said") {
            if let wish = try ForgeRecord.read(patch.id, in: store)?.wish, wish != known { record.wish = wish }
            try record.save(patch.id, in: store)
        }
        known = record.wish
    }

    /// Follows what became of the pull request and takes the next step; the entry of a patch that is still open.
    func advance(in store: borrowing Store, acts: Bool, _ result: inout PassReport) async throws -> QueueEntry? {
        switch pull.state {
        case .merged:
            if acts { try await finish(as: pull.merged, in: store, &result) }
            return nil
        case .closed:
            if acts { try end(in: store, &result) }
            return nil
        case .open: break
        }
        if pull.armingIsVisible { record.isAtForge = pull.isArmed || pull.isQueued || record.ticket != nil }
        if pull.head != record.head { try await headMoved(in: store, acts: acts, &result) }
        if acts, record.isAtForge, stop != nil || pull.isDraft || !record.isArmed {
            // Before anything is read that may fail: these hold whatever the rest says.
            _ = try work.disarm(patch, &record, forge, in: store)
        }
        let policy = try await work.policy(of: patch.target, remote: record.remote)
        var rules = pull.rules
        if record.isArmed {
            let active = try forge.rules(of: pull.base)
            rules.checks.formUnion(active.checks)
            rules.approvals = max(rules.approvals, active.approvals)
            rules.queue = rules.queue || active.queue
        }
        var below: PatchRecord?
        if let id = patch.stackedOn { below = try store.patch(id) }
        if let below, below.state == .landed, acts { try retarget(from: below, in: store) }
        let document = work.document(of: patch, record)
        var pull = pull
        if pull.mergeable == .unknown, !pull.isMerging, try await conflictsHere() { pull.mergeable = .no }
        let situation = ForgeSituation(
            patch: document, record: record, pull: pull, policy: policy, rules: rules, stop: stop,
            below: below.flatMap { $0.state == .landed ? nil : work.document(of: $0, record) }, now: work.now())
        let entry = QueueEntry.judge(situation)
        remember(entry)
        try keep(in: store)
        guard acts else { return record.isAtForge ? entry.atForge(isUnderWay: record.ticket != nil) : entry }
        if record.isAtForge && mustBeTakenBack(entry) {
            _ = try work.disarm(patch, &record, forge, in: store)
        }
        guard entry.isDue else {
            if record.isArmed {
                result.waiting.append(.init(patch: patch.id, reason: entry.firstObstacle?.evidence ?? "it waits"))
            }
            return entry
        }
        if record.isAtForge && record.ticket == nil && !record.mergeIsUnknown {
            result.waiting.append(.init(patch: patch.id, reason: "the forge merges it by itself"))
            return entry
        }
        try await merge(policy, rules, document, in: store, &result)
        return entry
    }

    /// Whether what the forge was told no longer holds: a stop, a draft, a new head, a red check, a delay that starts
    /// anew.
    private func mustBeTakenBack(_ entry: QueueEntry) -> Bool {
        entry.gates.contains { gate in
            switch gate.name {
            case .armed, .stop, .draft, .delay, .approvals, .base, .stack: gate.state != .passed
            // The forge waits for the checks it demands itself; one that only we demand may turn red without it caring.
            case .checks: gate.state == .failed
            case .target, .server: false
            }
        }
    }

    /// A head that nobody here pushed ends the arming; one of ours is pinned anew by its own request.
    private func headMoved(in store: borrowing Store, acts: Bool, _ result: inout PassReport) async throws {
        let isOurs = pull.head == patch.commit
        if isOurs {
            record.pin(pull.head, at: work.now())
            try keep(in: store)
            if acts, record.isAtForge { _ = try work.disarm(patch, &record, forge, in: store) }
            return
        }
        guard acts, record.isArmed else { return }
        try eject(because: "somebody else pushed \(pull.head.short)", in: store, &result)
        if record.isAtForge { _ = try work.disarm(patch, &record, forge, in: store) }
        try await work.tell(patch, &record, forge, in: store)
    }

    private func retarget(from below: PatchRecord, in store: borrowing Store) throws {
        if pull.base != patch.target { try forge.retarget(reference, to: patch.target) }
        patch.stackedOn = nil
        patch.updated = work.now()
        try store.asOne("cannot record the new target of a patch") {
            try store.save(patch)
            try deleteBranch(of: below, try ForgeRecord.read(below.id, in: store), in: store)
        }
    }

    private func remember(_ entry: QueueEntry) {
        var checks: [String: String] = [:]
        for check in pull.checks { checks[check.name] = check.state.rawValue }
        var reviews: [String: String] = [:]
        for review in pull.reviews {
            reviews[review.by] = review.approves ? "approves" : review.rejects ? "rejects" : "-"
        }
        let awaited = entry.gates.filter { $0.state != .passed && $0.name != .armed }.map(\.evidence)
        record.seen = .init(at: work.now(), checks: checks, reviews: reviews, awaited: awaited, wasDraft: pull.isDraft)
    }

    /// Records a failure so that the next look comes at the right time.
    func note(_ failure: ForgeFailure, in store: borrowing Store, _ result: inout PassReport) throws {
        let isNew = record.reason != failure.words
        record.attempts += 1
        record.reason = failure.words
        record.notBefore =
            switch failure {
            case .rateLimited(let until, _): until
            default: Backoff.time(afterAttempts: record.attempts, from: work.now())
            }
        if case .unreachable(let words) = failure { result.unreachable = words }
        if case .needsHuman = failure { result.failures.append(failure.words) }
        try keep(in: store)
        result.waiting.append(.init(patch: patch.id, reason: failure.words))
        if isNew, failure.isRefusal, let entry = news(of: failure) { pass.tell(entry) }
    }

    private func news(of failure: ForgeFailure) -> EventLog.Entry? {
        EventLog.Entry(.refused(target: patch.target, words: "\(failure.words) ('\(patch.title)')"), at: work.now())
    }
}
