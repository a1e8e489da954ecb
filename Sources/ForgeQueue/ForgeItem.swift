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
    var record: StoredRecord
    let pull: PullRequest
    let stop: EpochDocument.Stop?
    /// Why it is not known whether the fork it is on is stopped.
    let unread: String?
    /// The fences as they were read last.
    var mark: String?

    var work: ForgeWork { pass.work }
    var reference: PullReference { pull.reference }

    init(
        _ pass: ForgePass, _ forge: any Forge, _ patch: PatchRecord, _ record: StoredRecord, _ pull: PullRequest,
        _ fences: ForgePass.Fences
    ) {
        self.pass = pass
        self.forge = forge
        self.patch = patch
        self.record = record
        self.pull = pull
        stop = fences.stops[patch.target]
        unread = fences.unread
        mark = fences.marks[patch.target]
    }

    /// Changes the patch as the store has it now.
    func changePatch(in store: borrowing Store, _ body: (inout PatchRecord) -> Void) throws {
        if let now = try store.change(patch.id, body) { patch = now }
    }

    /// Follows what became of the pull request and takes the next step; the entry of a patch that is still open.
    func advance(in store: borrowing Store, acts: Bool, _ result: inout PassReport) async throws -> QueueEntry? {
        switch pull.state {
        case .merged:
            if acts { try await finish(as: pull.merged, in: store, &result) }
            return nil
        case .closed:
            if acts { try await end(in: store, &result) }
            return nil
        case .open: break
        }
        if pull.armingIsVisible {
            let isTold = self.pull.isArmed || self.pull.isQueued
            try record.change(in: store) { $0.isAtForge = isTold || $0.ticket != nil }
        }
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
        if let below, try work.isIn(below, store), acts { try retarget(from: below, in: store) }
        let judged = record.value
        let document = work.document(of: patch, judged)
        var pull = pull
        if pull.mergeable == .unknown, !pull.isMerging, try await conflictsHere() { pull.mergeable = .no }
        let landed = try record.landedIn.map { id in
            "it has landed as a part of '\(try store.patch(id)?.title ?? id.short)' and is to be closed"
        }
        let member = try await unfitMember(document, in: store)
        let situation = ForgeSituation(
            patch: document, record: judged, pull: pull, policy: policy, rules: rules, stop: stop,
            // What the forge was told already a stop takes back there, from wherever it is made.
            unread: record.isAtForge ? nil : unread,
            whole: pass.whole(of: patch.id, at: pull.head), member: landed ?? member,
            below: try below.flatMap { try work.isIn($0, store) ? nil : work.document(of: $0, judged) },
            now: work.now())
        let entry = QueueEntry.judge(situation)
        try record.change(in: store) { $0.seen = seen(entry) }
        guard acts else { return record.isAtForge ? entry.atForge(isUnderWay: record.ticket != nil) : entry }
        if record.isAtForge && mustBeTakenBack(entry) {
            _ = try work.disarm(patch, &record, forge, in: store)
        }
        guard entry.isDue else {
            if let words = landed {
                result.waiting.append(.init(patch: patch.id, reason: words))
            } else if record.isArmed {
                result.waiting.append(.init(patch: patch.id, reason: entry.firstObstacle?.evidence ?? "it waits"))
            }
            return entry
        }
        if record.isAtForge && record.ticket == nil && !record.mergeIsUnknown && !mayHaveForgotten {
            result.waiting.append(.init(patch: patch.id, reason: "the forge merges it by itself"))
            return entry
        }
        try await merge(judged, policy, rules, in: store, &result)
        return entry
    }

    /// Whether a forge that does not tell what it was told may not know of it any more: whoever stopped it meanwhile has
    /// taken it back, and what it keeps does not always come. Telling it twice does no harm.
    private var mayHaveForgotten: Bool {
        guard !pull.armingIsVisible else { return false }
        return record.toldUnder != mark || record.askedAt.map { work.now().seconds(since: $0) > 600 } ?? true
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
        // It may have got another commit since the pass began.
        if let now = try store.patch(patch.id) { patch = now }
        let known = record.head
        if pull.head == patch.commit {
            try record.change(in: store) { now in
                // A newer one of ours may have come meanwhile.
                if now.head == known { now.pin(pull.head, at: work.now()) }
            }
            if acts, record.isAtForge { _ = try work.disarm(patch, &record, forge, in: store) }
            return
        }
        // The forge shows an earlier head of ours for a moment, or a later one that nobody has told it of.
        guard acts, record.isArmed, try !Delivery.pushes(ofPatch: patch.id, in: store).contains(pull.head) else {
            return
        }
        let words = "somebody else pushed \(pull.head.short)"
        guard try eject(because: words, in: store, &result) else { return }
        if record.isAtForge { _ = try work.disarm(patch, &record, forge, in: store) }
        try await work.tell(patch, &record, forge, in: store)
    }

    private func retarget(from below: PatchRecord, in store: borrowing Store) throws {
        if pull.base != patch.target { try forge.retarget(reference, to: patch.target) }
        let known = try ForgeRecord.look(below.id, in: store).record
        let page = try known?.pullReference.flatMap { try forge.pullRequest($0) }
        let isUsed = try page.map { try forge.isBranchUsed(of: $0) } ?? false
        try store.asOne("cannot record the new target of a patch") {
            try changePatch(in: store) { $0.stackedOn = nil }
            if !isUsed { try deleteBranch(of: below, known, in: store) }
        }
    }

    /// What this look shows, in words.
    private func seen(_ entry: QueueEntry) -> ForgeRecord.Seen {
        var checks: [String: String] = [:]
        for check in pull.checks { checks[check.name] = check.state.rawValue }
        var reviews: [String: String] = [:]
        for review in pull.reviews {
            reviews[review.by] = review.approves ? "approves" : review.rejects ? "rejects" : "-"
        }
        let awaited = entry.gates.filter { $0.state != .passed && $0.name != .armed }.map(\.evidence)
        return .init(at: work.now(), checks: checks, reviews: reviews, awaited: awaited, wasDraft: pull.isDraft)
    }

    /// Records a failure so that the next look comes at the right time.
    func note(_ failure: ForgeFailure, in store: borrowing Store, _ result: inout PassReport) throws {
        let words = failure.words(thenType: ForgePass.command)
        let isNew = record.reason != words
        try record.change(in: store) { now in
            now.attempts += 1
            now.reason = words
            now.notBefore =
                switch failure {
                case .rateLimited(let until, _): until
                default: Backoff.time(afterAttempts: now.attempts, from: work.now())
                }
        }
        if case .unreachable(let words) = failure { result.unreachable = words }
        result.add(failure)
        result.waiting.append(.init(patch: patch.id, reason: words))
        if isNew, failure.isRefusal, let entry = news(of: failure) { pass.tell(entry) }
    }

    private func news(of failure: ForgeFailure) -> EventLog.Entry? {
        EventLog.Entry(.refused(target: patch.target, words: "\(failure.words) ('\(patch.title)')"), at: work.now())
    }
}
