import GitValues
import PlainRemote

/// Brings records up to what happened to their branches: new heads, deleted branches, work that landed by another way.
struct Housekeeping {
    /// A record that must change, with the lease on what it was.
    struct Change {
        var patch: RemoteState.Patch
        var document: PatchDocument
    }

    let objects: RepositoryObjects
    let state: RemoteState
    let now: Timestamp

    /// The records that are not up to date, in the order of their ids; nothing is written.
    func changes() async throws -> [Change] {
        var changes: [Change] = []
        for patch in state.patches.values.sorted(by: { $0.id.text < $1.id.text }) where !patch.document.isFinished {
            let document = try await current(patch.document)
            if document != patch.document { changes.append(Change(patch: patch, document: document)) }
        }
        return changes
    }

    private func current(_ old: PatchDocument) async throws -> PatchDocument {
        var document = old
        if let below = old.stackOn, let parent = state.patches[below]?.document, state.hasLanded(parent) {
            document.stackOn = nil
            document.wasOn = below
            document.target = parent.target
            document.fork = parent.fork
            document.changedAt = now
        }
        if let whole = try await combination(with: document) {
            document.end(with: whole, at: now)
            return document
        }
        // A patch that was taken back has no branch and its head in the target: both are as they should be.
        let wasTakenBack = old.state == .ejected && old.landed != nil
        guard let tip = state.branch(document.branch) else {
            return wasTakenBack ? document : try await withoutBranch(document)
        }
        if tip != document.head {
            document.head = tip
            document.headSince = now
            document.changedAt = now
        }
        try await findStart(of: &document, since: old)
        if wasTakenBack && tip == old.head { return document }
        // Its commits are in the target and were reverted: the queue merges the change anew.
        if old.isToLandAgain { return document }
        if let landed = try await landedCommit(document) {
            document.state = .landed
            document.landed = landed
            document.reason = nil
            document.changedAt = now
        }
        return document
    }

    /// The patch that landed with this one in it, at this very head; `nil` when there is none.
    private func combination(with document: PatchDocument) async throws -> PatchDocument? {
        let head = state.branch(document.branch) ?? document.head
        for other in state.patches.values.map(\.document) where other.state == .landed {
            guard let part = other.combines?.first(where: { $0.patch == document.id && $0.head == head }),
                try await other.holds(part, target: try await targetBefore(other), objects)
            else { continue }
            return other
        }
        return nil
    }

    /// The tip of the target before a patch landed; `nil` when no receipt tells.
    private func targetBefore(_ document: PatchDocument) async throws -> ObjectID? {
        guard let end = state.receipts[document.target] else { return nil }
        let commit = try await objects.newestReceipt(upTo: end) { receipt in
            receipt.members.contains { $0.patch == document.id }
        }
        return try await commit.mapAsync { try await objects.receipt(in: $0) }??.base
    }

    /// A deleted branch withdraws the patch, unless its work is in the target.
    private func withoutBranch(_ old: PatchDocument) async throws -> PatchDocument {
        var document = old
        document.changedAt = now
        if !old.isToLandAgain, let landed = try await landedCommit(old) {
            document.state = .landed
            document.landed = landed
            document.reason = nil
        } else {
            document.state = .closed
            document.reason = "its branch '\(old.branch)' was deleted"
        }
        return document
    }

    /// The head, when somebody put it into the target by hand; `nil` when it is not there.
    private func landedCommit(_ document: PatchDocument) async throws -> ObjectID? {
        // The branch of the patch below can be set back; what is in it lands when that one does.
        guard document.stackOn == nil, document.target != document.branch, let target = state.branch(document.target),
            document.head != document.base, try await objects.isAncestor(document.head, of: target)
        else { return nil }
        return document.head
    }
}

extension RemoteState {
    /// Whether the change of a patch is in its target: by itself, or as a part of a combined patch that landed.
    func hasLanded(_ document: PatchDocument) -> Bool {
        if document.state == .landed { return true }
        guard document.state == .closed, document.landed != nil else { return false }
        return patches.values.map(\.document).contains { whole in
            whole.state == .landed && whole.landed == document.landed
                && whole.combines?.contains { $0.patch == document.id && $0.head == document.head } == true
        }
    }

    /// The same state with records replaced, as if the changes had been pushed; their tips stay what they were.
    func applying(_ changes: [Housekeeping.Change]) -> RemoteState {
        var state = self
        for change in changes { state.patches[change.patch.id]?.document = change.document }
        return state
    }
}

extension PatchDocument {
    /// Whether it landed and was reverted, and its commits are in the target all the same.
    var isToLandAgain: Bool { landed != nil && replayFrom != nil && !isFinished }

    /// Closes a patch that landed as a part of another one, with a pointer to it.
    mutating func end(with whole: PatchDocument, at time: Timestamp) {
        state = .closed
        landed = whole.landed
        reason = "it landed as a part of '\(whole.title)' (\(whole.id.short))"
        changedAt = time
    }
}
