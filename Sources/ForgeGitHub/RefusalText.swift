import Forge

/// What GitHub's refusals mean. It has one status and one type for many of them, so the words must be read; only here.
enum RefusalText {
    /// The failure a refused change stands for.
    static func failure(_ words: String, _ what: String) -> ForgeFailure {
        let text = words.lowercased()
        func says(_ parts: String...) -> Bool { parts.contains { text.contains($0) } }
        let whole = "cannot \(what): \(words)"
        if says("base branch was modified") { return .baseMoved(whole) }
        if says("head branch was modified", "head sha", "expected head", "head oid") { return .headMoved(whole) }
        if says("not authorized to push", "protected branch", "must have write", "resource not accessible") {
            return .needsHuman(whole, hint: "give the token that permission")
        }
        if says("can't be rebased", "cannot be rebased", "merge conflict", "conflicts must be") {
            return .conflict(whole)
        }
        if says(
            "not allowed on this repository", "merge commits are not", "squash merges are not", "rebase merges are not")
        {
            return .policyBlocked(whole)
        }
        if says("not mergeable", "is not in a mergeable", "has not been computed", "mergeability") {
            return .pending(whole)
        }
        if says("required status check", "review", "rule violations", "base branch policy") {
            return .policyBlocked(whole)
        }
        if says("closed", "already merged") { return .gone(whole) }
        return .invalid(whole)
    }

    /// Whether arming was refused because nothing is left to wait for: these two exact answers and no other.
    static func isReadyNow(_ words: String) -> Bool {
        let text = words.lowercased()
        return text.contains("clean status") || text.contains("unstable status")
    }

    /// Whether the repository has automatic merging switched off, or no rule to wait for.
    static func cannotArm(_ words: String) -> Bool {
        let text = words.lowercased()
        return text.contains("auto merge is not allowed") || text.contains("auto-merge is not allowed")
            || text.contains("protected branch rules not configured") || text.contains("no protection rule")
    }

    /// Whether only the merge queue may merge.
    static func wantsQueue(_ words: String) -> Bool { words.lowercased().contains("merge queue") }
}
