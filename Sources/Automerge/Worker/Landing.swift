import GitValues
import PlainRemote
import Store

extension TargetRun {
    /// Moves the target to the candidate by one atomic push with a lease on everything that was looked at.
    func land(_ candidate: QueueCandidate, _ result: inout PassReport) async throws -> LandOutcome {
        if try LocalStop.current(remote: state.remote, target: target, in: worker.store) != nil { return .stopped }
        guard let landing = try await prepare(candidate) else { return .moved }
        var updates = landing.updates + landing.pins
        if try keepsBranches() { updates += landing.deletions.map(\.asPin) } else { updates += landing.deletions }
        let intent = LandingIntent(
            remote: state.remote, target: target, base: candidate.base, candidate: candidate.commit,
            updates: (landing.updates + landing.deletions).map { .init(name: $0.name, old: $0.expected, new: $0.new) },
            at: worker.clock())
        try intent.save(in: worker.store)
        FaultPoint.reached("land.intent")
        var answer = try await worker.remote.connection.push(updates, operation: .make())
        if answer.refusesOnlyDeletions(of: landing.deletions) {
            try worker.store.setFact(keepsBranchesKey, to: "yes")
            updates = landing.updates + landing.pins + landing.deletions.map(\.asPin)
            answer = try await worker.remote.connection.push(updates, operation: .make())
        }
        FaultPoint.reached("land.pushed")
        let outcome = try await decide(answer, updates, landing)
        if case .unreachable = outcome { return outcome }
        if outcome == .landed { try await record(landing, updates, &result) }
        if case .refused(let words) = outcome {
            try RefusalMemory.write(
                candidate.members, words: words, now: worker.clock(), remote: state.remote, in: worker.store)
            worker.report(.refused(target: target, words: words))
        }
        if outcome == .moved { worker.report(.moved(target: target)) }
        try intent.clear(in: worker.store)
        FaultPoint.reached("land.recorded")
        return outcome
    }

    /// Everything one landing writes.
    struct Prepared {
        /// Target, fence, receipts and the records of the members.
        var updates: [RemoteUpdate]
        /// The branches that are contained then and that nobody else needs.
        var deletions: [RemoteUpdate]
        /// The branches that stay: they move nowhere, and must be where they were seen.
        var pins: [RemoteUpdate]
        var receipt: Receipt
        var documents: [PatchDocument]
    }

    /// Writes the commits of a landing; `nil` when a member's record is not what the candidate was built for.
    private func prepare(_ candidate: QueueCandidate) async throws -> Prepared? {
        let now = worker.clock()
        let objects = worker.remote.objects
        guard let targetName = ReferenceName(branch: target), let epochName = RemoteReferences.epoch(target),
            let receiptsName = RemoteReferences.receipts(target)
        else { return nil }
        var updates = [RemoteUpdate(targetName, from: candidate.base, to: candidate.commit)]

        // Two workers must never make the same commit by chance: each could take the other's for its own.
        let mark = "\nLanding: \(RecordID.make())\n"
        let fence = state.fence(of: target)
        let epoch = EpochDocument(counter: fence.counter + 1)
        let epochCommit = try await objects.write(
            DocumentCommit(
                file: EpochDocument.fileName, document: epoch, parent: fence.tip,
                message: "landing \(epoch.counter) on \(target)\n" + mark), by: committer)
        updates.append(RemoteUpdate(epochName, from: fence.tip, to: epochCommit))

        let receipt = receipt(of: candidate, at: now)
        let receiptCommit = try await objects.write(
            DocumentCommit(
                file: Receipt.fileName, document: receipt, parent: state.receipts[target],
                message: "\(target) is now \(candidate.commit.short)\n" + mark), by: committer)
        updates.append(RemoteUpdate(receiptsName, from: state.receipts[target], to: receiptCommit))

        var deletions: [RemoteUpdate] = []
        var pins: [RemoteUpdate] = []
        var documents: [PatchDocument] = []
        for part in built {
            guard let patch = state.patches[part.member.id], patch.document.head == part.member.head,
                let name = RemoteReferences.patch(part.member.id)
            else { return nil }
            var document = patch.document
            document.state = .landed
            document.landed = part.commit
            document.reason = nil
            document.changedAt = now
            documents.append(document)
            let commit = try await objects.write(
                DocumentCommit(
                    file: PatchDocument.fileName, document: document, parent: patch.tip,
                    message: PlainRemote.message(of: document)), by: committer)
            updates.append(RemoteUpdate(name, from: patch.tip, to: commit))
            guard let branch = ReferenceName(branch: document.branch), branch != targetName else { continue }
            let deletion = RemoteUpdate(branch, from: document.head, to: nil)
            if mayDelete(document) { deletions.append(deletion) } else { pins.append(deletion.asPin) }
        }
        return Prepared(
            updates: updates, deletions: deletions, pins: pins, receipt: receipt, documents: documents)
    }

    private func receipt(of candidate: QueueCandidate, at now: Timestamp) -> Receipt {
        let methods = Set(built.map(\.shape.method))
        return Receipt(
            target: target, base: candidate.base, candidate: candidate.commit, landed: candidate.commit,
            tree: candidate.tree,
            members: built.map {
                Receipt.Member(patch: $0.member.id, head: $0.member.head, method: $0.shape.method, landed: $0.commit)
            },
            method: methods.count == 1 ? methods.first?.rawValue ?? "" : "mixed",
            verdicts: verdicts[candidate.tree] ?? [], policy: policy?.file, at: now)
    }

    /// Whether the branch of a landed patch may go: it is no target of anybody, and no other patch lives on it.
    private func mayDelete(_ document: PatchDocument) -> Bool {
        guard state.branch(document.branch) == document.head, document.branch != document.target else { return false }
        return !state.patches.values.map(\.document).contains { other in
            guard other.id != document.id else { return false }
            if other.target == document.branch && other.stackOn != document.id { return true }
            return other.branch == document.branch && !other.isFinished
        }
    }

    private var keepsBranchesKey: String { "automerge.keepsBranches \(state.remote)" }

    /// Whether the server is known to refuse deletions.
    private func keepsBranches() throws -> Bool { try worker.store.fact(keepsBranchesKey) != nil }

    /// What the answer of a push means; after any doubt the remote is read.
    private func decide(
        _ answer: PushAnswer, _ updates: [RemoteUpdate], _ landing: Prepared
    ) async throws -> LandOutcome {
        if answer.isComplete(for: updates) { return .landed }
        if answer.failure == .atomicUnsupported {
            worker.report(.notAtomic)
            return try await landStepwise(landing)
        }
        if !answer.moved.isEmpty { return .moved }
        if !answer.refusals.isEmpty { return .refused(answer.refusalText) }
        if answer.isNothingTried { return .moved }
        let words =
            switch answer.failure {
            case .connection(let words), .hook(let words): words
            case .atomicUnsupported, nil: "the server did not answer for every reference"
            }
        return try await decideByReading(landing, words)
    }

    /// Finds out whether a push of unknown outcome moved the target: our receipt is there, or it did not.
    ///
    /// The candidate alone proves nothing: another worker may have made the very same commit.
    private func decideByReading(_ landing: Prepared, _ words: String) async throws -> LandOutcome {
        do {
            let now = try await worker.remote.read()
            if let last = now.receipts[target], let ours = landing.updates[2].new,
                try await worker.remote.objects.isAncestor(ours, of: last)
            {
                return .landed
            }
            return now.branch(target) == landing.receipt.base ? .unreachable(words) : .moved
        } catch let problem as RemoteProblem {
            guard case .unreachable(_, let words) = problem else { throw problem }
            return .unreachable(words)
        }
    }

    /// For servers without atomic pushes: the fence first, then the target, then what follows from it.
    ///
    /// Whoever moves the fence may move the target; a stop between these two pushes comes one push too late.
    private func landStepwise(_ landing: Prepared) async throws -> LandOutcome {
        let connection = worker.remote.connection
        for update in [landing.updates[1], landing.updates[0]] {
            let answer = try await connection.push([update], atomic: false, operation: .make())
            if answer.isComplete(for: [update]) { continue }
            if !answer.refusals.isEmpty { return .refused(answer.refusalText) }
            if answer.failure != nil { return try await decideByReading(landing, "the connection failed") }
            return .moved
        }
        FaultPoint.reached("land.target")
        for rest in [Array(landing.updates[2...]), landing.deletions] where !rest.isEmpty {
            _ = try await connection.push(rest, atomic: false, operation: .make())
        }
        return .landed
    }

    private func record(
        _ landing: Prepared, _ updates: [RemoteUpdate], _ result: inout PassReport
    ) async throws {
        try await worker.remote.remember(updates)
        try Delivery.follow(landing.documents, in: worker.store)
        state.apply(updates)
        isFreshlyRead = true
        for document in landing.documents {
            state.patches[document.id]?.document = document
            try RefusalMemory.clear(document.id, remote: state.remote, in: worker.store)
        }
        result.landed.append(landing.receipt)
        worker.report(.landed(landing.receipt, titles: landing.documents.map(\.title)))
    }
}

extension RemoteUpdate {
    /// The same reference, which must be where it was seen and stays there.
    fileprivate var asPin: RemoteUpdate { RemoteUpdate(name, from: expected, to: expected) }
}

extension PushAnswer {
    /// Whether nothing but the deletion of branches was in the way.
    fileprivate func refusesOnlyDeletions(of deletions: [RemoteUpdate]) -> Bool {
        let names = Set(deletions.map(\.name))
        return !refusals.isEmpty && refusals.allSatisfy { names.contains($0.name) } && moved.isEmpty
    }
}
