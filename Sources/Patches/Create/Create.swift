import Git2
import GitProcess
import GitValues
import PlainRemote
import Settings
import Snapshots
import Store

extension Session {
    /// Makes a patch from the working tree: capture, commit, branch; pushing and queueing come after, by `deliver`.
    ///
    /// - Throws: a refusal; then nothing has changed.
    package func create(_ request: CreateRequest) async throws -> CreateOutcome {
        try await withFolder { operation, folder in try await create(request, as: operation, in: folder) }
    }

    /// Runs a body with a fresh operation folder, which goes when the body fails before its intent is recorded.
    func withFolder<Result>(
        _ body: (RecordID, OperationFolder) async throws -> Result
    ) async throws -> Result {
        let operation = RecordID.make()
        return try await withFolder(operation) { try await body(operation, $0) }
    }

    /// The same for an operation that has its id.
    func withFolder<Result>(
        _ operation: RecordID, _ body: (OperationFolder) async throws -> Result
    ) async throws -> Result {
        let folder = OperationFolder(operation, in: store.directory)
        try folder.make()
        do { return try await body(folder) } catch {
            if try store.operation(operation) == nil { folder.discard() }
            throw error
        }
    }

    private func create(
        _ request: CreateRequest, as operation: RecordID, in folder: OperationFolder
    ) async throws -> CreateOutcome {
        let head = try await view.head()
        let people = try await workspace.people()
        if let command = request.run {
            // What is wrong with the request is said before the command changes anything.
            _ = try await plan(request, title: request.nameSource ?? "change", head: head)
            try await workspace.runChange(command)
        }
        let hooks = CommitHooks(
            git: workspace.git, settings: workspace.settings, location: workspace.location, index: folder.indexAfter,
            author: people.author, usesEditor: request.edit)
        // A hook that looks at the working tree has nothing to say about what does not come from there.
        let hasPreCommit = request.verify && request.content == nil && hooks.exists("pre-commit")
        let needsIndex = request.mode != .stay || hasPreCommit
        var captured: Captured
        if let content = request.content {
            captured = Captured(madeTree: content)
        } else {
            // Whoever is asked about the commit may look at its tree, and a merge has to.
            let isSeenBefore = hasPreCommit || hooks.haveTextHooks || request.edit || request.base != nil
            captured = try await workspace.capture(
                request.scope, force: request.force, into: needsIndex ? folder : nil,
                leavesObjectsPending: !isSeenBefore)
        }
        if hasPreCommit { try await runPreCommit(hooks, &captured) }
        let wording = CommitWording(workspace: workspace, hooks: hooks, verify: request.verify, edit: request.edit)
        let message = try await wording.settle(request.text)
        let plan = try await plan(request, title: CommitMessage.title(of: message), head: head)
        plan.notices().forEach(workspace.say)
        if let remote = plan.remote,
            let doubt = try await workspace.landingDoubt(request.queue, target: plan.target, remote: remote)
        {
            workspace.say(.warning(doubt))
            workspace.say(.hint("push one there: [automerge] requiredCheck = NAME, or expectNoChecks = true"))
        }
        let tree =
            if let content = request.content { content } else {
                try await rebuilt(captured, on: plan.base, from: head.commit)
            }
        let commit = try await make(
            NewCommit(
                tree: tree, parents: plan.base.map { [$0] } ?? [], message: message, people: people,
                signing: request.signing, objects: captured.objects))
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
            intent.deliveries = [step]
        }
        let isOnePack = captured.objects?.commit == commit && captured.stagedOnly == nil
        try await perform(
            intent, as: operation, OperationTitle(command: "create", summary: patch.title), with: captured.objects,
            hasNewFolders: !isOnePack)
        captured.objects?.letGo()
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
        guard let branch = ReferenceName(branch: patch.branch) else {
            throw PatchProblem(.badBranchName, "'\(patch.branch)' is not a valid branch name")
        }
        let held = try await holdObjects([patch.commit], captured.stagedOnly, people)
        let movesHead = request.mode == .switchOver && patch.base == head.commit
        var references = [
            ReferenceStep(.holder(of: operation), from: .absent, to: .object(held)),
            ReferenceStep(branch, from: .absent, to: .object(patch.commit)),
        ]
        if movesHead { references.append(ReferenceStep(.head, from: head.value, to: .symbolic(branch))) }
        var intent = Intent(
            references: references, worktree: workspace.location.worktree, message: "patch: \(patch.title)",
            identity: people.committer)
        if request.mode == .leave {
            let tree: ObjectID
            if let commit = head.commit {
                tree = try await view.commit(commit).tree
            } else {
                tree = try await view.emptyTree()
            }
            let changes = try await view.changes(from: tree, to: captured.tree)
            intent.files = try await filesBack(changes, from: tree, folder)
            try await warnOfDirtySubmodules(besides: changes)
            try await resetEntries(changes, tree, folder)
            intent.index = try await indexStep(captured, folder, standsForTree: false)
        } else if movesHead {
            let isWhole = if case .pathspecs = request.scope { false } else { true }
            intent.index = try await indexStep(captured, folder, standsForTree: isWhole)
        }
        intent.patches = [PatchStep(from: nil, to: patch)]
        return intent
    }

    /// The index as it is and as it will be.
    ///
    /// - Parameter standsForTree: whether the new index has exactly the captured tree; else git is asked for its tree.
    func indexStep(
        _ captured: Captured, _ folder: OperationFolder, standsForTree: Bool
    ) async throws -> IndexStep {
        guard let prepared = captured.index else {
            throw PatchProblem(.unsupported, "the capture prepared no index")
        }
        let swap = IndexSwap(index: DiskPath(prepared.destination), folder: folder)
        let before = try swap.keepBefore()
        guard prepared.isCurrent, before == FileIdentity.of(swap.index) else {
            throw PatchProblem(
                .changedMeanwhile, "the index was changed by another program meanwhile",
                hints: ["run the command again"])
        }
        var tree: ObjectID? = captured.tree
        if !standsForTree {
            let git = workspace.git.using(indexFile: folder.indexAfter.filePath)
            tree = ObjectID(hex: try await git.run(["write-tree"]).text)
        }
        return IndexStep(
            path: prepared.destination, before: before, after: FileIdentity.of(folder.indexAfter),
            tree: tree)
    }

    /// What `refs/gitpatch/ops/<id>` points at: the one commit, or one that holds them all and staged contents as well.
    func holdObjects(_ commits: [ObjectID], _ stagedOnly: ObjectID?, _ people: People) async throws -> ObjectID {
        if stagedOnly == nil, commits.count == 1, let commit = commits.first { return commit }
        let tree: ObjectID
        if let stagedOnly { tree = stagedOnly } else { tree = try await view.emptyTree() }
        return try await make(
            NewCommit(
                tree: tree, parents: commits, message: "what an operation of git patch needs\n", people: people,
                signing: .never))
    }
}

extension CreateRequest {
    /// What the branch is named after: what was typed, whatever hooks make of it; absent when the editor decides.
    var nameSource: String? {
        let title = CommitMessage.title(of: CommitMessage.clean(description ?? ""))
        return edit || title.isEmpty ? nil : title
    }

    /// Description and body as one text.
    var text: String { [description ?? "", body ?? ""].filter { !$0.isEmpty }.joined(separator: "\n\n") }
}
