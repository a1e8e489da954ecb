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
    private(set) var patch: PatchRecord
    var record: ForgeRecord
    let pull: PullRequest
    let stop: EpochDocument.Stop?

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
        if pull.armingIsVisible { record.isAtForge = pull.isArmed || pull.isQueued || record.ticket != nil }
        if pull.head != record.head { try await headMoved(in: store, acts: acts) }
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
        try record.save(patch.id, in: store)
        guard acts else { return entry }
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
    private func headMoved(in store: borrowing Store, acts: Bool) async throws {
        let isOurs = pull.head == patch.commit
        if isOurs {
            record.pin(pull.head, at: work.now())
            try record.save(patch.id, in: store)
            if acts, record.isAtForge { _ = try work.disarm(patch, &record, forge, in: store) }
            return
        }
        guard acts, record.isArmed else { return }
        record.isArmed = false
        record.armedAt = nil
        record.disarmedBecause = "somebody else pushed \(pull.head.short)"
        try record.save(patch.id, in: store)
        try work.follow(patch, record, in: store)
        if record.isAtForge { _ = try work.disarm(patch, &record, forge, in: store) }
        try await work.tell(patch, &record, forge, in: store)
    }

    private func retarget(from below: PatchRecord, in store: borrowing Store) throws {
        if pull.base != patch.target { try forge.retarget(reference, to: patch.target) }
        patch.stackedOn = nil
        patch.updated = work.now()
        try store.save(patch)
        let isNeeded = try store.patches().contains {
            $0.stackedOn == below.id && $0.state != .closed && $0.state != .landed
        }
        if !isNeeded {
            try Delivery.enqueue(deleteBranchOf: below, commits: [below.commit], operation: .make(), in: store)
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

    /// It is over without landing.
    private func end(in store: borrowing Store, _ result: inout PassReport) async throws {
        patch.state = .closed
        patch.updated = work.now()
        try store.save(patch)
        record.isArmed = false
        record.isAtForge = false
        record.disarmedBecause = "it was closed on the forge"
        try record.save(patch.id, in: store)
        result.ejected.append(.init(patch: patch.id, reason: "it was closed on the forge", checks: []))
    }

    /// It has landed: audited, told, its branch deleted, its issue closed.
    func finish(as landed: ObjectID?, in store: borrowing Store, _ result: inout PassReport) async throws {
        let audit = try await ForgeAudit(self).run(landed)
        patch.state = .landed
        patch.landed = landed
        patch.url = reference.url
        patch.updated = work.now()
        try store.save(patch)
        record.isArmed = false
        record.isAtForge = false
        record.ticket = nil
        record.mergeIsUnknown = false
        try record.save(patch.id, in: store)
        if let receipt = audit.receipt {
            result.landed.append(receipt)
            pass.report(.landed(receipt, titles: [patch.title]))
        }
        result.failures += audit.problems.map { "the forge's merge of '\(patch.title)' is wrong: \($0)" }
        let words = audit.problems.first.map { "merged, but wrong: \($0)" } ?? "done"
        if record.comment != nil || record.ownsIssue {
            try Delivery.enqueue(ending: patch, words: words, operation: .make(), in: store)
        }
        try deleteBranch(in: store)
    }

    /// Queues the deletion of the branch unless another patch or pull request needs it.
    private func deleteBranch(in store: borrowing Store) throws {
        let isBase = try store.patches().contains {
            $0.stackedOn == patch.id && $0.state != .closed && $0.state != .landed
        }
        guard !pull.branchIsUsed, !isBase else { return }
        try Delivery.enqueue(deleteBranchOf: patch, commits: [record.head], operation: .make(), in: store)
    }

    /// Records a failure so that the next look comes at the right time.
    func note(_ failure: ForgeFailure, in store: borrowing Store, _ result: inout PassReport) throws {
        record.attempts += 1
        record.reason = failure.words
        record.notBefore =
            switch failure {
            case .rateLimited(let until, _): until
            default: Backoff.time(afterAttempts: record.attempts, from: work.now())
            }
        if case .unreachable(let words) = failure { result.unreachable = words }
        if case .needsHuman = failure { result.failures.append(failure.words) }
        try record.save(patch.id, in: store)
        result.waiting.append(.init(patch: patch.id, reason: failure.words))
    }
}
