import Git2
import Snapshots
package import Store

/// What `update` would do.
package struct UpdatePreview: Sendable {
    /// The patch as it is.
    package var patch: PatchRecord
    package var captured: Captured
}

extension Session {
    /// Finds what `update` would do; nothing is written, not even an object.
    ///
    /// - Throws: the refusals of `update` that do not need a commit to be made.
    package func preview(_ request: UpdateRequest) async throws -> UpdatePreview {
        let head = try await view.head()
        let patch = try openPatch(at: head)
        let captured = try await workspace.capture(
            request.scope, force: request.force, dryRun: true, allowsNothing: true)
        let rewords = request.amend && (request.message != nil || request.edit)
        guard !captured.changes.isEmpty || rewords || head.commit != patch.commit else {
            throw PatchProblem.nothingToUpdate
        }
        return UpdatePreview(patch: patch, captured: captured)
    }
}

extension PatchProblem {
    /// An update would take nothing.
    static let nothingToUpdate = PatchProblem(
        .nothingToDo, "there is nothing to do: the working tree has no change and the patch has every commit")
}
