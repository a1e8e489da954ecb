import GitValues

/// What a hook does, decided from its input, its environment and a look at the git directory.
package enum HookDecision: Hashable, Sendable {
    /// Nothing is to do, or the answer is known: pass.
    case pass
    /// The user skipped the check of a push; recorded, then passed.
    case bypass
    /// The tool must answer; its arguments. The hook becomes it.
    case ask(tool: String, arguments: [String])
    /// The tool works on its own while the hook returns.
    case start(tool: String, arguments: [String])

    /// Decides a call.
    ///
    /// - Parameters:
    ///   - input: standard input of the hook; only pre-push has any.
    ///   - worktree: where the hook runs: the top of the worktree.
    package static func decide(
        _ call: HookCall, input: [UInt8], environment: HookVariables, repository: HookRepository?,
        worktree: String = "."
    ) -> HookDecision {
        if environment["GITPATCH_CHILD"].map({ !$0.isEmpty }) ?? false { return .pass }
        let isOff = environment["GITPATCH"].map { ["0", "false", "off", "no"].contains($0) } ?? false
        guard let repository, let event = call.event else { return .pass }
        switch event {
        case .prePush:
            return decidePush(call, input: input, isOff: isOff, environment: environment, repository: repository)
        case .postCommit:
            guard !isOff, repository.hasStore, exists(worktree + "/.gitpatch"), !repository.isInSequence else {
                return .pass
            }
            return .start(tool: "git-validate", arguments: ["hook", "post-commit"])
        case .postMerge:
            guard !isOff, repository.hasStore else { return .pass }
            return .start(tool: "git-patch", arguments: ["hook", "post-merge"] + call.arguments)
        case .postCheckout:
            guard !isOff, repository.hasStore, !repository.isInSequence, movedBranch(call.arguments) else {
                return .pass
            }
            return .start(tool: "git-patch", arguments: ["hook", "post-merge"])
        }
    }

    private static func decidePush(
        _ call: HookCall, input: [UInt8], isOff: Bool, environment: HookVariables, repository: HookRepository
    ) -> HookDecision {
        let ask = HookDecision.ask(tool: "git-validate", arguments: ["hook", "pre-push"] + call.arguments)
        guard let updates = PushUpdate.parse(input) else {
            return isOff ? .bypass : ask
        }
        let sent = updates.filter { !$0.isDeletion }
        if sent.isEmpty { return .pass }
        if isOff { return .bypass }
        // Also where the suite was never used: a pushed commit may have checks though the one checked out has none.
        let isKnown = sent.allSatisfy { update in
            update.localID.flatMap { VerdictFile.read($0, from: repository.storeDirectory) }?
                .allows(update, gitDirectory: repository.gitDirectory, environment: environment) ?? false
        }
        return isKnown ? .pass : ask
    }

    /// githooks(5): old HEAD, new HEAD, and 1 for a checkout of a branch. Zeros come from clone and worktree add.
    private static func movedBranch(_ arguments: [String]) -> Bool {
        arguments.count == 3 && arguments[2] == "1" && arguments[0] != arguments[1] && !isZeroObjectID(arguments[0])
    }
}
