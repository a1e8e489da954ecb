import Git2
import GitValues
import PlainRemote
import Settings
import Store

extension Session {
    /// Makes a patch from the working tree: capture, commit, branch; pushing and queueing come after, by `deliver`.
    ///
    /// - Throws: a refusal; then nothing has changed.
    package func create(_ request: CreateRequest) async throws -> CreateOutcome {
        let operation = RecordID.make()
        let folder = OperationFolder(operation, in: store.directory)
        try folder.make()
        do {
            return try await create(request, as: operation, in: folder)
        } catch {
            // Before the intent is recorded the folder is all there is of the operation.
            if try store.operation(operation) == nil { folder.discard() }
            throw error
        }
    }

    private func create(
        _ request: CreateRequest, as operation: RecordID, in folder: OperationFolder
    ) async throws -> CreateOutcome {
        let head = try await view.head()
        if let command = request.run { try await runChange(command) }
        let people = try await workspace.people()
        var captured = try await capture(request, into: folder, head: head.commit)
        let hooks = CommitHooks(
            git: workspace.git, settings: workspace.settings, location: workspace.location, index: folder.indexAfter,
            author: people.author, usesEditor: request.edit)
        if request.verify { try await runPreCommit(hooks, &captured) }
        let typed = [request.description ?? "", request.body ?? ""].filter { !$0.isEmpty }.joined(separator: "\n\n")
        let wording = CommitWording(workspace: workspace, hooks: hooks, verify: request.verify, edit: request.edit)
        let message = try await wording.settle(typed)
        let plan = try await plan(request, title: CommitMessage.title(of: message), head: head)
        plan.notices().forEach(workspace.say)
        let tree = try await rebuilt(captured, on: plan.base, from: head.commit)
        let commit = try await make(
            NewCommit(
                tree: tree, parents: plan.base.map { [$0] } ?? [], message: message, people: people,
                signing: request.signing))
        try await runTests(request.tests, on: commit, in: folder)
        let patch = PatchRecord(
            id: .make(), title: plan.title, branch: plan.branch, base: plan.base, target: plan.target,
            remote: plan.remote, commit: commit, tree: tree, engine: captured.engine,
            engineReason: captured.engineReason, state: plan.remote == nil ? .local : .queued,
            stackedOn: plan.stackedOn?.id, created: .now(), updated: .now())
        var intent = try await intent(request, patch, head, captured, folder, operation, people)
        if plan.remote != nil {
            var step = DeliveryStep(.create(options: request.queue), patch: patch)
            step.author = Person(people.author)
            step.fork = plan.fork
            step.skipsHooks = !request.verify
            intent.delivery = step
        }
        try await perform(intent, as: operation, OperationTitle(command: "create", summary: patch.title))
        try await hooks.runAfter("post-commit")
        return CreateOutcome(
            operation: operation, patch: patch, captured: captured,
            requests: try store.requests(ofOperation: operation))
    }

    /// Everything the operation will touch, with old and new values.
    private func intent(
        _ request: CreateRequest, _ patch: PatchRecord, _ head: Head, _ captured: Captured, _ folder: OperationFolder,
        _ operation: RecordID, _ people: People
    ) async throws -> Intent {
        guard let branch = ReferenceName(branch: patch.branch),
            let holder = ReferenceName("refs/gitpatch/ops/\(operation)")
        else { throw PatchProblem(.badBranchName, "'\(patch.branch)' is not a valid branch name") }
        let held = try await holdObjects(patch.commit, captured.stagedOnly, people)
        let movesHead = request.mode == .switchOver && patch.base == head.commit
        var references = [
            ReferenceStep(holder, from: .absent, to: .object(held)),
            ReferenceStep(branch, from: .absent, to: .object(patch.commit)),
        ]
        if movesHead { references.append(ReferenceStep(.head, from: head.value, to: .symbolic(branch))) }
        var intent = Intent(
            references: references, worktree: workspace.location.worktree, message: "patch: \(patch.title)",
            identity: people.committer)
        if movesHead { intent.index = try indexStep(captured, patch.tree, folder) }
        intent.patches = [PatchStep(from: nil, to: patch)]
        return intent
    }

    /// The index as it is and as it will be.
    private func indexStep(
        _ captured: Captured, _ tree: ObjectID, _ folder: OperationFolder
    ) throws -> IndexStep {
        let path = workspace.location.gitDirectory + "/index"
        let before = try IndexSwap(index: DiskPath(path), folder: folder).keepBefore()
        guard before == captured.indexBefore else {
            throw PatchProblem(
                .changedMeanwhile, "the index was changed by another program meanwhile",
                hints: ["run the command again"])
        }
        try Disk.synchronise(folder.path)
        return IndexStep(path: path, before: before, after: FileIdentity.of(folder.indexAfter), tree: tree)
    }

    /// What `refs/gitpatch/ops/<id>` points at: the commit, or one that holds staged contents as well.
    private func holdObjects(_ commit: ObjectID, _ stagedOnly: ObjectID?, _ people: People) async throws -> ObjectID {
        guard let stagedOnly else { return commit }
        return try await make(
            NewCommit(
                tree: stagedOnly, parents: [commit], message: "what was staged\n", people: people, signing: .never))
    }
}
