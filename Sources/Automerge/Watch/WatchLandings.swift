import GitValues
import PlainRemote
import Settings
import Store

/// Judges what landed on one target by the checks after landing, and takes back what turned it red.
struct WatchLandings {
    let worker: Worker
    let target: String
    private var objects: RepositoryObjects { worker.remote.objects }

    init(_ worker: Worker, target: String) {
        self.worker = worker
        self.target = target
    }

    /// Judges what nobody has judged yet; answers with the state as it is then.
    func perform(_ state: RemoteState, _ result: inout PassReport) async throws -> RemoteState {
        guard let end = state.receipts[target], var tip = state.branch(target) else { return state }
        var state = state
        if try await !objects.missing([tip]).isEmpty {
            state = try await worker.remote.read(branches: [target])
            guard let now = state.branch(target) else { return state }
            tip = now
        }
        let policy = try await TargetPolicy(of: target, at: tip, objects: objects, git: worker.settings)
        let checks = policy.postChecks
        guard policy.problem == nil, policy.settings[AutomergeKeys.rollback], !checks.isEmpty else { return state }
        let watch = state.watches[target]
        let now = worker.clock()
        if let judged = watch?.document?.judged, try await objects.receipt(in: end)?.landed == judged { return state }
        var policies = [policy.file: true]
        let landings = try await UnjudgedLandings(
            of: end, judged: watch?.document?.judged, watch: policy.settings[AutomergeKeys.watch], now: now, objects
        ) { receipt in
            if let known = policies[receipt.policy] { return known }
            let wasWatched = try await self.wasWatched(receipt)
            policies[receipt.policy] = wasWatched
            return wasWatched
        }
        guard let newest = landings.receipts.first, newest.landed != watch?.document?.judged else { return state }
        let isStopped = try worker.stop(of: target, state) != nil
        if isStopped, try worker.store.fact(heldKey) == newest.landed.hex { return state }
        func judged(_ outcome: WatchDocument.Outcome, _ text: String) async throws -> RemoteState {
            try await write(
                WatchDocument(judged: newest.landed, outcome: outcome, text: text, at: now), over: watch?.tip, state)
        }
        guard !landings.isExpired else { return try await judged(.expired, "it landed too long ago to be watched") }
        guard try await objects.isAncestor(newest.landed, of: tip) else {
            return try await judged(.expired, "\(newest.landed.short) was removed from '\(target)'")
        }
        // A revert alone was tested before it landed, and is not taken back whatever comes of it.
        worker.report(.watching(target: target, checks: checks, landed: newest.landed))
        FaultPoint.reached("watch.test")
        let search = CulpritSearch(objects: objects, policy: policy, checks: checks, test: worker.test)
        let answer: CulpritSearch.Answer
        do {
            answer = try await search.run(landings.stretches) { reasonToKeep($0, landings, state) }
        } catch let trouble as CulpritSearch.Trouble {
            switch trouble {
            case .misconfigured(let reason): result.misconfigured.append(reason)
            case .impossible(let reason):
                result.failures.append(.init(.notTested, "what landed on '\(target)' cannot be judged: \(reason)"))
            }
            return state
        }
        for (tree, names) in search.flaky { worker.report(.flaky(target: target, tree: tree, checks: names)) }
        switch answer {
        case .green where search.flaky.isEmpty:
            return try await judged(.passed, "\(quoted(checks)) passed at \(newest.landed.short)")
        case .green:
            return try await judged(.flaky, "\(quoted(checks)) passed at \(newest.landed.short) when run again")
        case .inherited(let names):
            return try await judged(
                .inherited, "\(quoted(names)) failed, and before these landings too: nothing is taken back")
        case .stuck(let reason):
            return try await judged(.stuck, "it is red at \(newest.landed.short) and stays so: \(reason)")
        case .culprits(let culprits, let names):
            guard let end = try await takeBack(culprits, names, landings, policy, state, &result) else {
                try worker.store.setFact(heldKey, to: newest.landed.hex)
                let titles = culprits.compactMap {
                    if case .patch(let id) = $0.origin { title(of: id, state) } else { nil }
                }
                worker.report(
                    .note(
                        "'\(target)' is stopped and red at \(newest.landed.short) (\(quoted(names))): "
                            + "\(titles.joined(separator: ", ")) is taken back after 'git automerge resume'"))
                return try await worker.remote.read()
            }
            state = try await worker.remote.read()
            return try await write(
                WatchDocument(
                    judged: end.judged ?? newest.landed,
                    outcome: end.isDone ? .reverted : .stuck, text: end.text, at: now),
                over: state.watches[target]?.tip, state)
        }
    }

    /// The fact that holds what was found red while nothing may be taken back: it is not tested again before the resume.
    private var heldKey: String { "automerge.watch-held \(worker.remote.connection.storedName) \(target)" }

    /// Whether the target asked for the watch when a landing was made.
    private func wasWatched(_ receipt: Receipt) async throws -> Bool {
        guard try await objects.missingCommits([receipt.base]).isEmpty else { return false }
        let policy = try await TargetPolicy(of: target, at: receipt.base, objects: objects, git: worker.settings)
        return policy.problem == nil && policy.settings[AutomergeKeys.rollback]
    }

    /// Why a stretch is not taken back by itself; `nil` when it may be.
    private func reasonToKeep(_ stretch: Stretch, _ landings: UnjudgedLandings, _ state: RemoteState) -> String? {
        switch stretch.origin {
        case .revert: return "the revert \(stretch.after.short) turned it red, and reverts are not taken back"
        case .foreign: return "commits that came past the queue turned it red (\(stretch.after.short))"
        case .patch(let id):
            guard landings.wasTakenBack(stretch.after) else { return nil }
            return "\(title(of: id, state)) was taken back once already"
        }
    }

    private struct End {
        var isDone: Bool
        var text: String
        /// The newest revert, when nothing else landed between what was judged and it.
        var judged: ObjectID?
    }

    /// Reverts the culprits, newest first; `nil` when somebody stopped the target meanwhile.
    private func takeBack(
        _ culprits: [Stretch], _ checks: [String], _ landings: UnjudgedLandings, _ policy: TargetPolicy,
        _ state: RemoteState, _ result: inout PassReport
    ) async throws -> End? {
        let limit = policy.settings[AutomergeKeys.rollbackLimit]
        var done = landings.automaticReverts(since: worker.clock().adding(seconds: -3600))
        var titles: [String] = []
        var last = landings.receipts.first?.landed
        var isContinuous = true
        var judged: ObjectID? { isContinuous ? last : nil }
        for culprit in culprits.reversed() {
            guard case .patch(let id) = culprit.origin else { continue }
            let title = title(of: id, state)
            if done >= limit {
                let reason = "\(done) landings were taken back within an hour, and \(title) would be one more"
                let stop = EpochDocument.Stop(by: "git-automerge", reason: reason, at: worker.clock())
                _ = try await worker.setStop(stop, on: [target])
                return End(isDone: false, text: "stopped: \(reason)", judged: judged)
            }
            var request = RollbackRequest(
                target: target, before: culprit.before, after: culprit.after, patches: [id],
                title: state.patches[id]?.document.title ?? id.text)
            request.isAutomatic = true
            request.reason = "\(quoted(checks)) failed after it landed"
            FaultPoint.reached("watch.revert")
            switch try await worker.rollback(request) {
            case .reverted(let receipt):
                done += 1
                isContinuous = isContinuous && receipt.base == last
                last = receipt.landed
                titles.append(title)
                result.reverted.append(receipt)
                result.ejected.append(
                    .init(patch: id, reason: "reverted by \(receipt.landed.hex)", checks: checks))
            case .nothingToDo: titles.append(title)
            case .stopped: return nil
            case .conflict(let paths):
                let places = paths.prefix(5).joined(separator: ", ")
                return End(
                    isDone: false, text: "\(title) turned it red, and later work builds on it: \(places)",
                    judged: judged)
            case .red(let names):
                return End(
                    isDone: false, text: "\(title) turned it red, and without it \(quoted(names)) would be red too",
                    judged: judged)
            case .refused(let words), .misconfigured(let words), .impossible(let words):
                return End(
                    isDone: false, text: "\(title) turned it red and cannot be taken back: \(words)", judged: judged)
            }
        }
        return End(
            isDone: true, text: "\(quoted(checks)) failed; took back \(titles.reversed().joined(separator: ", "))",
            judged: judged)
    }

    private func title(of id: RecordID, _ state: RemoteState) -> String {
        "'\(state.patches[id]?.document.title ?? id.short)'"
    }

    /// Writes a judgement; when another worker was faster, its judgement stands.
    private func write(
        _ document: WatchDocument, over tip: ObjectID?, _ state: RemoteState
    ) async throws -> RemoteState {
        guard let name = RemoteReferences.watch(target) else { return state }
        let commit = try await objects.write(
            DocumentCommit(
                file: WatchDocument.fileName, document: document, parent: tip,
                message: "\(document.outcome.rawValue): \(document.text)\n\nMark: \(RecordID.make())\n"),
            by: try await objects.committer())
        FaultPoint.reached("watch.write")
        let update = RemoteUpdate(name, from: tip, to: commit)
        let answer = try await worker.remote.connection.push([update], atomic: false, operation: .make())
        guard answer.isComplete(for: [update]) else { return try await worker.remote.read() }
        try await worker.remote.remember([update])
        if try worker.store.fact(heldKey) != nil { try worker.store.setFact(heldKey, to: nil) }
        worker.report(.judged(target: target, document))
        var state = state
        state.references[name] = commit
        state.watches[target] = RemoteState.Watch(tip: commit, document: document)
        return state
    }
}
