package import GitValues
import PlainRemote
import Settings
import Store

extension Session {
    /// Sends a patch that was kept here to its remote, as `create` without `--local` would have.
    ///
    /// - Parameter wish: the beginning of a patch's id, or a branch.
    /// - Returns: the operation; `nil` when the wish is no single open patch that is local.
    /// - Throws: a refusal; then nothing has changed.
    package func publish(_ wish: String) async throws -> RecordID? {
        let named = try store.patches(matching: wish).filter { $0.state == .local }
        guard named.count == 1, var patch = named.first else { return nil }
        let before = patch
        patch.remote = try remoteToPublish(to: patch)
        try await requireWhole(patch)
        if let below = try patch.stackedOn.flatMap({ try store.patch($0) }), below.state == .local {
            throw PatchProblem(
                .stackedOnLocal, "'\(below.branch)' is local, and a patch on top of it would publish its commits",
                hints: ["send that one first: git patch resume \(below.id.short)"])
        }
        let target = try await chooseTarget(patch.target, remote: patch.remote, head: try await view.head())
        let people = try await workspace.people()
        patch.state = .queued
        patch.updated = .now()
        var step = DeliveryStep(.create(options: QueueOptions()), patch: patch)
        step.author = Person(people.author)
        if let base = patch.base, let tip = target.tip { step.fork = try await view.mergeBase(base, tip) }
        let operation = RecordID.make()
        var intent = Intent(
            references: [ReferenceStep(.holder(of: operation), from: .absent, to: .object(patch.commit))],
            worktree: workspace.location.worktree, message: "patch: \(patch.title)", identity: people.committer)
        intent.patches = [PatchStep(from: before, to: patch)]
        intent.deliveries = [step]
        try await withFolder(operation) { _ in
            _ = try await perform(intent, as: operation, OperationTitle(command: "resume", summary: patch.title))
        }
        return operation
    }

    private func remoteToPublish(to patch: PatchRecord) throws -> String {
        let remote: String?
        do {
            remote = try workspace.pushRemote(from: patch.branch, recorded: try RecordedRemotes(of: nil, in: store))
        } catch let problem as RemoteProblem {
            throw PatchProblem(
                .noRemote, problem.description,
                hints: ["prefer one: git config remote.pushDefault \(workspace.remotes.first ?? "origin")"])
        }
        guard let remote else {
            throw PatchProblem(
                .noRemote, "there is no remote to send '\(patch.title)' to", hints: ["git remote add origin URL"])
        }
        return remote
    }

    /// What is sent is what the patch is known to hold.
    private func requireWhole(_ patch: PatchRecord) async throws {
        let name = ReferenceName(branch: patch.branch)
        let tip = if let name { try await view.reference(name) } else { ObjectID?.none }
        if tip == patch.commit { return }
        throw PatchProblem(
            .changedMeanwhile,
            tip == nil ? "the branch '\(patch.branch)' is gone" : "'\(patch.branch)' has commits the patch lacks",
            hints: [
                tip == nil
                    ? "git branch \(patch.branch) \(patch.commit.hex)"
                    : "git switch \(patch.branch) && git patch update, then send it"
            ])
    }
}
