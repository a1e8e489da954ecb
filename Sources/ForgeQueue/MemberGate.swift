import Automerge
import Forge
import GitValues
import PlainRemote
import Store

/// A combined patch lands for its members: what keeps one of them keeps all.
extension ForgeItem {
    /// Why a combined patch must not land as it is: a member was closed, withdrawn, rejected, or has landed otherwise.
    ///
    /// A member with a newer head is none of these: what was agreed of it lands, and it stays open.
    func unfitMember(_ whole: PatchDocument, in store: borrowing Store) async throws -> String? {
        for part in whole.combines ?? [] {
            guard let words = try unfit(part, in: store) else { continue }
            let objects = work.plain(record.remote).objects
            let isHere = try await objects.missing([part.commit, whole.head]).isEmpty
            // Whoever took it out of the combination has decided that the others land without it.
            if isHere, try await !whole.holds(part, target: nil, objects) { continue }
            let title = try store.patch(part.patch)?.title ?? part.patch.short
            return "its member '\(title)' \(words)"
        }
        return nil
    }

    private func unfit(_ part: PatchDocument.Combined, in store: borrowing Store) throws -> String? {
        guard let member = try store.patch(part.patch) else { return "is not known here any more" }
        let known = try ForgeRecord.look(member.id, in: store).record
        let wayOut = "; close this one to combine what is left anew"
        if member.state == .landed || known?.landedIn != nil { return "has landed already" + wayOut }
        if !CombinePulls.isOpen(member) { return "was closed" + wayOut }
        guard let reference = known?.pullReference else { return nil }
        guard let pull = try pass.pulls[member.id] ?? forge.pullRequest(reference) else {
            return "is not shown by the forge"
        }
        switch pull.state {
        case .merged: return "has landed already" + wayOut
        case .closed: return "was closed" + wayOut
        case .open: break
        }
        if pull.isDraft { return "is a draft" }
        return pull.veto.map { "waits: \($0)" }
    }
}
