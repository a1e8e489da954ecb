package import GitValues
package import PlainRemote

/// What a server said no to, and when to ask again.
package struct ServerRefusal: Hashable, Sendable, Codable {
    package var words: String
    /// The head it was about; another head starts anew.
    package var head: ObjectID
    package var attempts: Int
    package var notBefore: Timestamp
    /// Whether other patches were in the same candidate, so that this one may not be to blame.
    package var wasBatch: Bool
}

/// A patch that was red on a target that is red by itself, and when it is looked at again.
package struct RedTarget: Hashable, Sendable, Codable {
    package var head: ObjectID
    package var base: ObjectID
    package var checks: [String]
    package var attempts: Int
    package var notBefore: Timestamp
}

/// The patch below one, while it has not landed.
package enum PatchBelow: Sendable {
    case known(PatchDocument)
    /// It landed, and its last head, behind which this patch starts, is no commit here.
    case gone(ObjectID)
    /// The remote has no record of it that can be read: it was taken back, never delivered, or never meant to be.
    case unknown(RecordID, title: String?, words: String)
}

/// What the gates of one patch are judged by.
package struct GateContext: Sendable {
    package var now: Timestamp
    package var fence: RemoteState.Fence
    /// The local stop of this worker, which may not have reached the remote yet.
    package var localStop: EpochDocument.Stop?
    package var targetExists: Bool
    /// `nil` when the target does not exist.
    package var policy: TargetPolicy?
    package var below: PatchBelow?
    /// A commit the patch builds on that the target had once and has no more.
    package var removedBase: ObjectID?
    package var refusal: ServerRefusal?
    /// That the patch was red on the target as it is, and the target without it, too.
    package var redTarget: RedTarget?
    /// Who made any of what would land: their approval is one of their own work.
    package var makers: [Person] = []
}

extension QueueEntry {
    /// Judges every gate of a patch; pure, so that `status`, `explain` and the worker cannot disagree.
    package static func judge(_ patch: PatchDocument, _ context: GateContext) -> QueueEntry {
        let (target, afterRed) = target(patch, context)
        var gates = [armed(patch), target, stop(context), draft(patch)]
        gates += [stack(patch, context), base(patch, context)].compactMap { $0 }
        var notBefore: Timestamp?
        if let policy = context.policy {
            let (gate, due) = delay(patch, policy, context.now)
            gates += [gate, approvals(patch, policy, context.makers), checks(patch, policy)]
            notBefore = due
        }
        if let afterRed { notBefore = max(notBefore ?? afterRed, afterRed) }
        if let refusal = context.refusal, refusal.head == patch.head {
            let waits = refusal.notBefore > context.now
            gates.append(Gate(.server, waits ? .waiting : .passed, "the server refused it: \(refusal.words)"))
            if waits { notBefore = max(notBefore ?? refusal.notBefore, refusal.notBefore) }
        }
        var entry = QueueEntry(document: patch, gates: gates, notBefore: notBefore)
        entry.isFlawOfTarget = context.policy?.undefinedChecks(of: patch).isEmpty != false
        return entry
    }

    private static func armed(_ patch: PatchDocument) -> Gate {
        switch patch.state {
        case .armed: Gate(.armed, .passed, "auto-merge is on" + (patch.queuedAt.map { " since \($0)" } ?? ""))
        case .queued: Gate(.armed, .waiting, "auto-merge is off; git automerge enable \(patch.id.short)")
        case .ejected:
            Gate(
                .armed, .failed,
                "taken out of the queue: \(patch.reason ?? "no reason was written"); \(wayBack(of: patch))")
        case .landed, .closed: Gate(.armed, .failed, "it is \(patch.state.rawValue)")
        }
    }

    /// What puts a patch back into the queue: one that conflicts must be mended first, or it would only be ejected again.
    private static func wayBack(of patch: PatchDocument) -> String {
        let command = "git automerge enable \(patch.id.short)"
        guard patch.conflictsAt == patch.head else { return command }
        return "merge '\(patch.target)' into '\(patch.branch)', or rebase it, and push, then \(command)"
    }

    /// Whether there is a target to land on, and when it is looked at again while it is red by itself.
    private static func target(_ patch: PatchDocument, _ context: GateContext) -> (Gate, Timestamp?) {
        guard context.targetExists else {
            return (Gate(.target, .failed, "the remote has no branch '\(patch.target)'"), nil)
        }
        guard let red = context.redTarget, red.head == patch.head else {
            return (Gate(.target, .passed, "'\(patch.target)' exists"), nil)
        }
        let checks = red.checks.joined(separator: ", ")
        let words = "'\(patch.target)' itself is red at \(red.base.short): \(checks); what mends it lands first"
        guard red.notBefore > context.now else { return (Gate(.target, .passed, words), nil) }
        return (Gate(.target, .waiting, words), red.notBefore)
    }

    private static func stop(_ context: GateContext) -> Gate {
        guard let stop = context.fence.stopped ?? context.localStop else {
            return Gate(.stop, .passed, "nobody stopped it")
        }
        return Gate(.stop, .waiting, "stopped by \(stop.by) at \(stop.at): \(stop.reason)")
    }

    private static func draft(_ patch: PatchDocument) -> Gate {
        patch.draft
            ? Gate(.draft, .waiting, "it is a draft; git automerge enable \(patch.id.short)")
            : Gate(.draft, .passed, "it is no draft")
    }

    /// What a patch carries of the one below must not land by its way: unknown is as good as not landed.
    private static func stack(_ patch: PatchDocument, _ context: GateContext) -> Gate? {
        let hint = "; git automerge enable \(patch.id.short) --unstack lands it all the same, with that one's commits"
        switch context.below {
        case nil: return nil
        case .known(let below):
            let words = "it is stacked on '\(below.title)' (\(below.id.short)), which is \(below.state.rawValue)"
            return below.state == .closed ? Gate(.stack, .failed, words + hint) : Gate(.stack, .waiting, words)
        case .gone(let start):
            let words = "its own change starts behind \(start.short), which is not to be had any more"
            let way =
                "; on its branch, 'git merge' what '\(patch.target)' has, 'git revert' the commit that took it back, and"
                + " push"
            return Gate(.stack, .failed, words + (patch.landed == nil ? hint : way))
        case .unknown(let id, let title, let words):
            let name = title.map { "'\($0)' (\(id.short))" } ?? "patch \(id.short)"
            return Gate(.stack, .waiting, "it is stacked on \(name), \(words)\(hint)")
        }
    }

    private static func base(_ patch: PatchDocument, _ context: GateContext) -> Gate? {
        guard let commit = context.removedBase else { return nil }
        return Gate(.base, .failed, "it builds on \(commit.short), which was removed from '\(patch.target)'")
    }

    private static func delay(
        _ patch: PatchDocument, _ policy: TargetPolicy, _ now: Timestamp
    ) -> (Gate, Timestamp?) {
        let delay = policy.delay(of: patch)
        let start = max(patch.headSince, patch.queuedAt ?? patch.headSince)
        let due = start.adding(seconds: delay.seconds)
        guard delay.seconds > 0 else { return (Gate(.delay, .passed, "none is set"), nil) }
        guard due > now else { return (Gate(.delay, .passed, "\(delay) since \(start) are over"), nil) }
        let rest = TimeSpan(seconds: due.seconds(since: now))
        return (Gate(.delay, .waiting, "\(rest) of \(delay) are left"), due)
    }

    private static func approvals(
        _ patch: PatchDocument, _ policy: TargetPolicy, _ makers: [Person]
    ) -> Gate {
        let needed = policy.approvals(of: patch)
        var seen: Set<String> = []
        let counted = patch.approvalsGiven.filter { approval in
            approval.head == patch.head && policy.mayApprove(approval.by)
                && patch.author.map { !approval.by.isSamePerson(as: $0) } == true
                && !makers.contains { approval.by.isSamePerson(as: $0) }
                && seen.insert(approval.by.mail.lowercased()).inserted
        }
        if needed == 0 { return Gate(.approvals, .passed, "none is needed") }
        let names = counted.isEmpty ? "" : ": " + counted.map(\.by.name).joined(separator: ", ")
        return Gate(
            .approvals, counted.count >= needed ? .passed : .waiting,
            "\(counted.count) of \(needed) approvals for this head\(names)")
    }

    private static func checks(_ patch: PatchDocument, _ policy: TargetPolicy) -> Gate {
        let required = policy.requiredChecks(of: patch)
        let own = policy.undefinedChecks(of: patch)
        if let flaw = policy.flaw(in: required.filter { !own.contains($0) }), policy.problem != nil || own.isEmpty {
            return Gate(.checks, .failed, flaw)
        }
        // That one patch asks for what nobody knows keeps no other one waiting.
        if !own.isEmpty {
            let names = own.map { "'\($0)'" }.joined(separator: ", ")
            let words = "it asks for check \(names), which '\(patch.target)' does not define"
            let way = "git automerge enable \(patch.id.short) --require-check NAME"
            return Gate(.checks, .failed, "\(words); name one that it does: \(way)")
        }
        if required.isEmpty { return Gate(.checks, .passed, "none is expected") }
        return Gate(.checks, .waiting, "\(required.joined(separator: ", ")) will run on the merged result")
    }
}
