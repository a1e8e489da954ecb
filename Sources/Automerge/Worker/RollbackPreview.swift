package import GitValues
package import PlainRemote

/// What `rollback` would take back.
package struct RollbackPreview: Sendable {
    /// A patch that would be taken out of the target.
    package struct Member: Sendable {
        package var id: RecordID
        package var title: String
    }

    package var target: String
    /// The tip of the target, on which the revert would be built.
    package var base: ObjectID
    /// The patches the change belongs to, those of a combined one behind it.
    package var members: [Member]
    /// The commits of the target that brought the change, newest first.
    package var commits: [CommitFacts]
    /// The checks the target must pass without the change.
    package var checks: [String]
}

extension Worker {
    /// Finds what a rollback would take back: nothing is tested, no reference moves and nothing is pushed.
    ///
    /// Like every look at a remote it fetches what is not here yet, and the merge may leave a tree that nothing refers to.
    ///
    /// - Returns: the preview, or the refusal of `rollback`; only a run of the checks knows whether they pass.
    package func previewRollback(
        _ request: RollbackRequest
    ) async throws -> Result<RollbackPreview, RollbackEnd> {
        let state = try await remote.read(branches: [request.target])
        let revert: Revert
        switch try await self.revert(request, state) {
        case .success(let made): revert = made
        case .failure(let end): return .failure(end)
        }
        let documents = request.patches.compactMap { state.patches[$0]?.document }
        let ids = request.patches + documents.flatMap { ($0.combines ?? []).map(\.patch) }
        let members = ids.map { id in
            RollbackPreview.Member(id: id, title: state.patches[id]?.document.title ?? request.title)
        }
        return .success(
            RollbackPreview(
                target: request.target, base: revert.base, members: members,
                commits: try await remote.objects.commits(from: request.after, notIn: [request.before]).reversed(),
                checks: revert.policy.requiredChecks))
    }
}
