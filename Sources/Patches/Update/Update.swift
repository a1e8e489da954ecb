import Git2
package import GitValues
import PlainRemote
import Settings
import Snapshots
package import Store

/// What `git patch update` is asked to do.
package struct UpdateRequest: Sendable {
    /// The text of the new commit, or with `amend` of the commit that takes its place.
    package var message: String?
    /// Whether the newest commit of the patch is replaced instead of followed.
    package var amend = false
    package var edit = false
    package var scope = CaptureScope.everything
    package var force = false
    package var verify = true
    package var signing = CreateRequest.Signing.asConfigured

    /// Creates a request.
    package init() {}
}

/// What `update` did.
package struct UpdateOutcome: Sendable {
    package var operation: RecordID
    package var patch: PatchRecord
    /// How many paths the new commit captured.
    package var paths: Int
}

extension Session {
    /// Adds the working tree to the patch whose branch HEAD is on, as a new commit or in place of the newest one.
    ///
    /// Commits made on the branch with git itself come along. The remote branch moves with a lease on what this
    /// repository gave it; delay and checks start anew there.
    /// - Throws: a refusal; then nothing has changed.
    package func update(_ request: UpdateRequest) async throws -> UpdateOutcome {
        try await withFolder { operation, folder in try await update(request, as: operation, in: folder) }
    }

    private func update(
        _ request: UpdateRequest, as operation: RecordID, in folder: OperationFolder
    ) async throws -> UpdateOutcome {
        let head = try await view.head()
        let patch = try openPatch(at: head)
        guard let tip = head.commit else { throw PatchProblem(.noSuchPatch, "the branch of the patch has no commit") }
        let people = try await workspace.people()
        let hooks = CommitHooks(
            git: workspace.git, settings: workspace.settings, location: workspace.location, index: folder.indexAfter,
            author: people.author, usesEditor: request.edit)
        let isSeenBefore = request.edit || hooks.haveTextHooks || (request.verify && hooks.exists("pre-commit"))
        var captured = try await workspace.capture(
            request.scope, force: request.force, into: folder, allowsNothing: true, leavesObjectsPending: !isSeenBefore)
        let hasChange = !captured.changes.isEmpty
        let rewords = request.amend && (request.message != nil || request.edit)
        guard hasChange || rewords || tip != patch.commit else {
            throw PatchProblem.nothingToUpdate
        }
        var commit = tip
        if hasChange || rewords {
            if request.verify { try await runPreCommit(hooks, &captured) }
            commit = try await commitUpdate(request, captured, on: tip, of: patch, hooks, people)
        }
        try captured.objects?.finish()
        var changed = patch
        changed.commit = commit
        changed.tree = try await view.commit(commit).tree
        changed.engine = captured.engine
        changed.engineReason = captured.engineReason
        changed.updated = .now()
        if patch.remote != nil { changed.state = .queued }
        if let base = patch.base, try await view.commits(from: commit, notIn: base, limit: 2).count == 1 {
            changed.title = try await view.commit(commit).title
        }
        let intent = try await intent(for: changed, was: patch, head, captured, folder, operation, people, request)
        // The log tells several updates of one patch apart by what was said of each.
        let words = request.message.map { CommitMessage.title(of: CommitMessage.clean($0)) } ?? ""
        let title = OperationTitle(command: "update", summary: words.isEmpty ? changed.title : words)
        try await perform(intent, as: operation, title, with: captured.objects)
        captured.objects?.letGo()
        if commit != tip { try await hooks.runAfter("post-commit") }
        return UpdateOutcome(operation: operation, patch: changed, paths: captured.changes.count)
    }

    /// The open patch whose branch HEAD is on.
    func openPatch(at head: Head) throws -> PatchRecord {
        let branch = head.branch?.branch
        if let branch, let patch = try store.openPatch(onBranch: branch) { return patch }
        throw PatchProblem(
            .noSuchPatch, "there is no open patch on \(branch.map { "'\($0)'" } ?? "a detached HEAD")",
            hints: ["type 'git patch list' to see the open patches, and switch to the branch of one"])
    }

    private func commitUpdate(
        _ request: UpdateRequest, _ captured: Captured, on tip: ObjectID, of patch: PatchRecord, _ hooks: CommitHooks,
        _ people: People
    ) async throws -> ObjectID {
        let newest = try await view.commit(tip)
        if request.amend, tip == patch.base {
            throw PatchProblem(.nothingToDo, "the patch has no commit to amend", hints: ["leave --amend out"])
        }
        let wording = CommitWording(workspace: workspace, hooks: hooks, verify: request.verify, edit: request.edit)
        let typed = request.message ?? (request.amend ? newest.message : "Update: \(patch.title)")
        if request.message == nil, request.amend, newest.message.contains("\u{FFFD}") {
            throw PatchProblem.notUnicode("the text of the commit that is amended")
        }
        let source = request.amend && request.message == nil ? ["commit", "HEAD"] : ["message"]
        let message = try await wording.settle(typed, source: source)
        var people = people
        if request.amend, let author = try await view.author(of: tip) { people.author = author }
        return try await make(
            NewCommit(
                tree: captured.tree, parents: request.amend ? newest.parents : [tip], message: message,
                people: people, signing: request.signing, objects: captured.objects))
    }

    private func intent(
        for patch: PatchRecord, was before: PatchRecord, _ head: Head, _ captured: Captured, _ folder: OperationFolder,
        _ operation: RecordID, _ people: People, _ request: UpdateRequest
    ) async throws -> Intent {
        guard let branch = head.branch, let tip = head.commit else {
            throw PatchProblem(.noSuchPatch, "HEAD is not on the branch of a patch")
        }
        var references = [
            ReferenceStep(
                .holder(of: operation), from: .absent,
                to: .object(try await holdObjects([patch.commit, tip], captured.stagedOnly, people)))
        ]
        if patch.commit != tip {
            references.append(ReferenceStep(branch, from: .object(tip), to: .object(patch.commit)))
        }
        var intent = Intent(
            references: references, worktree: workspace.location.worktree,
            message: "\(request.amend ? "patch (amend)" : "patch"): \(patch.title)", identity: people.committer)
        if patch.commit != tip {
            let isWhole = if case .pathspecs = request.scope { false } else { true }
            intent.index = try await indexStep(captured, folder, standsForTree: isWhole)
        }
        intent.patches = [PatchStep(from: before, to: patch)]
        if patch.remote != nil {
            var step = DeliveryStep(.update(replaces: [before.commit]), patch: patch)
            step.author = Person(people.author)
            step.skipsHooks = !request.verify
            intent.deliveries = [step]
        }
        return intent
    }
}
