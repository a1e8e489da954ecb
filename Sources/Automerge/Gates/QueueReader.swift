package import GitValues
package import PlainRemote
package import Settings
package import Store

/// Judges every patch of a remote: what `status`, `explain` and the worker all look at.
package struct QueueReader: Sendable {
    private let remote: PlainRemote
    private let now: Timestamp

    /// Creates a reader.
    ///
    /// - Parameter now: the moment the gates are judged for.
    package init(remote: PlainRemote, now: Timestamp) {
        self.remote = remote
        self.now = now
    }

    /// The state as housekeeping would make it: what a worker would see, without writing anything.
    package func upToDate(_ state: RemoteState) async throws -> RemoteState {
        state.applying(try await Housekeeping(objects: remote.objects, state: state, now: now).changes())
    }

    /// The patches that are neither landed nor closed, in landing order, with their gates.
    package func entries(
        of state: RemoteState, _ settings: Settings, in store: borrowing Store
    ) async throws -> [QueueEntry] {
        let open = state.patches.values.map(\.document).filter { !$0.isFinished }
        var policies: [String: TargetPolicy] = [:]
        var removed: [String: [ObjectID]] = [:]
        var entries: [QueueEntry] = []
        for patch in LandingOrder.sorted(open, now: now) {
            if policies[patch.target] == nil, let tip = state.branch(patch.target) {
                policies[patch.target] = try await TargetPolicy(
                    of: patch.target, at: tip, objects: remote.objects, git: settings)
            }
            if removed[patch.target] == nil {
                removed[patch.target] = try await removedLandings(on: patch.target, state)
            }
            var context = try await context(of: patch, state, policies[patch.target], store)
            context.removedBase = try await removedBase(of: patch, state, removed[patch.target] ?? [])
            if policies[patch.target].map({ $0.approvals(of: patch) > 0 }) == true {
                context.makers = try await makers(of: patch, state)
            }
            entries.append(.judge(patch, context))
        }
        return entries
    }

    /// What the gates of one patch are judged by.
    private func context(
        of patch: PatchDocument, _ state: RemoteState, _ policy: TargetPolicy?, _ store: borrowing Store
    ) async throws -> GateContext {
        let name = remote.connection.storedName
        return GateContext(
            now: now, fence: state.fence(of: patch.target),
            localStop: try LocalStop.current(remote: name, target: patch.target, in: store),
            targetExists: state.branch(patch.target) != nil, policy: policy,
            below: try await below(patch, state, store),
            refusal: try PatchMemories.refusals.read(patch.id, remote: name, in: store),
            redTarget: try PatchMemories.redTargets.read(patch.id, remote: name, in: store).flatMap {
                $0.base == state.branch(patch.target) ? $0 : nil
            })
    }

    /// The patch that must land first; a landed one holds nothing up, and neither does none.
    private func below(
        _ patch: PatchDocument, _ state: RemoteState, _ store: borrowing Store
    ) async throws -> PatchBelow? {
        guard let id = patch.stackOn else {
            let start = patch.replayFrom.map { [$0] } ?? []
            return try await remote.objects.missingCommits(start).first.map(PatchBelow.gone)
        }
        if let document = state.patches[id]?.document { return state.hasLanded(document) ? nil : .known(document) }
        let record = try store.patch(id)
        let words =
            switch (state.unreadable[id], record?.state) {
            case (let reason?, _): "whose record cannot be read (\(reason))"
            case (nil, .closed): "which was taken back"
            case (nil, .local): "which is local"
            default: "which the remote does not have"
            }
        return .unknown(id, title: record?.title, words: words)
    }

    /// Who made any of what would land: its author, those of its own commits, and those of the patches it combines.
    func makers(of patch: PatchDocument, _ state: RemoteState) async throws -> [Person] {
        var makers = (patch.combines ?? []).compactMap { state.patches[$0.patch]?.document.author }
        if let author = patch.author { makers.append(author) }
        guard let tip = state.branch(patch.target) else { return makers }
        let known = [tip] + (patch.replayFrom.map { [$0] } ?? [])
        guard try await remote.objects.missingCommits([patch.head] + known).isEmpty else { return makers }
        let commits = try await remote.objects.commits(from: patch.head, notIn: known)
        // Those of a combination are made by a worker, in the name of the members' authors.
        return makers + commits.map { Person($0.author) }
    }

    /// A commit of the patch's history that the target had and has no more: after a reset it must not come back this way.
    private func removedBase(
        of patch: PatchDocument, _ state: RemoteState, _ removed: [ObjectID]
    ) async throws -> ObjectID? {
        guard let tip = state.branch(patch.target) else { return nil }
        if let fork = patch.fork, try await !remote.objects.isAncestor(fork, of: tip) {
            // A head that was rebased away from the fork has nothing to do with it any more.
            if try await remote.objects.isAncestor(fork, of: patch.head) { return fork }
        }
        for landed in removed {
            guard let shared = try await remote.objects.mergeBase(patch.head, landed) else { continue }
            if try await !remote.objects.isAncestor(shared, of: tip) { return shared }
        }
        return nil
    }

    /// So many receipts back a reset is noticed.
    private static let receiptsLookedAt = 30

    /// What the newest receipts say a target became and what it has no more, newest first.
    private func removedLandings(on target: String, _ state: RemoteState) async throws -> [ObjectID] {
        guard let end = state.receipts[target], let tip = state.branch(target) else { return [] }
        var removed: [ObjectID] = []
        for commit in try await remote.objects.chain(from: end, limit: QueueReader.receiptsLookedAt) {
            guard let receipt = try await remote.objects.receipt(in: commit),
                try await remote.objects.missing([receipt.landed]).isEmpty
            else { continue }
            if try await !remote.objects.isAncestor(receipt.landed, of: tip) { removed.append(receipt.landed) }
        }
        return removed
    }
}
