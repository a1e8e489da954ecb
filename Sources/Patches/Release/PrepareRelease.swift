import Git2
import GitValues
import Settings
import Store

extension Session {
    /// Makes the patch that writes a version: on top of the target, with HEAD, index and files left as they are.
    ///
    /// Pushing and queueing come after, by `deliver`, as for any patch.
    package func prepareRelease(
        _ plan: ReleasePlan, _ bump: Bump, _ request: ReleaseRequest
    ) async throws -> CreateOutcome {
        if let patch = try waiting(for: plan) {
            throw PatchProblem(
                .notLanded, "'\(patch.title)' has been made meanwhile: patch \(patch.id.short)",
                hints: ["let it land: git automerge enable \(patch.id.short)"])
        }
        let tree = try await withFolder { _, folder in
            defer { folder.discard() }  // It is the patch's own operation that is recorded.
            return try await self.tree(of: plan.tip, with: bump, in: folder)
        }
        var create = CreateRequest(description: plan.title)
        create.content = tree
        create.base = plan.tip.hex
        create.target = plan.target
        create.mode = .stay
        create.signing = request.signing
        create.local = plan.remote == nil
        return try await self.create(create)
    }
}
