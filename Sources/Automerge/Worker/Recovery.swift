import GitValues
import PlainRemote

extension Worker {
    /// Decides what came of landings that were begun and not recorded, by reading the remote; whether anything was
    /// written there.
    func recover(_ state: RemoteState) async throws -> Bool {
        var wrote = false
        for target in Set(state.patches.values.map(\.document.target)).sorted() {
            let name = remote.connection.storedName
            guard let intent = try LandingIntent.open(remote: name, target: target, in: store) else { continue }
            if try await complete(intent, state).wrote { wrote = true }
        }
        return wrote
    }

    /// Completes the landing on a target whose records are not all written, before another one takes its place here.
    ///
    /// - Returns: `nil` when there is none; `.moved` when it is complete now, and everything must be looked at again.
    func completeEarlier(on target: String) async throws -> LandOutcome? {
        let name = remote.connection.storedName
        guard let intent = try LandingIntent.open(remote: name, target: target, in: store) else { return nil }
        let end = try await complete(intent, try await remote.read(branches: [target]))
        return end.missing.map { .refused("the records of the landing before are not written yet: \($0)") } ?? .moved
    }

    /// Writes what is missing of a landing whose references were not pushed as one.
    ///
    /// - Returns: whether anything was pushed, and why records are missing still; then the intent stays.
    private func complete(
        _ intent: LandingIntent, _ state: RemoteState
    ) async throws -> (wrote: Bool, missing: String?) {
        var (state, wrote) = (state, false)
        for _ in 0..<5 {
            guard let tip = state.branch(intent.target), try await remote.objects.isAncestor(intent.candidate, of: tip)
            else {
                try intent.clear(in: store)
                return (wrote, nil)
            }
            let updates = try await missing(of: intent, state)
            if updates.isEmpty { return try settle(intent, wrote) }
            let answer = try await remote.connection.push(updates, atomic: false, operation: .make())
            let done = updates.filter { answer.references[$0.name] == .updated }
            try await remote.remember(done)
            wrote = wrote || !done.isEmpty
            // A branch that stays is no loss; neither is a record that somebody else moved on. The record of one patch that
            // the server does not want must not hold up what others land; a receipt is waited for.
            var isMissing = false
            var hasMoved = false
            for update in updates {
                let isReceipt = RemoteReferences.target(ofReceipts: update.name) != nil
                switch answer.references[update.name] {
                case .updated, .upToDate: break
                case .refused(let words) where !isReceipt && update.new != nil:
                    report(.note("the server does not take '\(update.name)' of an earlier landing: \(words)"))
                case .refused: if isReceipt { isMissing = true }
                case .moved: if isReceipt { hasMoved = true }
                case .notTried, nil: if update.new != nil { isMissing = true }
                }
            }
            if isMissing {
                if case .connection(let words)? = answer.failure {
                    throw RemoteProblem.unreachable(remote: remote.connection.displayName, words: words)
                }
                return (wrote, answer.refusalText)
            }
            if !hasMoved { return try settle(intent, wrote) }
            // Another worker's receipt came first: ours goes on top of it.
            state = try await remote.read(branches: [intent.target])
        }
        return (wrote, "the receipts of '\(intent.target)' keep moving")
    }

    private func settle(_ intent: LandingIntent, _ wrote: Bool) throws -> (wrote: Bool, missing: String?) {
        try intent.clear(in: store)
        let words = wrote ? "is complete" : "is in the target"
        report(
            .note("a landing on '\(intent.target)' that was cut short \(words): \(intent.candidate.short)"))
        return (wrote, nil)
    }

    /// The references of a landing that still have their old value, and its receipt on top of those that came meanwhile.
    private func missing(of intent: LandingIntent, _ state: RemoteState) async throws -> [RemoteUpdate] {
        var updates: [RemoteUpdate] = []
        for update in intent.updates where update.name.branch != intent.target && update.old != update.new {
            let now = state.references[update.name]
            let lost = try await remote.objects.missingCommits([update.new].compactMap { $0 }).first
            if now == update.old {
                // Nothing holds it here: git's tidying takes it after weeks, and a power cut may at once.
                if let lost {
                    report(.note("'\(update.name)' of an earlier landing cannot be written: \(lost.short) is gone"))
                } else {
                    updates.append(RemoteUpdate(update.name, from: update.old, to: update.new))
                }
            } else if RemoteReferences.target(ofReceipts: update.name) != nil, let now, let receipt = update.new,
                lost == nil,
                try await !hasReceipt(of: intent, written: receipt, now)
            {
                let facts = try await remote.objects.commit(receipt)
                let again = try await remote.objects.makeCommit(
                    tree: facts.tree, parents: [now], author: facts.author,
                    committer: try await remote.objects.committer(),
                    message: facts.message)
                updates.append(RemoteUpdate(update.name, from: now, to: again))
            }
        }
        return updates
    }

    /// Whether the receipts of a target tell of a landing: by our receipt, or by that of another worker whose candidate was
    /// the very same commit.
    private func hasReceipt(of intent: LandingIntent, written receipt: ObjectID, _ end: ObjectID) async throws -> Bool {
        if try await remote.objects.isAncestor(receipt, of: end) { return true }
        return try await remote.objects.newestReceipt(upTo: end) { $0.landed == intent.candidate } != nil
    }
}
