import GitValues
import PlainRemote
import Store

extension Housekeeping {
    /// Finds out where the own change of a patch starts, whenever that may have become another place.
    func findStart(of patch: inout PatchDocument, since old: PatchDocument) async throws {
        if patch.isToLandAgain { return try await findStartAgain(&patch) }
        guard patch.head != old.head || patch.stackOn != old.stackOn,
            let parent = patch.wasOn.flatMap({ state.patches[$0] })
        else { return }
        patch.replayFrom = try await ownStart(of: patch, above: parent)
    }

    /// Behind which commit the own change of a patch starts that was put on another one, which has landed; `nil` where its
    /// history leaves the target's.
    ///
    /// That is the last head the one below ever had of which this patch knows, not the one that landed: what an amend took
    /// out of the one below must not land by way of a patch that was made before. Where nothing tells, it is the head that
    /// landed: then something may come back, and nothing is lost.
    private func ownStart(of patch: PatchDocument, above parent: RemoteState.Patch) async throws -> ObjectID? {
        let head = patch.head
        guard try await objects.missingCommits([head]).isEmpty else { return parent.document.head }
        // Whoever merged the target, or was put on what landed there, has settled what counts.
        for commit in [state.branch(parent.document.target), parent.document.landed].compactMap({ $0 })
        where try await objects.missingCommits([commit]).isEmpty {
            if try await objects.isAncestor(commit, of: head) { return nil }
        }
        return try await lastHead(of: parent, under: patch, at: head) ?? parent.document.head
    }

    /// The head of the one below that comes last in the history of a patch, and was there before the patch's own commits:
    /// what the branch below was pushed to by mistake, the patch itself, is none.
    private func lastHead(
        of parent: RemoteState.Patch, under patch: PatchDocument, at head: ObjectID
    ) async throws -> ObjectID? {
        var limit = head
        if let base = patch.base, try await objects.missingCommits([base]).isEmpty,
            try await objects.isAncestor(base, of: head)
        {
            limit = base
        }
        var found: ObjectID?
        for commit in try await heads(of: parent) where commit != head {
            guard try await objects.missingCommits([commit]).isEmpty, try await objects.isAncestor(commit, of: limit)
            else {
                continue
            }
            // Of two that know nothing of each other the newer one counts.
            guard let other = found else {
                found = commit
                continue
            }
            if try await objects.isAncestor(other, of: commit) { found = commit }
        }
        return found
    }

    /// Every head that a patch had, as its record tells, the newest first.
    private func heads(of patch: RemoteState.Patch) async throws -> [ObjectID] {
        struct Head: Decodable {
            let head: ObjectID
        }
        let chain = try await objects.chain(from: patch.tip)
        let documents = try await objects.contents(of: PatchDocument.fileName, in: chain)
        let heads = documents.compactMap { content in
            // One that cannot be read tells of no head.
            content.flatMap { try? JSONText.decode(Head.self, from: String(decoding: $0, as: UTF8.self)).head }
        }
        return [patch.document.head] + heads
    }

    /// Finds out anew where the change of a patch starts that was reverted, when what its record says of it is not to be had.
    private func findStartAgain(_ patch: inout PatchDocument) async throws {
        guard patch.isToLandAgain, let start = patch.replayFrom, let landed = patch.landed,
            let tip = state.branch(patch.target),
            try await !objects.missingCommits([start]).isEmpty, try await objects.missingCommits([patch.head]).isEmpty
        else { return }
        if let shared = try await objects.mergeBase(tip, patch.head),
            try await !objects.isAncestor(shared, of: landed)
        {
            // It was rebased since and starts where its history leaves the target's.
            patch.replayFrom = nil
        } else if let end = state.receipts[patch.target],
            let landing = try await objects.landing(of: patch.id, receipts: end),
            let start = try await objects.mergeBase(landing.before, patch.head)
        {
            patch.replayFrom = start
        } else if let base = patch.base, try await objects.isAncestor(base, of: patch.head) {
            patch.replayFrom = base
        } else {
            return
        }
        patch.changedAt = now
    }
}

extension RepositoryObjects {
    /// The newest landing of a patch that receipts tell of: the tips of the target before and after it.
    func landing(of patch: RecordID, receipts end: ObjectID) async throws -> (before: ObjectID, after: ObjectID)? {
        for commit in try await chain(from: end) {
            guard let receipt = try await receipt(in: commit),
                let index = receipt.members.firstIndex(where: { $0.patch == patch }),
                let after = receipt.members[index].landed
            else { continue }
            return (index == 0 ? receipt.base : receipt.members[index - 1].landed ?? receipt.base, after)
        }
        return nil
    }
}
