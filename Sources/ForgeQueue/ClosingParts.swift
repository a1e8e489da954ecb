import Automerge
import Forge
import GitValues
import PlainRemote
import Settings
import Store

/// The members of a combined patch that landed.
extension ForgeItem {
    /// The members whose change is in what landed, at the heads they still have; the others stay open, and that is said.
    func landedParts(
        _ audit: ForgeAudit.Finding, in store: borrowing Store, _ result: inout PassReport
    ) async throws -> [PatchDocument.Combined] {
        let whole = work.document(of: patch, record.value)
        var parts: [PatchDocument.Combined] = []
        for part in whole.combines ?? [] {
            guard let member = try store.patch(part.patch), CombinePulls.isOpen(member) else { continue }
            var words: String?
            if !audit.provesContent {
                words = "what landed of it is not proven"
            } else if try await !whole.holds(part, target: nil, work.plain(record.remote).objects) {
                words = "its change was taken out of it"
            } else {
                words = try work.staysOpen(
                    member, shown(member, in: store), besides: part.head, target: patch.target, in: store)
            }
            if let words {
                result.waiting.append(
                    .init(patch: member.id, reason: "it stays open after '\(patch.title)' landed: \(words)"))
            } else {
                parts.append(part)
            }
        }
        return parts
    }

    /// The pull request of a member; `nil` when it cannot be seen: then who closes it looks.
    private func shown(_ member: PatchRecord, in store: borrowing Store) throws -> PullRequest? {
        guard let reference = try ForgeRecord.look(member.id, in: store).record?.pullReference else { return nil }
        do throws(ForgeFailure) { return try forge.pullRequest(reference) } catch {
            if case .rateLimited = error { throw error }
            return nil
        }
    }

    /// Queues that members are closed, after which their branches go; part of the caller's transaction.
    func close(_ parts: [PatchDocument.Combined], in store: borrowing Store) throws {
        for part in parts {
            guard let member = try store.patch(part.patch), CombinePulls.isOpen(member) else { continue }
            var (stored, _) = try StoredRecord.look(member.id, in: store)
            try stored?.change(in: store) { $0.landedIn = patch.id }
            let whole = RequestPayload.Whole(
                id: patch.id, title: patch.title, url: reference.url, head: part.head, target: patch.target)
            try Delivery.enqueue(closing: member, with: whole, operation: .make(), in: store)
        }
    }
}

extension ForgeWork {
    /// Why a member is not closed with a combined patch that landed: it has more than landed, or goes elsewhere; `nil` when
    /// it is.
    ///
    /// - Parameters:
    ///   - pull: as the forge shows it; absent when it cannot be seen.
    ///   - combined: the head that landed.
    ///   - target: where that landed.
    func staysOpen(
        _ member: PatchRecord, _ pull: PullRequest?, besides combined: ObjectID, target: String,
        in store: borrowing Store
    ) throws -> String? {
        if let pull, pull.head != combined {
            return "its head is \(pull.head.short) now, and \(combined.short) was combined"
        }
        // A forge shows an earlier head of ours for a moment, and what is on its way not at all.
        let coming = try Delivery.pendingPushes(ofPatch: member.id, in: store).subtracting([combined])
        let isOurs = try Delivery.pushes(ofPatch: member.id, in: store).contains(combined)
        if let newer = coming.first ?? (isOurs && member.commit != combined ? member.commit : nil) {
            return "its newest commit is \(newer.short), and \(combined.short) was combined"
        }
        let below = try member.stackedOn.flatMap { try store.patch($0) }
        if let pull, pull.base != target, pull.base != below?.branch || member.target != target {
            return "it is for '\(pull.base)' now, and '\(target)' has it"
        }
        return nil
    }

    /// Whether the change of a patch is in its target: by itself, or as a part of a combined patch.
    func isIn(_ patch: PatchRecord, _ store: borrowing Store) throws -> Bool {
        try patch.state == .landed || ForgeRecord.look(patch.id, in: store).record?.landedIn != nil
    }

    /// Closes the pull request of a member, with one comment that names the combined one; a second time changes nothing.
    /// Only then its branch may go.
    ///
    /// - Parameter operation: tells the deletion of its branch.
    func close(
        _ patch: PatchRecord, with whole: RequestPayload.Whole, _ operation: RecordID, _ record: inout StoredRecord,
        _ store: borrowing Store
    ) async throws -> ForgeAnswerToRequest {
        guard let reference = record.pullReference else { return .done(url: nil, note: nil) }
        let forge = try await forge(of: record.remote)
        guard let pull = try forge.pullRequest(reference) else { return .refused("the forge does not show it") }
        if pull.state == .merged { return .refused("the pull request is merged already: \(reference.url)") }
        let more = try staysOpen(patch, pull, besides: whole.head, target: whole.target ?? patch.target, in: store)
        // Asked while it is open: GitHub tells it of no other.
        let isUsed = try more != nil || forge.isBranchUsed(of: pull)
        if pull.state == .open {
            if let more {
                try record.change(in: store) { $0.landedIn = nil }
                return .done(url: reference.url, note: "it stays open: " + more)
            }
            if pull.isArmed || pull.isQueued || record.isAtForge && !pull.armingIsVisible { try forge.disarm(pull) }
            try forge.close(reference)
            FaultPoint.reached("forge.part.closed")
        }
        let marker = Marker(.combined, patch: patch.id, operation: whole.id)
        if try more == nil && forge.comment(marked: marker, on: reference) == nil {
            let text = "This has landed as a part of \(whole.url)."
            _ = try forge.addComment(marker.appended(to: text), to: reference)
        }
        FaultPoint.reached("forge.part.told")
        try store.asOne("cannot record that a patch is closed") {
            try record.change(in: store) { now in
                now.isArmed = false
                now.isAtForge = false
                now.ticket = nil
                now.disarmedBecause = "it landed as a part of '\(whole.title)' (\(whole.id.short))"
            }
            try store.change(patch.id) { if $0.state != .landed { $0.state = .closed } }
            let isAsked = try store.requests(ofOperation: operation).contains { $0.kind == .deleteBranch }
            if !isUsed && !isAsked { try deleteBranch(of: patch, at: whole.head, operation, in: store) }
        }
        if record.comment != nil {
            try await tell(patch, &record, forge, ending: "off, it landed with another one", in: store)
        }
        if record.ownsIssue, let issue = record.issue { try forge.closeIssue(issue.reference) }
        return .done(url: reference.url, note: nil)
    }

    /// Queues the deletion of a branch whose head is proven to be in, when no other patch needs it.
    func deleteBranch(
        of landed: PatchRecord, at head: ObjectID, _ operation: RecordID = .make(), in store: borrowing Store
    ) throws {
        let isNeeded = try store.patches().contains {
            $0.stackedOn == landed.id && $0.state != .closed && $0.state != .landed
        }
        guard !isNeeded, let remote = landed.remote, settings.hasRemote(remote) else { return }
        try Delivery.enqueue(deleteBranchOf: landed, commits: [head], operation: operation, in: store)
    }
}
