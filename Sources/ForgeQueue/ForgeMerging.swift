import Automerge
import Forge
import GitProcess
import GitValues
import PlainRemote
import Settings
import Store

extension ForgeItem {
    /// Tells the forge to merge at the pinned head, or asks what became of an earlier telling.
    func merge(
        _ policy: TargetPolicy, _ rules: BranchRules, _ document: PatchDocument, in store: borrowing Store,
        _ result: inout PassReport
    ) async throws {
        if let ticket = record.ticket {
            let progress: MergeProgress
            do {
                progress = try forge.progress(of: ticket, reference)
            } catch {
                // However it ended, the ticket is used up, unless the answer was only lost.
                switch error {
                case .transient, .unreachable, .rateLimited, .unknown: break
                default:
                    record.ticket = nil
                    record.isAtForge = false
                }
                throw error
            }
            return try await take(progress, in: store, &result)
        }
        if record.mergeIsUnknown, try await isInTarget() {
            let words = "its change is in '\(patch.target)' already, but the forge does not call it merged"
            result.waiting.append(.init(patch: patch.id, reason: words))
            return
        }
        let facts = try await self.facts()
        let method = try choose(policy.method(of: document), facts)
        let wish = MergeWish(
            head: record.head, method: method, title: "\(patch.title) (#\(reference.number))", message: message)
        if let words = try await isForbidden(in: store) {
            result.waiting.append(.init(patch: patch.id, reason: words))
            return
        }
        record.mergeIsUnknown = true
        record.isAtForge = true
        record.asked = rules.queue ? nil : method
        record.askedAt = work.now()
        try keep(in: store)
        FaultPoint.reached("forge.merge.intent")
        var target = pull
        target.rules = rules
        let progress: MergeProgress
        do {
            progress = try forge.merge(target, wish, facts: facts)
        } catch {
            if case .unknown = error {
            } else {
                record.mergeIsUnknown = false
                record.isAtForge = false
            }
            if case .headMoved = error { record.reason = error.words }
            throw error
        }
        FaultPoint.reached("forge.merge.sent")
        record.attempts = 0
        record.reason = nil
        record.notBefore = nil
        try await take(progress, in: store, &result)
    }

    /// Why nothing may be merged any more; looked at once more, because a pass takes its time and a merge stays.
    private func isForbidden(in store: borrowing Store) async throws -> String? {
        if let stop = try await pass.stops(of: [patch.target], at: record.remote, in: store)[patch.target] {
            return stop.words
        }
        let isWanted = try ForgeRecord.read(patch.id, in: store)?.isArmed ?? false
        return isWanted ? nil : "auto-merge was switched off meanwhile"
    }

    private func take(
        _ progress: MergeProgress, in store: borrowing Store, _ result: inout PassReport
    ) async throws {
        record.mergeIsUnknown = false
        switch progress {
        case .landed(let commit):
            var landed = commit
            if landed == nil { landed = try forge.pullRequests([reference])[reference.number]?.merged }
            try await finish(as: landed, in: store, &result)
        case .atForge(let words):
            record.ticket = nil
            record.isAtForge = true
            try keep(in: store)
            result.waiting.append(.init(patch: patch.id, reason: words))
        case .working(let ticket):
            record.ticket = ticket
            record.isAtForge = true
            try keep(in: store)
            result.waiting.append(.init(patch: patch.id, reason: "the forge is merging it"))
        }
    }

    private func facts() async throws -> RepositoryFacts {
        if let facts = work.facts[record.remote] { return facts }
        let facts = try forge.look(branch: patch.branch, owner: nil, base: patch.target).facts
        work.facts[record.remote] = facts
        return facts
    }

    /// The method: the wished one when the repository allows it; under `auto` the first that it allows.
    private func choose(_ wish: LandingMethod, _ facts: RepositoryFacts) throws(ForgeFailure) -> LandingMethod {
        if wish == .auto {
            guard let method = [LandingMethod.squash, .merge, .rebase].first(where: facts.methods.contains) else {
                throw .policyBlocked("the repository allows no method of merging")
            }
            return method
        }
        guard facts.methods.contains(wish) else {
            let names = facts.methods.map(\.rawValue).sorted().joined(separator: ", ")
            throw .policyBlocked("the repository does not allow '\(wish.rawValue)', it allows \(names)")
        }
        return wish
    }

    /// The text of the landed commit: that of the pull request without lines nobody sees.
    private var message: String {
        pull.body.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("<!--") }.joined(separator: "\n").trimmingNewlines
    }

    /// Whether the head and the tip of its base do not merge here: a forge may only say that it does not know.
    func conflictsHere() async throws -> Bool {
        guard let tip = try await work.tip(of: pull.base, remote: record.remote) else { return false }
        guard try await work.plain(record.remote).objects.missing([pull.head]).isEmpty else { return false }
        let merged = try await work.git.run(["merge-tree", "--write-tree", "--no-messages", tip.hex, pull.head.hex])
        return merged.exitCode == 1
    }

    /// Whether merging the head into the target would change nothing: an earlier telling worked, whatever was answered.
    private func isInTarget() async throws -> Bool {
        guard let tip = try await work.tip(of: patch.target, remote: record.remote) else { return false }
        let objects = work.plain(record.remote).objects
        guard try await objects.missing([record.head]).isEmpty else { return false }
        let merged = try await work.git.run(["merge-tree", "--write-tree", "--no-messages", tip.hex, record.head.hex])
        guard merged.succeeded, let tree = merged.lines.first.flatMap({ ObjectID(hex: $0) }) else { return false }
        return tree == (try await objects.tree(of: tip))
    }
}
