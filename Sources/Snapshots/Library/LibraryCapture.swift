import GitValues

/// Captures with code of our own: one parallel scan, contents read once, one pack, only touched trees rebuilt.
struct LibraryCapture: Sendable {
    let request: CaptureRequest
    let configuration: GitConfiguration
    let plan: Preflight.Plan

    /// Runs the capture.
    ///
    /// - Throws: `Preflight.Reason` or `AttributeFiles.Obstacle` when git mode must take over, `MovedFiles` when files
    ///   changed meanwhile, `CaptureRefusal`, `CaptureError`.
    func run() async throws -> Capture {
        let draft = request.dryRun ? nil : try request.indexDirectory.map(IndexDraft.init)
        defer { draft?.discard() }
        let cache = CacheTree(of: plan.index)
        let rules = StatRules(configuration, index: plan.index.identity)
        let findings = await scan(rules)
        if let obstacle = findings.obstacles.first { throw Preflight.Reason(obstacle) }
        let staged = try StagedDifferences.find(
            index: plan.index, cache: cache, store: plan.store, head: plan.head.tree)
        if findings.isEmpty, staged.isEmpty, draft == nil {
            return try LibraryResult.unchanged(plan.head.tree).capture(nil)
        }
        try checkObjects(of: staged)
        let work = try LibraryWork(
            request, configuration, plan, rules: rules, findings: findings, staged: staged)
        let names = request.force ? LibraryRails.Names() : try LibraryRails(work: work).names()
        if !names.isEmpty { try await refuse(work, names) }
        let sink = try ObjectSink(store: plan.store, dryRun: request.dryRun, levels: CompressionLevels(configuration))
        let objects = CapturedObjects(sink)
        if !request.dryRun { try settle(staged, sink) }
        let result = try await capture(work, sink, cache, remembersTrees: draft != nil)
        if !request.leavesObjectsPending { try objects.finish() }
        let index = try draft?.complete(result.index, request.indexPath, basis: plan.index.identity)
        return try result.capture(index, request.dryRun ? nil : objects)
    }

    private func scan(_ rules: StatRules) async -> ScanFindings {
        if request.scope == .staged { return ScanFindings() }
        let scan = WorktreeScan(worktree: request.location.worktree, index: plan.index, rules: rules)
        return await scan.run(ignored: plan.ignored, listsUntracked: request.scope == .everything)
    }

    /// Like `git write-tree`, trusts HEAD's objects to be there and makes sure of those that are only staged.
    private func checkObjects(of staged: [StagedDifference]) throws {
        for entry in staged.compactMap(\.entry) where !plan.store.has(plan.index.digest(entry)) {
            throw Preflight.Reason("the staged blob of '\(plan.index.path(entry).text)' is missing")
        }
    }

    /// Takes along what `git add` has stored in files of their own: git does not wait for those to be on the disk.
    private func settle(_ staged: [StagedDifference], _ sink: ObjectSink) throws {
        let blobs = staged.compactMap(\.entry).filter { plan.index.mode($0) != FileMode.submodule }
        guard !blobs.isEmpty else { return }
        var batch = try ObjectBatch(level: sink.level)
        var large: [String] = []
        for digest in blobs.map(plan.index.digest) where sink.claim(digest) {
            if let object = try plan.store.readSmallLoose(digest) {
                try object.content.withUnsafeBytes { try sink.add(digest, object.type, $0, &batch) }
            } else {
                large.append(digest.hex)
            }
        }
        try sink.flush(&batch)
        try LooseFile.settle(large, in: plan.store.directories)
    }

    private func context(_ sink: ObjectSink) -> ContentPass.Context {
        ContentPass.Context(
            worktree: request.location.worktree, index: plan.index, store: plan.store, sink: sink,
            searchesSecrets: request.limits.checksSecrets && !request.force)
    }

    /// Refuses names together with what else is found in the contents, which are read but not written: who passes one
    /// rail with `--force` passes all, and must have been told of everything.
    private func refuse(_ work: LibraryWork, _ names: LibraryRails.Names) async throws {
        let sink = try ObjectSink(store: plan.store, dryRun: true, levels: CompressionLevels(configuration))
        let large = Set(names.large.map(\.path))
        var work = work
        work.items.removeAll { large.contains($0.path.text) }
        let outcome = try await ContentPass(work.items, context(sink)).run()
        try LibraryRails(work: work).check(names, outcome.results)
    }

    private func capture(
        _ work: LibraryWork, _ sink: ObjectSink, _ cache: CacheTree, remembersTrees: Bool
    ) async throws -> LibraryResult {
        let outcome = try await ContentPass(work.items, context(sink)).run()
        if !outcome.unreadable.isEmpty { throw CaptureRefusal.unreadable(outcome.unreadable.map(\.text)) }
        if !outcome.moved.isEmpty { throw MovedFiles(paths: outcome.moved) }
        try LibraryRails(work: work).check(LibraryRails.Names(), outcome.results)
        let changes = LibraryChanges(work, outcome.results)
        var builder = TreeBuilder(
            index: plan.index, cache: cache, changes: changes.trees, remembers: remembersTrees)
        let top = builder.build()
        var trees = builder.newTrees
        var stagedOnly: Digest?
        if !changes.lost.isEmpty {
            var lost = TreeBuilder(index: .absent, cache: .empty, changes: changes.lost, remembers: false)
            stagedOnly = lost.build().digest
            trees += lost.newTrees
        }
        try await TreePass(trees, sink).run()
        let index =
            remembersTrees
            ? IndexWriter.bytes(plan.index, changes.index, count: top.count, memory: top.memory) : []
        return LibraryResult(
            tree: top.digest ?? .emptyTree, headTree: plan.head.tree, summary: changes.summary, stagedOnly: stagedOnly,
            index: index)
    }
}

/// What library mode ends with.
struct LibraryResult: Sendable {
    let tree: Digest
    let headTree: Digest?
    let summary: [CapturedChange]
    let stagedOnly: Digest?
    /// The bytes of the new index; empty when none is asked for.
    let index: [UInt8]

    /// Nothing differs from HEAD.
    static func unchanged(_ head: Digest?) -> LibraryResult {
        LibraryResult(tree: head ?? .emptyTree, headTree: head, summary: [], stagedOnly: nil, index: [])
    }

    /// The result as callers see it.
    func capture(_ index: PreparedIndex?, _ objects: CapturedObjects? = nil) throws -> Capture {
        guard let tree = tree.objectID else {
            throw CaptureError(code: .inputOutput, operation: "name the tree", message: "its name is all zeros")
        }
        return Capture(
            tree: tree, headTree: headTree?.objectID, engine: .library, engineReason: nil, changes: summary,
            warnings: [], stagedOnly: stagedOnly?.objectID, index: index, objects: objects)
    }
}
