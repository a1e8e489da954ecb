package import GitValues
package import PlainRemote
import Store

/// What came of taking a landing back.
package enum RollbackOutcome: Sendable {
    /// The target has the revert.
    case reverted(Receipt)
    /// The target does not have the change any more.
    case nothingToDo
    /// Later work builds on it.
    case conflict(paths: [String])
    /// The target without it is red too.
    case red([String])
    case stopped(EpochDocument.Stop)
    case refused(String)
    case misconfigured(String)
    case impossible(String)
}

/// Why nothing is taken back.
package struct RollbackEnd: Error {
    package let outcome: RollbackOutcome
}

/// What is to be taken back: the change between two commits of a target.
package struct RollbackRequest: Sendable {
    package var target: String
    /// The tip of the target before the change.
    package var before: ObjectID
    /// The tip of the target after it.
    package var after: ObjectID
    /// The patches the change belongs to.
    package var patches: [RecordID]
    /// What it is called, for the message.
    package var title: String
    /// Whether a worker decided on it by itself.
    var isAutomatic = false
    /// Why, for the message.
    var reason: String?

    /// Creates a request.
    package init(target: String, before: ObjectID, after: ObjectID, patches: [RecordID], title: String) {
        self.target = target
        self.before = before
        self.after = after
        self.patches = patches
        self.title = title
    }
}

extension Worker {
    /// Takes a change back: a revert is built on the tip, tested as any candidate is, and landed by the same push.
    ///
    /// The patches of the change become `ejected`, with the reason; their branches come back where their heads are here.
    package func rollback(_ request: RollbackRequest) async throws -> RollbackOutcome {
        let committer = try await remote.objects.committer()
        var greens: [String: [Receipt.Verdict]] = [:]
        for _ in 0..<6 {
            let state = try await remote.read(branches: [request.target])
            let revert: Revert
            switch try await self.revert(request, state) {
            case .success(let made): revert = made
            case .failure(let end): return end.outcome
            }
            let (base, tree, policy) = (revert.base, revert.tree, revert.policy)
            let required = policy.requiredChecks
            let commit = try await revertCommit(
                request, CommitStyle(policy.settings), tree: tree, base: base, by: committer)
            let key = tree.hex + policy.fingerprint(required)
            if greens[key] == nil {
                switch try await judge(commit, tree, policy, required) {
                case .success(let verdicts): greens[key] = verdicts
                case .failure(let end): return end.outcome
                }
            }
            var receipt = Receipt(
                target: request.target, base: base, candidate: commit, landed: commit, tree: tree, members: [],
                method: "revert", verdicts: greens[key] ?? [], reverts: request.patches, policy: policy.file,
                at: clock())
            receipt.takesBack = request.after
            receipt.takesBackTo = request.before
            receipt.isAutomatic = request.isAutomatic ? true : nil
            guard let landing = try await landing(of: receipt, state, by: committer) else {
                return .impossible("'\(request.target)' is no target")
            }
            let (outcome, _) = try await push(
                landing, as: "rollback", "\(request.title) on '\(request.target)', by \(receipt.landed.short)")
            switch outcome {
            case .landed:
                report(.reverted(receipt, title: request.title))
                return .reverted(receipt)
            case .moved: continue
            case .refused(let words): return .refused(words)
            case .unreachable(let words):
                throw RemoteProblem.unreachable(remote: remote.connection.displayName, words: words)
            case .stopped: continue
            }
        }
        throw RemoteProblem.unstable(remote: remote.connection.displayName)
    }

    /// What would be tested and landed to take a change back.
    struct Revert {
        /// The tip of the target.
        let base: ObjectID
        /// Its tree without the change.
        let tree: ObjectID
        let policy: TargetPolicy
    }

    /// Builds the tree of a revert on the tip of the target; a look and the real rollback are refused alike because both
    /// ask here.
    func revert(
        _ request: RollbackRequest, _ state: RemoteState
    ) async throws -> Result<Revert, RollbackEnd> {
        func end(_ outcome: RollbackOutcome) -> Result<Revert, RollbackEnd> {
            .failure(RollbackEnd(outcome: outcome))
        }
        if let stop = try stop(of: request.target, state) { return end(.stopped(stop)) }
        guard let base = state.branch(request.target) else {
            return end(.impossible("the remote has no branch '\(request.target)'"))
        }
        let merged = try await TreeMerger(objects: remote.objects).apply(
            from: request.after, to: request.before, onto: base)
        guard case .clean(let tree) = merged else {
            if case .conflicts(let paths) = merged { return end(.conflict(paths: paths)) }
            return end(.conflict(paths: []))
        }
        if try await remote.objects.tree(of: base) == tree { return end(.nothingToDo) }
        let policy = try await TargetPolicy(of: request.target, at: base, objects: remote.objects, git: settings)
        if let flaw = policy.flaw(in: policy.requiredChecks) { return end(.misconfigured(flaw)) }
        return .success(Revert(base: base, tree: tree, policy: policy))
    }

    /// The stop of a target, here or on the remote; `nil` when there is none.
    func stop(of target: String, _ state: RemoteState) throws -> EpochDocument.Stop? {
        try state.fence(of: target).stopped ?? LocalStop.current(remote: state.remote, target: target, in: store)
    }

    private func judge(
        _ commit: ObjectID, _ tree: ObjectID, _ policy: TargetPolicy, _ required: [String]
    ) async throws -> Result<[Receipt.Verdict], RollbackEnd> {
        guard !required.isEmpty else { return .success([]) }
        let candidate = CandidateTest(
            commit: commit, tree: tree, settings: policy.settings, required: required, fresh: false)
        let verdict = try await test(candidate)
        switch verdict.outcome {
        case .passed: return .success(verdict.verdicts)
        case .failed(let names): return .failure(RollbackEnd(outcome: .red(names)))
        case .misconfigured(let reason): return .failure(RollbackEnd(outcome: .misconfigured(reason)))
        case .impossible(let reason): return .failure(RollbackEnd(outcome: .impossible(reason)))
        }
    }

    private func revertCommit(
        _ request: RollbackRequest, _ style: CommitStyle, tree: ObjectID, base: ObjectID, by committer: Identity
    ) async throws -> ObjectID {
        let why = request.reason.map { "\($0).\n\n" } ?? ""
        let text =
            "Revert \"\(request.title)\"\n\n\(why)This takes back \(request.before.short)..\(request.after.hex).\n"
        let message = CommitMessage.adding(
            trailers: request.patches.map { (LandingMessage.revertTrailer, $0.text) }, to: text)
        return try await remote.objects.makeCommit(
            style, tree: tree, parents: [base], author: committer, committer: committer, message: message)
    }

    /// The push of a revert, with the records of the patches it takes back and the branches they had.
    private func landing(of receipt: Receipt, _ state: RemoteState, by committer: Identity) async throws -> Landing? {
        var records: [LandingRecord] = []
        var branches: [RemoteUpdate] = []
        for id in receipt.reverts ?? [] {
            guard let patch = state.patches[id] else { continue }
            var document = patch.document
            document.state = .ejected
            document.reason = "reverted by \(receipt.landed.hex)"
            document.changedAt = clock()
            document.replayFrom = try await restart(of: document, receipt, state) ?? document.replayFrom
            guard let record = try LandingRecord(document, after: patch) else { continue }
            records.append(record)
            let isHere = try await remote.objects.missing([document.head]).isEmpty
            if let branch = ReferenceName(branch: document.branch), state.references[branch] == nil, isHere {
                branches.append(RemoteUpdate(branch, from: nil, to: document.head))
            }
        }
        var landing = try await Landing(receipt, state: state, records: records, remote: remote, by: committer)
        landing?.updates += branches
        return landing
    }

    /// Where the change of a patch starts whose commits stay in the target when it is reverted: merging it again from
    /// there brings it back. `nil` for one that landed in another form.
    private func restart(
        of patch: PatchDocument, _ revert: Receipt, _ state: RemoteState
    ) async throws -> ObjectID? {
        guard try await remote.objects.missing([patch.head]).isEmpty,
            try await remote.objects.isAncestor(patch.head, of: revert.base),
            let request = try await rollbackRequest(patch: patch.id, state)
        else { return nil }
        return try await remote.objects.mergeBase(request.before, patch.head)
    }

    /// What a patch changed, or one commit of a target: what `rollback` takes back.
    ///
    /// - Returns: `nil` when no receipt and no commit of a target fits.
    package func rollbackRequest(patch id: RecordID, _ state: RemoteState) async throws -> RollbackRequest? {
        guard let document = state.patches[id]?.document, let end = state.receipts[document.target],
            let landing = try await remote.objects.landing(of: id, receipts: end)
        else { return nil }
        return RollbackRequest(
            target: document.target, before: landing.before, after: landing.after, patches: [id], title: document.title)
    }

    /// What one commit of a target changed; when a receipt tells of it, the patch it belongs to.
    package func rollbackRequest(
        commit: ObjectID, target: String, _ state: RemoteState
    ) async throws -> RollbackRequest? {
        guard let tip = state.branch(target), try await remote.objects.isAncestor(commit, of: tip) else { return nil }
        for entry in try await state.receipts[target].mapAsync({ try await remote.objects.chain(from: $0) })
            ?? []
        {
            guard let receipt = try await remote.objects.receipt(in: entry) else { continue }
            if let member = receipt.members.first(where: { $0.landed == commit }) {
                return try await rollbackRequest(patch: member.patch, state)
            }
        }
        let facts = try await remote.objects.commit(commit)
        guard let before = facts.parents.first else { return nil }
        return RollbackRequest(target: target, before: before, after: commit, patches: [], title: facts.title)
    }
}

extension Optional {
    /// `map` for bodies that wait.
    func mapAsync<Result>(_ body: (Wrapped) async throws -> Result) async throws -> Result? {
        if let value = self { try await body(value) } else { nil }
    }
}
