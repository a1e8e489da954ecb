import Forge
package import GitValues
import PlainRemote
import Settings
package import Store

/// A request that takes back what a forge was told while a stop holds; the wish to land stays.
package struct TakingBack: Codable {
    var reason: String
    var at: Timestamp
    /// Tells it from a request that switches auto-merge off.
    var keepsWish = true

    /// What takes back once more what could not be.
    static let command = "git automerge deliver"

    /// Ends those that wait for a patch: a request to disarm it for good does the same and more.
    package static func cancel(ofPatch patch: RecordID, in store: borrowing Store) throws(StoreError) {
        for var request in try store.openRequests() where request.patch == patch && request.kind == .disarm {
            guard try !isForGood(request) else { continue }
            request.state = .cancelled
            request.reason = "auto-merge was switched off"
            try store.update(request)
        }
    }

    /// Ends requests to switch a patch off that were tried and still wait for the forge: it is switched on again, and a
    /// pass takes back whatever does not hold any more.
    package static func supersede(ofPatch patch: RecordID, in store: borrowing Store) throws(StoreError) {
        for var request in try store.openRequests() where request.patch == patch && request.kind == .disarm {
            guard request.attempts > 0, try isForGood(request) else { continue }
            request.state = .cancelled
            request.reason = "auto-merge was switched on again"
            try store.update(request)
        }
    }

    /// Whether a request that ends the wish of a patch is not delivered yet.
    static func isAskedFor(ofPatch patch: RecordID, in store: borrowing Store) throws(StoreError) -> Bool {
        if let state = try store.patch(patch)?.state, state == .closed { return true }
        for request in try store.openRequests() where request.patch == patch {
            if request.kind == .close { return true }
            if request.kind == .disarm, try isForGood(request) { return true }
        }
        return false
    }

    /// Whether a request to disarm ends the wish, too.
    static func isForGood(_ request: RequestRecord) throws(StoreError) -> Bool {
        struct Wish: Decodable {
            var keepsWish: Bool?
        }
        return try RequestPayload.decode(Wish.self, of: request).keepsWish != true
    }

    /// Whether what one is about is settled without it: nothing was told from here, and no stop holds any more, as far as
    /// is known.
    static func isOver(
        _ request: RequestRecord, _ patch: PatchRecord, _ record: ForgeRecord, _ work: ForgeWork,
        in store: borrowing Store
    ) async throws -> Bool {
        guard try !isForGood(request), !record.isAtForge else { return false }
        let fences = try await ForgePass(work, remote: request.remote).fences(
            of: [patch.target], at: record.remote, recalls: true, in: store)
        return fences.stops.isEmpty
    }

    /// Queues one for a patch that has none yet.
    ///
    /// - Parameter reason: why it could not be done at once.
    static func enqueue(_ patch: PatchRecord, because reason: String, in store: borrowing Store) throws {
        guard let remote = patch.remote,
            try !store.openRequests().contains(where: { $0.kind == .disarm && $0.patch == patch.id })
        else { return }
        let operation = RecordID.make()
        let payload = try JSONText.encode(TakingBack(reason: "a stop holds", at: .now()))
        var request = RequestRecord(
            id: .make(), operation: operation, patch: patch.id, kind: .disarm, remote: remote,
            idempotencyKey: "take-back:\(patch.id):\(operation)", payload: payload, created: .now())
        request.reason = reason
        try store.enqueue(request)
    }
}

extension ForgePass {
    /// Takes back at the forge everything of a remote that was told there, by this clone and by others. What cannot be
    /// taken back now is queued, so that the next command does it, and named with the reason.
    package func takeBackAll(in store: borrowing Store, targets: Set<String>? = nil) async throws -> [String] {
        var left: [String] = []
        var known: Set<Int> = []
        try addOthers(targets ?? [RemoteReferences.everyTarget], in: store)
        for patch in try store.patches() where patch.state != .landed && patch.state != .closed {
            guard targets?.contains(patch.target) != false else { continue }
            let (stored, problem) = try StoredRecord.look(patch.id, in: store)
            if let problem, patch.remote == remote { left.append("'\(patch.title)': \(problem)") }
            guard var record = stored, patch.remote == remote || record.remote == remote, let pull = record.pull
            else { continue }
            var words: String?
            var reason: String?
            do {
                let forge = try await work.forge(of: record.remote)
                if case .left = try work.disarm(patch, &record, forge, in: store) { words = record.reason }
            } catch let failure as ForgeFailure {
                reason = failure.words
                // What nobody told it from here somebody may have told it on its page. The list below shows that, as far as
                // it is of the same repository.
                guard record.isAtForge || record.remote != remote else { continue }
                words = failure.words(thenType: TakingBack.command)
            }
            if record.remote == remote { known.insert(pull.number) }
            guard let words else { continue }
            try TakingBack.enqueue(patch, because: reason ?? words, in: store)
            left.append("'\(patch.title)': \(words)")
        }
        return left + (try await takeBackOthers(besides: known, in: store))
    }

    /// Takes back what other clones told forges, wherever a stop could not yet.
    package static func takeBackLater(_ work: ForgeWork, in store: borrowing Store) async throws -> [String] {
        var left: [String] = []
        for remote in try store.facts(under: othersPrefix).map(\.name) {
            guard work.settings.hasRemote(remote) else {
                try store.setFact(othersKey(remote), to: nil)
                continue
            }
            left += try await ForgePass(work, remote: remote).takeBackOthers(besides: [], in: store)
        }
        return left
    }

    /// The remotes where what others told the forge is still to be looked at, because a stop holds as far as is known here.
    package static func remotesWithOthers(_ work: ForgeWork, in store: borrowing Store) async throws -> [String] {
        var remotes: [String] = []
        for (remote, text) in try store.facts(under: othersPrefix) where work.settings.hasRemote(remote) {
            let names = Set(try JSONText.decode([String].self, from: text))
            let fences = try await ForgePass(work, remote: remote).fences(
                of: names, at: remote, recalls: true, in: store)
            if !fences.stops.isEmpty { remotes.append(remote) }
        }
        return remotes.sorted()
    }

    private static let othersPrefix = "forge.others."
    private static func othersKey(_ remote: String) -> String { othersPrefix + remote }

    /// Writes down the fences whose stops have others' merges taken back, beside those of earlier stops.
    private func addOthers(_ fences: Set<String>, in store: borrowing Store) throws {
        let key = ForgePass.othersKey(remote)
        try store.asOne("cannot record what is to be taken back") {
            let known = try store.fact(key).map { try JSONText.decode([String].self, from: $0) } ?? []
            try store.setFact(key, to: try JSONText.encode(fences.union(known).sorted()))
        }
    }

    /// Takes back what the forge lists as told by us and this clone knows nothing of; it is tried again until the list
    /// could be read, or the stop is over.
    private func takeBackOthers(besides known: Set<Int>, in store: borrowing Store) async throws -> [String] {
        let key = ForgePass.othersKey(remote)
        let others = "what others told it to on '\(remote)'"
        guard let text = try store.fact(key) else { return [] }
        do {
            let names = Set(try JSONText.decode([String].self, from: text))
            // What was resumed since, or never stopped, is nothing to take back.
            let stopped = Set(try await fences(of: names, at: remote, in: store).stops.keys)
            if stopped.isEmpty {
                try store.setFact(key, to: nil)
                return []
            }
            let isWide = stopped.contains(RemoteReferences.everyTarget)
            let forge = try await work.forge(of: remote)
            var left: [String] = []
            for pull in try forge.mayMerge() where !known.contains(pull.reference.number) {
                guard isWide || stopped.contains(pull.base) else { continue }
                guard let words = takeBack(pull, forge) else { continue }
                left.append("'\(pull.title)' (\(pull.reference.url)): \(words)")
            }
            if left.isEmpty { try store.setFact(key, to: nil) }
            return left
        } catch ForgeFailure.gone(let words) {
            // A fork may have no pull requests of its own: those of its branches are where they were opened.
            try store.setFact(key, to: nil)
            let areElsewhere = try store.patches().contains { patch in
                guard patch.remote == remote, let record = try ForgeRecord.look(patch.id, in: store).record else {
                    return false
                }
                return record.pull != nil && record.remote != remote
            }
            return areElsewhere ? [] : ["\(others): \(words)"]
        } catch let failure as ForgeFailure {
            return ["\(others): \(failure.words(thenType: TakingBack.command))"]
        } catch RemoteProblem.unreachable(_, let words) {
            return ["\(others): \(words)"]
        }
    }

    /// Takes one back; why it could not be.
    private func takeBack(_ pull: PullRequest, _ forge: any Forge) -> String? {
        do throws(ForgeFailure) {
            guard try forge.isOurs(pull) else { return nil }
            try forge.disarm(pull)
            guard pull.armingIsVisible, let now = try forge.pullRequest(pull.reference), now.state == .open else {
                return nil
            }
            return now.isArmed || now.isQueued ? "the forge did not take the disarming" : nil
        } catch {
            return error.words(thenType: TakingBack.command)
        }
    }
}
