import GitValues
import PlainRemote
import Settings
import Store

extension Worker {
    /// Combines open patches into one: merged in memory, tested as one tree, pushed as one patch.
    ///
    /// Each member stays a commit of its own, so that the way back is known. The originals stay open until it lands.
    package func consolidate(_ request: ConsolidationRequest) async throws -> ConsolidationOutcome {
        let state = try await keepHouse(
            try await remote.read(branches: [request.target]), branches: [request.target])
        guard let base = state.branch(request.target) else {
            return ConsolidationOutcome(end: .impossible("the remote has no branch '\(request.target)'"))
        }
        let objects = remote.objects
        let committer = try await objects.committer()
        let (selected, left) = try await SelectMembers(objects: objects, request: request, now: clock())(state)
        var outcome = ConsolidationOutcome(end: .planned, members: selected, left: left)
        let policy = try await TargetPolicy(of: request.target, at: base, objects: objects, git: settings)
        let combination = Combination(
            worker: self, base: base, policy: policy,
            builder: CandidateBuilder(
                objects: objects, committer: committer, style: CommitStyle(policy.settings)))
        var built = try await combination.build(&outcome)
        guard outcome.members.count > 1 else { return outcome.ending(.nothingToCombine) }
        if request.isDryRun { return outcome }
        if let stop = try state.fence(of: request.target).stopped
            ?? LocalStop.current(remote: state.remote, target: request.target, in: store)
        {
            return outcome.ending(.stopped(stop))
        }
        let required = combination.required(outcome.members.map(\.document))
        if let flaw = policy.flaw(in: required) { return outcome.ending(.misconfigured(flaw)) }
        if !required.isEmpty {
            switch try await combination.findCulprits(&outcome, &built, required, goesOn: request.skipsRed) {
            case nil: break
            case .some(let end): return outcome.ending(end)
            }
        }
        guard outcome.members.count > 1, let last = built.last else { return outcome.ending(.nothingToCombine) }
        return try await push(outcome, built, tip: last.commit, request, policy, base: base, by: committer)
    }

    /// Pushes branch and record of the combined patch as one.
    private func push(
        _ outcome: ConsolidationOutcome, _ built: [CandidateBuilder.Built], tip: ObjectID,
        _ request: ConsolidationRequest, _ policy: TargetPolicy, base: ObjectID, by committer: Identity
    ) async throws -> ConsolidationOutcome {
        var outcome = outcome
        let id = RecordID.make()
        let now = clock()
        let branch = policy.settings[PatchKeys.branchPrefix] + "combined-" + id.short
        let titles = outcome.members.map(\.document.title).joined(separator: "; ")
        var document = PatchDocument(
            id: id, title: request.title ?? "Combine \(titles)", branch: branch, base: base, target: request.target,
            head: tip, author: Person(committer), state: request.autoMerge ? .armed : .queued, at: now)
        document.fork = base
        // Each member stays a commit of its own.
        document.method = .rebase
        document.queuedAt = request.autoMerge ? now : nil
        document.priority = outcome.members.map(\.document.priority).max { $0.rank < $1.rank } ?? .normal
        var wishes: [String] = []
        for name in outcome.members.flatMap(\.document.requiredChecks) where !wishes.contains(name) {
            wishes.append(name)
        }
        document.requiredChecks = wishes
        // It asks for no less than its members do.
        document.approvals = outcome.members.compactMap(\.document.approvals).max()
        document.delay = outcome.members.compactMap(\.document.delay).max()
        document.combines = built.map { .init(patch: $0.member.id, head: $0.member.head, commit: $0.commit) }
        guard let branchName = ReferenceName(branch: branch), let recordName = RemoteReferences.patch(id) else {
            return outcome.ending(.impossible("'\(branch)' is no branch name"))
        }
        let record = try await remote.objects.write(
            DocumentCommit(
                file: PatchDocument.fileName, document: document, parent: nil,
                message: PlainRemote.message(of: document)), by: committer)
        FaultPoint.reached("consolidate.push")
        let updates = [RemoteUpdate(branchName, from: nil, to: tip), RemoteUpdate(recordName, from: nil, to: record)]
        let answer = try await remote.connection.push(updates, operation: id)
        guard answer.isComplete(for: updates) else {
            if case .connection(let words)? = answer.failure {
                throw RemoteProblem.unreachable(remote: remote.connection.displayName, words: words)
            }
            let words = answer.refusals.isEmpty ? "it did not take both references as one" : answer.refusalText
            return outcome.ending(.refused(words))
        }
        FaultPoint.reached("consolidate.pushed")
        try await remote.remember(updates)
        try store.save(
            PatchRecord(
                id: id, title: document.title, branch: branch, base: base, target: request.target,
                remote: remote.connection.storedName, commit: tip, tree: try await remote.objects.tree(of: tip),
                engine: .library, state: request.autoMerge ? .armed : .open, created: now, updated: now))
        try note("consolidate", "\(document.title) as \(id.short)")
        outcome.patch = document
        report(.note("combined \(outcome.members.count) patches as \(id.short) on '\(branch)'"))
        return outcome.ending(.created)
    }
}

extension ConsolidationOutcome {
    func ending(_ end: End) -> ConsolidationOutcome {
        var copy = self
        copy.end = end
        return copy
    }
}
