import Automerge
import Forge
import GitValues
import PlainRemote
import Settings
import Store

extension ForgeItem {
    /// It is over without landing.
    func end(in store: borrowing Store, _ result: inout PassReport) async throws {
        // It was closed by us; who delivers that says the rest.
        if record.landedIn != nil { return try changePatch(in: store) { $0.state = .closed } }
        if record.comment != nil {
            // Losing the error is right: the page says that it is closed, and the comment only that it would have landed.
            try? await work.tell(patch, &record, forge, ending: "off, it was closed", in: store)
        }
        try store.asOne("cannot record the end of a patch") {
            try changePatch(in: store) { $0.state = .closed }
            try record.change(in: store) { now in
                now.isArmed = false
                now.isAtForge = false
                now.disarmedBecause = "it was closed on the forge"
            }
            try ForgeNews.add(ejection, in: store)
        }
        try tellEjection(in: store, &result)
    }

    /// The line of the log for a patch that is out of the queue.
    private var ejection: EventLog.Entry? {
        EventLog.Entry(.ejected(work.document(of: patch, record.value)), at: work.now())
    }

    /// Somebody else's head ended the arming; `false` when somebody here has asked for something else meanwhile.
    func eject(because reason: String, in store: borrowing Store, _ result: inout PassReport) throws -> Bool {
        let known = record.value
        let isOut = try store.asOne("cannot record the end of the arming") {
            let isOut = try record.change(in: store) { now in
                guard now.wish == known.wish, now.head == known.head else { return false }
                now.isArmed = false
                now.armedAt = nil
                now.disarmedBecause = reason
                return true
            }
            guard isOut else { return false }
            try work.follow(patch.id, in: store)
            try ForgeNews.add(ejection, in: store)
            return true
        }
        if isOut { try tellEjection(in: store, &result) }
        return isOut
    }

    private func tellEjection(in store: borrowing Store, _ result: inout PassReport) throws {
        result.ejected.append(.init(patch: patch.id, reason: record.disarmedBecause ?? "", checks: []))
        try ForgeNews.tell(in: store, by: pass.tell)
    }

    /// It has landed: audited, told, its branch deleted, its issue closed. A kill at any step is made good by the next
    /// pass: until all of it is recorded as one, the patch counts as open.
    func finish(as landed: ObjectID?, in store: borrowing Store, _ result: inout PassReport) async throws {
        let head = record.head
        guard let audit = try await audit(landed, in: store, &result) else { return }
        let parts = try await landedParts(audit, in: store, &result)
        let isUsed = try forge.isBranchUsed(of: pull)
        FaultPoint.reached("forge.finish.audited")
        let words =
            audit.contradictions.first.map { "merged, but wrong: \($0)" }
            ?? audit.untested.first.map { "merged, but past its checks: \($0)" } ?? "done"
        try store.asOne("cannot record the landing") {
            try changePatch(in: store) { now in
                now.state = .landed
                now.landed = landed
                now.url = reference.url
            }
            try record.change(in: store) { now in
                now.isArmed = false
                now.isAtForge = false
                now.ticket = nil
                now.mergeIsUnknown = false
                // Of a head that came meanwhile nothing was compared.
                now.isProven = now.head == head ? audit.provesContent : nil
                now.landedOn = audit.receipt?.base
            }
            if record.comment != nil || record.ownsIssue {
                try Delivery.enqueue(ending: patch, words: words, operation: .make(), in: store)
            }
            if !isUsed { try deleteBranch(of: patch, record.value, in: store) }
            try close(parts, in: store)
            try ForgeNews.add(news(of: audit), in: store)
        }
        FaultPoint.reached("forge.finish.recorded")
        if let receipt = audit.receipt { result.landed.append(receipt) }
        // They were looked at before it landed.
        result.waiting.removeAll { item in parts.contains { $0.patch == item.patch } }
        let kept = "its branch '\(patch.branch)' is kept"
        result.failures += audit.contradictions.map {
            .init(.wrongMerge, "the forge's merge of '\(patch.title)' is wrong: \($0); \(kept)")
        }
        result.failures += audit.untested.map {
            .init(.untestedMerge, "the forge merged '\(patch.title)' past its checks: \($0)")
        }
        if let words = audit.unwritten {
            result.failures.append(
                .init(.noReceipt, "the receipt of '\(patch.title)' is not on the remote: \(words)"))
        }
        if let unknown = audit.unknown {
            result.failures.append(.init(.unprovenMerge, "'\(patch.title)' is merged, but \(unknown); \(kept)"))
        }
        try ForgeNews.tell(in: store, by: pass.tell)
    }

    /// What the audit of a merge finds; `nil` while it is too early to say that the target does not have it.
    private func audit(
        _ landed: ObjectID?, in store: borrowing Store, _ result: inout PassReport
    ) async throws -> ForgeAudit.Finding? {
        let audit = ForgeAudit(self)
        let invisible = try await audit.invisible(landed)
        if invisible == nil, let landed { return try await audit.run(landed) }
        try record.change(in: store) { now in
            if now.mergedAt == nil { now.mergedAt = work.now() }
        }
        if let since = record.mergedAt, work.now().seconds(since: since) < ForgeAudit.patience {
            let words = "it is merged, and '\(patch.target)' does not show it yet"
            result.waiting.append(.init(patch: patch.id, reason: words))
            return nil
        }
        return invisible
    }

    private func news(of audit: ForgeAudit.Finding) -> EventLog.Entry? {
        let problem = audit.contradictions.first ?? audit.untested.first ?? audit.unknown
        let more = problem.map { ", but: \($0)" } ?? ""
        return EventLog.Entry(
            at: work.now(), kind: "landed", target: patch.target, patches: [patch.id], commit: patch.landed,
            text: "landed '\(patch.title)' on '\(patch.target)'\(more)")
    }

    /// Queues the deletion of the branch of a landed patch, when its content is proven to be in the target and no other
    /// patch needs it.
    func deleteBranch(of landed: PatchRecord, _ record: ForgeRecord?, in store: borrowing Store) throws {
        // What is in the target as a part of another patch was proven with that; it goes when it was closed.
        guard let record, record.isProven == true || record.landedIn != nil && landed.state == .closed else { return }
        try work.deleteBranch(of: landed, at: record.head, in: store)
    }
}
