package import GitValues
package import Store

/// Why requests end refused, and what to type then.
extension Delivery {
    /// The reason of a request that would change what is in the target already.
    package static let hasLanded = "the patch has landed already"

    /// Why a push is refused over the name of its branch.
    static func clash(with name: String) -> String {
        clashStart + "'\(name)', and no branch of this name can be beside it"
    }
    private static let clashStart = "the remote has "

    /// Whether a request is refused for good, over the name of its branch.
    package static func needsAnotherName(_ request: RequestRecord) -> Bool {
        request.kind == .push && request.reason.map { $0.hasPrefix(clashStart) && $0.hasSuffix("beside it") } == true
    }

    /// Why a push is refused over commits of others on its branch.
    static func moved(_ branch: String) -> String { "somebody else has pushed to '\(branch)' since" }

    /// What to type, on which branch, before a refused push can go: it takes over what others have pushed; `nil` for any
    /// other reason.
    package static func takeOver(for request: RequestRecord) -> (branch: String, command: String)? {
        // A push that cannot be read has another problem, which is told where it is delivered.
        guard request.kind == .push, let reason = request.reason,
            let branch = try? RequestPayload.decode(RequestPayload.Push.self, of: request).branch,
            reason.hasPrefix(moved(branch))
        else { return nil }
        return (branch, "git pull --rebase --autostash \(request.remote) \(branch)")
    }

    /// Whether a request was refused for good: it is tried again only when somebody names its operation or its patch.
    ///
    /// A server that keeps a branch does so by a rule, and nothing else waits for the branch to go.
    ///
    /// - Parameter ended: the patches that have landed or were closed, of which nothing else is wanted.
    package static func isRefusedForGood(_ request: RequestRecord, ended: Set<RecordID>) -> Bool {
        request.state == .refused && (request.kind == .deleteBranch || request.patch.map(ended.contains) == true)
    }

    /// The branch that a request deletes; `nil` for any other request.
    package static func branchToDelete(_ request: RequestRecord) -> String? {
        guard request.kind == .deleteBranch else { return nil }
        // Losing the error is right: a payload that cannot be read is told where it is delivered.
        return try? RequestPayload.decode(RequestPayload.DeleteBranch.self, of: request).branch
    }

    /// Why a branch is not deleted that others work on.
    static func notOurs(_ branch: String) -> String { "branch '\(branch)' has commits that are not ours" }

    /// The branch that a remote keeps though it was asked to delete it; `nil` for any other request, and where it was not
    /// asked because the patch has landed or others work on the branch.
    package static func keptBranch(_ request: RequestRecord) -> String? {
        guard request.state == .refused, let branch = branchToDelete(request), request.reason != hasLanded,
            request.reason?.hasPrefix(notOurs(branch)) != true
        else { return nil }
        return branch
    }

    /// The reason of requests that ended because the push they depend on did.
    static let pushWasRefused = "the push of its branch was refused"
}
