import Git2
package import GitValues
import PlainRemote
package import Store

/// A branch of a patch that has landed.
package struct LandedBranch: Sendable {
    package var patch: PatchRecord
    /// The branch's tip.
    package var tip: ObjectID
    /// How its content came to be in the target, in words.
    package var proof: String
    /// Whether its remote has the branch as well, as last seen, at the same commit.
    package var isOnRemote: Bool
    /// Where it is checked out, which keeps it from being deleted.
    package var checkedOutIn: String?
    /// Whether the target is checked out in another worktree, so that nobody can switch to it there.
    package var targetIsTaken = false
}

/// What `cleanup` did or would do.
package struct CleanupOutcome: Sendable {
    /// Absent when there was nothing to delete.
    package var operation: RecordID?
    package var deleted: [LandedBranch]
    package var kept: [LandedBranch]

    /// Creates the outcome from branches that have landed: those that are checked out are kept.
    package init(operation: RecordID?, landed: [LandedBranch]) {
        self.operation = operation
        deleted = landed.filter { $0.checkedOutIn == nil }
        kept = landed.filter { $0.checkedOutIn != nil }
    }
}

extension Session {
    /// The branches of patches whose content is proven to be in their target.
    package func landedBranches() async throws -> [LandedBranch] {
        var found: [LandedBranch] = []
        var reverts: [ObjectID: Reverts] = [:]
        let patches = try store.patches().filter { $0.state != .closed }
        let oldest = patches.map(\.created).min() ?? .now()
        for patch in patches {
            guard let branch = ReferenceName(branch: patch.branch), let tip = try await view.reference(branch) else {
                continue
            }
            guard let target = try await knownTip(of: patch.target, on: patch.remote),
                let proof = try await proof(that: tip, isIn: target, patch)
            else { continue }
            let known: Reverts
            if let read = reverts[target] {
                known = read
            } else {
                known = try await Reverts(in: target, since: oldest, view)
            }
            reverts[target] = known
            if try await known.takeBack(patch, landedAs: proof.landing) { continue }
            let there = patch.remote.flatMap { ReferenceName("refs/remotes/\($0)/\(patch.branch)") }
            var isOnRemote = false
            if let there { isOnRemote = try await view.reference(there) == tip }
            var landed = LandedBranch(patch: patch, tip: tip, proof: proof.words, isOnRemote: isOnRemote)
            landed.checkedOutIn = try worktrees(on: branch).first
            landed.targetIsTaken =
                try ReferenceName(branch: patch.target).map { try !worktrees(on: $0).isEmpty } ?? false
            found.append(landed)
        }
        return found
    }

    /// Deletes the local branches of landed patches and asks the remote to delete theirs; nothing that is not proven
    /// to be contained in the target is deleted, and `undo` brings the branches back.
    ///
    /// - Parameters:
    ///   - asksRemotes: whether the branches go on the remotes, too.
    ///   - command: what the journal calls the operation.
    package func cleanUp(asksRemotes: Bool = true, command: String = "cleanup") async throws -> CleanupOutcome {
        let landed = try await landedBranches()
        let free = landed.filter { $0.checkedOutIn == nil }
        guard !free.isEmpty else { return CleanupOutcome(operation: nil, landed: landed) }
        return try await withFolder { operation, _ in
            let people = People(author: workspace.mover, committer: workspace.mover)
            let held = try await holdObjects(free.map(\.tip), nil, people)
            var references = [ReferenceStep(.holder(of: operation), from: .absent, to: .object(held))]
            var steps: [PatchStep] = []
            var deliveries: [DeliveryStep] = []
            for branch in free {
                guard let name = ReferenceName(branch: branch.patch.branch) else { continue }
                references.append(ReferenceStep(name, from: .object(branch.tip), to: .absent))
                if asksRemotes && branch.isOnRemote {
                    deliveries.append(DeliveryStep(.deleteBranch(commits: [branch.tip]), patch: branch.patch))
                }
                var after = branch.patch
                after.state = .landed
                after.updated = .now()
                steps.append(PatchStep(from: branch.patch, to: after))
            }
            var intent = Intent(
                references: references, worktree: workspace.location.worktree, message: "patch cleanup",
                identity: workspace.mover)
            intent.patches = steps
            intent.deliveries = deliveries
            let names = free.map(\.patch.branch).joined(separator: ", ")
            try await perform(intent, as: operation, OperationTitle(command: command, summary: names))
            return CleanupOutcome(operation: operation, landed: landed)
        }
    }

    /// The newest known commit of a target: on the patch's remote, as last fetched, where it has one, else here.
    ///
    /// What only the branch here has proves nothing for a patch with a remote: that may have been forced back since.
    private func knownTip(of target: String, on remote: String?) async throws -> ObjectID? {
        guard let name = remote.map({ ReferenceName("refs/remotes/\($0)/\(target)") }) ?? ReferenceName(branch: target)
        else { return nil }
        return try await view.reference(name)
    }

    /// How a branch's content is known to be in the target.
    private struct Proof {
        var words: String
        /// The target's commits that have the change; none where the target's content alone tells.
        var landing: [ObjectID]
    }

    /// Why a branch's content is known to be in the target; `nil` when there is no proof.
    private func proof(that tip: ObjectID, isIn target: ObjectID, _ patch: PatchRecord) async throws -> Proof? {
        let contained = Proof(words: "contained in '\(patch.target)'", landing: [tip])
        if try await view.isAncestor(tip, of: target) { return contained }
        if tip != patch.commit { return nil }  // It grew since.
        if let landed = try await recordedLanding(of: patch, in: target) { return self.landed([landed], patch) }
        switch try await view.containment(of: tip, in: target) {
        case .ancestor: return contained
        case .content: return Proof(words: "its change is in '\(patch.target)'", landing: [])
        case .squashed(let id): return landed([id], patch)
        case .replayed(let ids): return landed(ids, patch)
        case nil: return nil
        }
    }

    private func landed(_ ids: [ObjectID], _ patch: PatchRecord) -> Proof {
        Proof(
            words: "landed in '\(patch.target)' as \(ids.map(\.short).joined(separator: ", "))", landing: ids)
    }

    /// What the patch's own record says, as far as the target still has it.
    private func recordedLanding(of patch: PatchRecord, in target: ObjectID) async throws -> ObjectID? {
        guard patch.state == .landed, let landed = patch.landed,
            try await view.resolveCommit(landed.hex) != nil, try await view.isAncestor(landed, of: target)
        else { return nil }
        return landed
    }
}
