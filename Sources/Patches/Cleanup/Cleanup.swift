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
    /// Whether it has landed where the patch was meant to land: on its remote, as last seen, where it has one.
    package var isLanded: Bool
    /// Where it is checked out, which keeps it from being deleted.
    package var checkedOutIn: String?
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
        for patch in try store.patches() where patch.state != .closed {
            guard let branch = ReferenceName(branch: patch.branch), let tip = try await view.reference(branch) else {
                continue
            }
            for target in try await tips(of: patch.target, remote: patch.remote) {
                guard let proof = try await proof(that: tip, isIn: target.tip, patch) else { continue }
                found.append(
                    LandedBranch(
                        patch: patch, tip: tip, proof: proof, isLanded: target.isFinal,
                        checkedOutIn: try worktrees(on: branch).first))
                break
            }
        }
        return found
    }

    /// Deletes the local branches of landed patches and asks the remote to delete theirs; nothing that is not proven
    /// to be contained in the target is deleted, and `undo` brings the branches back.
    package func cleanUp() async throws -> CleanupOutcome {
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
                guard branch.isLanded else { continue }
                if let remote = branch.patch.remote,
                    let there = ReferenceName("refs/remotes/\(remote)/\(branch.patch.branch)"),
                    try await view.reference(there) == branch.tip
                {
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
            try await perform(intent, as: operation, OperationTitle(command: "cleanup", summary: names))
            return CleanupOutcome(operation: operation, landed: landed)
        }
    }

    /// The newest known commits of a target: on the remote as last seen, and here.
    private func tips(of target: String, remote: String?) async throws -> [(tip: ObjectID, isFinal: Bool)] {
        var tips: [(tip: ObjectID, isFinal: Bool)] = []
        if let remote, let name = ReferenceName("refs/remotes/\(remote)/\(target)"),
            let id = try await view.reference(name)
        {
            tips.append((id, true))
        }
        if let name = ReferenceName(branch: target), let id = try await view.reference(name), id != tips.first?.tip {
            tips.append((id, remote == nil))
        }
        return tips
    }

    /// Why a branch's content is known to be in the target; `nil` when there is no proof.
    private func proof(that tip: ObjectID, isIn target: ObjectID, _ patch: PatchRecord) async throws -> String? {
        if tip != patch.commit, try await !view.isAncestor(tip, of: target) { return nil }  // It grew since.
        guard let library = view.library else {
            return try await view.isAncestor(tip, of: target) ? "contained in '\(patch.target)'" : nil
        }
        switch try library.repository.containment(of: tip, in: target) {
        case .ancestor: return "contained in '\(patch.target)'"
        case .content: return "its change is in '\(patch.target)'"
        case .squashed(let id): return "landed in '\(patch.target)' as \(id.short)"
        case .replayed(let ids): return "landed in '\(patch.target)' as \(ids.map(\.short).joined(separator: ", "))"
        case nil: return nil
        }
    }
}
