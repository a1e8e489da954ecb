import Git2
import GitValues

extension Session {
    /// Finds what `create` would do; nothing is written, not even an object, and no command of the user's is run.
    ///
    /// - Throws: the refusals of `create` that do not need a commit to be made.
    package func preview(_ request: CreateRequest) async throws -> CreatePreview {
        let head = try await view.head()
        let captured = try await workspace.capture(
            request.scope, force: request.force, dryRun: true,
            allowsNothing: request.run != nil)
        let title = CommitMessage.title(of: CommitMessage.clean(request.text))
        let plan = try await plan(request, title: title, head: head)
        plan.notices().forEach(workspace.say)
        return CreatePreview(plan: plan, captured: captured)
    }
}
