import Automerge
import Forge
import GitValues
import PlainRemote
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
            } else if let head = try shownHead(of: member, in: store), head != part.head {
                words = ForgeWork.newHead(head, besides: part.head)
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

    /// The head of a member that the forge shows; `nil` when it cannot be seen: then who closes it looks.
    private func shownHead(of member: PatchRecord, in store: borrowing Store) throws -> ObjectID? {
        guard let reference = try ForgeRecord.look(member.id, in: store).record?.pullReference else { return nil }
        do throws(ForgeFailure) { return try forge.pullRequest(reference)?.head } catch {
            if case .rateLimited = error { throw error }
            return nil
        }
    }

    /// Queues that members are closed and their branches deleted; part of the caller's transaction.
    func close(_ parts: [PatchDocument.Combined], in store: borrowing Store) throws {
        for part in parts {
            guard let member = try store.patch(part.patch), CombinePulls.isOpen(member) else { continue }
            var (stored, _) = try StoredRecord.look(member.id, in: store)
            try stored?.change(in: store) { $0.landedIn = patch.id }
            let whole = RequestPayload.Whole(
                id: patch.id, title: patch.title, url: reference.url, head: part.head)
            try Delivery.enqueue(closing: member, with: whole, operation: .make(), in: store)
            try deleteBranch(of: member, at: part.head, in: store)
        }
    }
}

extension ForgeWork {
    /// Why a member is not closed with the combined patch.
    static func newHead(_ head: ObjectID, besides combined: ObjectID) -> String {
        "its head is \(head.short) now, and \(combined.short) was combined"
    }

    /// Whether the change of a patch is in its target: by itself, or as a part of a combined patch.
    func isIn(_ patch: PatchRecord, _ store: borrowing Store) throws -> Bool {
        try patch.state == .landed || ForgeRecord.look(patch.id, in: store).record?.landedIn != nil
    }

    /// Closes the pull request of a member, with one comment that names the combined one; a second time changes nothing.
    func close(
        _ patch: PatchRecord, with whole: RequestPayload.Whole, _ record: inout StoredRecord, _ store: borrowing Store
    ) async throws -> ForgeAnswerToRequest {
        guard let reference = record.pullReference else { return .done(url: nil, note: nil) }
        let forge = try await forge(of: record.remote)
        guard let pull = try forge.pullRequest(reference) else { return .refused("the forge does not show it") }
        if pull.state == .merged { return .refused("the pull request is merged already: \(reference.url)") }
        if pull.state == .open {
            if pull.head != whole.head {
                try record.change(in: store) { $0.landedIn = nil }
                return .done(
                    url: reference.url, note: "it stays open: " + ForgeWork.newHead(pull.head, besides: whole.head))
            }
            if pull.isArmed || pull.isQueued || record.isAtForge && !pull.armingIsVisible { try forge.disarm(pull) }
            let marker = Marker(.combined, patch: patch.id, operation: whole.id)
            if try forge.comment(marked: marker, on: reference) == nil {
                let text = "This has landed as a part of \(whole.url)."
                _ = try forge.addComment(marker.appended(to: text), to: reference)
            }
            FaultPoint.reached("forge.part.told")
            try forge.close(reference)
            FaultPoint.reached("forge.part.closed")
        }
        try store.asOne("cannot record that a patch is closed") {
            try record.change(in: store) { now in
                now.isArmed = false
                now.isAtForge = false
                now.ticket = nil
                now.disarmedBecause = "it landed as a part of '\(whole.title)' (\(whole.id.short))"
            }
            try store.change(patch.id) { if $0.state != .landed { $0.state = .closed } }
        }
        if record.comment != nil {
            try await tell(patch, &record, forge, ending: "off, it landed with another one", in: store)
        }
        if record.ownsIssue, let issue = record.issue { try forge.closeIssue(issue.reference) }
        return .done(url: reference.url, note: nil)
    }
}
