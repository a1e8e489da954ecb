import GitValues
import PlainRemote
import Store

/// Everything one move of a target writes, ready to be pushed.
struct Landing {
    let target: String
    /// Target, fence and receipts, in this order, then the records of the patches.
    var updates: [RemoteUpdate]
    /// The branches that are contained then and that nobody else needs.
    var deletions: [RemoteUpdate] = []
    /// The branches that stay, and the fence of every target: they move nowhere, and must be where they were seen.
    var pins: [RemoteUpdate] = []
    var receipt: Receipt
    let documents: [PatchDocument]
    /// The commit of the receipt; nobody else's landing has it.
    let receiptCommit: ObjectID

    /// Writes fence, receipt and records of a move of a target and pins what was seen of it.
    ///
    /// - Parameter heads: the tree of each member's head, by patch id.
    init?(
        _ receipt: Receipt, state: RemoteState, heads: [String: ObjectID] = [:], records: [LandingRecord],
        remote: PlainRemote, by committer: Identity
    ) async throws {
        guard let targetName = ReferenceName(branch: receipt.target),
            let epochName = RemoteReferences.epoch(receipt.target),
            let receiptsName = RemoteReferences.receipts(receipt.target)
        else { return nil }
        target = receipt.target
        self.receipt = receipt
        // Two workers must never make the same commit by chance: each could take the other's for its own.
        let mark = "\nLanding: \(RecordID.make())\n"
        let fence = state.ownFence(of: target)
        let epoch = EpochDocument(counter: EpochDocument.number(after: fence.counter))
        let epochDocument = try DocumentCommit(
            file: EpochDocument.fileName, document: epoch, parent: fence.tip,
            message: "landing \(epoch.counter) on \(target)\n" + mark)
        var document = try DocumentCommit(
            file: Receipt.fileName, document: receipt, parent: state.receipts[target],
            message: "\(target) is now \(receipt.landed.short)\n" + mark)
        document.folder = Receipt.headsFolder
        document.trees = heads
        let commits = try await remote.objects.write(
            [epochDocument, document] + records.map(\.commit), by: committer)
        receiptCommit = commits[1]
        documents = records.map(\.document)
        updates =
            [
                RemoteUpdate(targetName, from: receipt.base, to: receipt.landed),
                RemoteUpdate(epochName, from: fence.tip, to: commits[0]),
                RemoteUpdate(receiptsName, from: state.receipts[target], to: receiptCommit),
            ]
            + zip(records, commits[2...]).map { RemoteUpdate($0.name, from: $0.commit.parent, to: $1) }
        let every = RemoteReferences.everyTarget
        if let everyTip = state.ownFence(of: every).tip, let everyName = RemoteReferences.epoch(every) {
            pins.append(RemoteUpdate(everyName, from: everyTip, to: everyTip))
        }
    }
}

/// The record of a patch that a landing changes.
struct LandingRecord {
    let name: ReferenceName
    let document: PatchDocument
    let commit: DocumentCommit

    /// Creates the record that follows the one at hand; `nil` for a patch whose id makes no reference.
    ///
    /// - Parameters:
    ///   - note: what is said of it behind its message, for people who read the chain.
    ///   - keeps: commits that must be to be had for as long as the record.
    init?(
        _ document: PatchDocument, after patch: RemoteState.Patch, note: String = "", keeps: [ObjectID] = []
    ) throws {
        guard let name = RemoteReferences.patch(patch.id) else { return nil }
        var commit = try DocumentCommit(
            file: PatchDocument.fileName, document: document, parent: patch.tip,
            message: PlainRemote.message(of: document) + note)
        commit.keeps = keeps
        self.name = name
        self.document = document
        self.commit = commit
    }
}

extension RemoteUpdate {
    /// The same reference, which must be where it was seen and stays there.
    var asPin: RemoteUpdate { RemoteUpdate(name, from: expected, to: expected) }
}

extension Worker {
    /// Pushes a landing as one, with a lease on everything that was looked at, and records it; answers with what moved.
    ///
    /// - Parameters:
    ///   - command: what the journal calls it.
    ///   - summary: one line for people.
    func push(
        _ landing: Landing, as command: String, _ summary: String
    ) async throws -> (outcome: LandOutcome, moved: [RemoteUpdate]) {
        let name = remote.connection.storedName
        if try LocalStop.current(remote: name, target: landing.target, in: store) != nil { return (.stopped, []) }
        if let earlier = try await completeEarlier(on: landing.target) { return (earlier, []) }
        var deletions = try BranchDeletions(of: landing, remote: name, in: store)
        var updates = landing.updates + landing.pins + deletions.inLanding
        let intent = LandingIntent(
            remote: name, target: landing.target, base: landing.receipt.base, candidate: landing.receipt.candidate,
            updates: (landing.updates + landing.deletions).map { .init(name: $0.name, old: $0.expected, new: $0.new) },
            at: clock())
        // Of a push that is one, the remote alone tells what came of it. A server that takes steps, or lets no branch go with
        // them, may be left half way: what is to be done there must be known also after a power cut.
        var isWaitedFor = !deletions.areInLanding
        try store.writing(durably: isWaitedFor) { () throws(StoreError) in try intent.save(in: store) }
        FaultPoint.reached("land.intent")
        var answer = try await remote.connection.push(updates, operation: .make())
        if deletions.isRefusedAlone(by: answer) {
            deletions.leaveOut(refusedBy: answer)
            updates = landing.updates + landing.pins + deletions.inLanding
            isWaitedFor = true
            try intent.save(in: store)
            answer = try await remote.connection.push(updates, operation: .make())
        }
        FaultPoint.reached("land.pushed")
        if answer.failure == .atomicUnsupported, !isWaitedFor {
            isWaitedFor = true
            try intent.save(in: store)
        }
        let outcome = try await decide(answer, updates, landing)
        if case .unreachable = outcome { return (outcome, []) }
        var deleted: [RemoteUpdate] = []
        if outcome == .landed {
            if answer.failure == .atomicUnsupported, try await !pushRecords(of: landing) {
                // The intent stays: whoever is next writes what is missing. What is there now must be read again.
                report(.note("the records of a landing on '\(landing.target)' are not all written yet"))
                try close(nil, of: landing, command, summary, isWaitedFor)
                return (outcome, [])
            }
            if answer.failure == .atomicUnsupported {
                deletions.leaveAllOut()
                updates = landing.updates + landing.pins + deletions.inLanding
            }
            deleted = try await deletions.performRest(remote.connection, now: clock(), in: store)
            try await remote.remember(updates + deleted)
        }
        try close(intent, of: outcome == .landed ? landing : nil, command, summary, isWaitedFor)
        FaultPoint.reached("land.recorded")
        return (outcome, outcome == .landed ? updates + deleted : [])
    }

    /// Forgets an intent whose outcome is known and, of what landed, follows the records and writes the journal.
    ///
    /// All of it is on the remote, where the next pass reads it again, should a power cut take it here; but an intent that
    /// was waited for must not come back.
    private func close(
        _ intent: LandingIntent?, of landing: Landing?, _ command: String, _ summary: String, _ isWaitedFor: Bool
    ) throws(StoreError) {
        try store.writing(durably: isWaitedFor) { () throws(StoreError) in
            try store.atomically("cannot record the landing") { () throws(StoreError) in
                try intent?.clear(in: store)
                guard let landing else { return }
                try Delivery.follow(landing.documents, in: store)
                try note(command, summary)
            }
        }
    }

    /// What the answer of a push means; after any doubt the remote is read.
    private func decide(
        _ answer: PushAnswer, _ updates: [RemoteUpdate], _ landing: Landing
    ) async throws -> LandOutcome {
        if answer.isComplete(for: updates) { return .landed }
        if answer.failure == .atomicUnsupported {
            report(.notAtomic)
            return try await landStepwise(landing)
        }
        if !answer.moved.isEmpty { return .moved }
        if !answer.refusals.isEmpty { return .refused(answer.refusalText) }
        if answer.isNothingTried { return .moved }
        let words =
            switch answer.failure {
            case .connection(let words), .hook(let words): words
            case .atomicUnsupported, .optionsUnsupported, nil: "the server did not answer for every reference"
            }
        return try await decideByReading(landing, words)
    }

    /// Finds out whether a push of unknown outcome moved the target: our receipt is there, or it did not.
    ///
    /// The candidate alone proves nothing: another worker may have made the very same commit.
    func decideByReading(_ landing: Landing, _ words: String) async throws -> LandOutcome {
        do {
            let now = try await remote.read()
            if let last = now.receipts[landing.target],
                try await remote.objects.isAncestor(landing.receiptCommit, of: last)
            {
                return .landed
            }
            return now.branch(landing.target) == landing.receipt.base ? .unreachable(words) : .moved
        } catch let problem as RemoteProblem {
            guard case .unreachable(_, let words) = problem else { throw problem }
            return .unreachable(words)
        }
    }
}
