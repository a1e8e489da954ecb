package import GitValues

/// Something git has begun and waits to see finished.
package enum OperationInProgress: String, Hashable, Sendable, CaseIterable {
    case rebase
    case applyingMail = "am"
    case merge
    case cherryPick = "cherry-pick"
    case revert
    case bisect

    /// What is in progress in a repository; `nil` when nothing is.
    package static func find(in location: RepositoryLocation) -> OperationInProgress? {
        func has(_ name: String) -> Bool { FileIdentity(of: location.gitDirectory + "/" + name) != nil }
        if has("rebase-apply/applying") { return .applyingMail }
        if has("rebase-merge") || has("rebase-apply") { return .rebase }
        if has("MERGE_HEAD") { return .merge }
        if has("CHERRY_PICK_HEAD") { return .cherryPick }
        if has("REVERT_HEAD") { return .revert }
        if has("sequencer/todo") { return .cherryPick }
        if has("BISECT_LOG") { return .bisect }
        return nil
    }

    /// With its article: `a merge`.
    package var phrase: String {
        switch self {
        case .applyingMail: "an am session"
        case .rebase, .merge, .cherryPick, .revert, .bisect: "a \(rawValue)"
        }
    }

    /// The command that finishes it.
    package var finish: String {
        switch self {
        case .merge: "git commit"
        case .bisect: "git bisect good|bad"
        case .rebase, .applyingMail, .cherryPick, .revert: "git \(rawValue) --continue"
        }
    }

    /// The command that gives it up.
    package var abort: String { self == .bisect ? "git bisect reset" : "git \(rawValue) --abort" }
}

/// Refuses a capture in the middle of something, unless the request allows it.
func refuseOperationInProgress(_ request: CaptureRequest) throws {
    guard !request.allowsOperationInProgress, let found = OperationInProgress.find(in: request.location) else { return }
    throw CaptureRefusal.operationInProgress(found)
}
