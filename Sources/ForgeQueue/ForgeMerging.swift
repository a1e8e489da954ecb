import Automerge
import Forge
import GitProcess
import GitValues
import PlainRemote
import Settings
import Store

extension ForgeItem {
    /// Tells the forge to merge at the pinned head, or asks what became of an earlier telling.
    ///
    /// - Parameter judged: the record by which the gates were judged.
    func merge(
        _ judged: ForgeRecord, _ policy: TargetPolicy, _ rules: BranchRules, in store: borrowing Store,
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
                    try record.change(in: store) { now in
                        now.ticket = nil
                        now.isAtForge = false
                    }
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
        let method = try choose(policy.method(of: work.document(of: patch, judged)), facts)
        let wish = MergeWish(
            head: judged.head, method: method, title: "\(patch.title) (#\(reference.number))", message: message)
        if let words = try await intend(judged, rules.queue ? nil : method, in: store) {
            result.waiting.append(.init(patch: patch.id, reason: words))
            return
        }
        FaultPoint.reached("forge.merge.intent")
        var target = pull
        target.rules = rules
        let progress: MergeProgress
        do {
            progress = try forge.merge(target, wish, facts: facts)
        } catch {
            try record.change(in: store) { now in
                if case .headMoved = error { now.reason = error.words }
                if case .unknown = error { return }
                now.mergeIsUnknown = false
                // What it keeps since an earlier telling, it keeps.
                now.isAtForge = judged.isAtForge && !judged.mergeIsUnknown
            }
            throw error
        }
        FaultPoint.reached("forge.merge.sent")
        try record.change(in: store) { now in
            now.attempts = 0
            now.reason = nil
            now.notBefore = nil
        }
        try await take(progress, in: store, &result)
        if case .landed = progress { return }
        try await takeBackIfStopped(in: store, &result)
    }

    /// A stop that was made while the forge was told has found nothing to take back.
    private func takeBackIfStopped(in store: borrowing Store, _ result: inout PassReport) async throws {
        let fences = try await pass.fences(of: [patch.target], at: record.remote, in: store)
        guard let stop = fences.stops[patch.target] else { return }
        result.waiting.removeAll { $0.patch == patch.id }
        result.waiting.append(.init(patch: patch.id, reason: stop.words))
        guard try work.disarm(patch, &record, forge, in: store) == .left else { return }
        try TakingBack.enqueue(patch, because: record.reason ?? "the forge is still armed", in: store)
    }

    /// Writes down that a merge is asked for; why it may not be any more, because a pass takes its time and a merge stays.
    ///
    /// The wish is looked at as one with writing it down, the fences afterwards: whoever forbids it and then reads the
    /// record finds the merge there, or the merge is not asked for.
    private func intend(
        _ judged: ForgeRecord, _ method: LandingMethod?, in store: borrowing Store
    ) async throws -> String? {
        let refusal: String? = try record.change(in: store) { now in
            guard now.isArmed else { return "auto-merge was switched off meanwhile" }
            guard try !TakingBack.isAskedFor(ofPatch: patch.id, in: store) else {
                return "it is switched off as soon as that is delivered"
            }
            guard now.wish == judged.wish, now.head == judged.head else {
                return "something else was asked for meanwhile; the next pass looks at it"
            }
            now.mergeIsUnknown = true
            now.isAtForge = true
            now.asked = method
            now.askedAt = work.now()
            return nil
        }
        if let refusal { return refusal }
        var words: String?
        do {
            let fences = try await pass.fences(of: [patch.target], at: record.remote, in: store)
            words = fences.stops[patch.target]?.words ?? fences.unread
            mark = fences.marks[patch.target]
        } catch {
            try forgetIntent(judged, in: store)
            throw error
        }
        if words != nil { try forgetIntent(judged, in: store) }
        return words
    }

    /// Nothing was asked for, so what is known of the merge is what was known before.
    private func forgetIntent(_ judged: ForgeRecord, in store: borrowing Store) throws {
        try record.change(in: store) { now in
            now.mergeIsUnknown = judged.mergeIsUnknown
            now.isAtForge = judged.isAtForge
            now.asked = judged.asked
            now.askedAt = judged.askedAt
        }
    }

    private func take(
        _ progress: MergeProgress, in store: borrowing Store, _ result: inout PassReport
    ) async throws {
        try record.change(in: store) { now in
            now.mergeIsUnknown = false
            switch progress {
            case .landed: break
            case .atForge:
                now.ticket = nil
                now.isAtForge = true
                now.toldUnder = mark
            case .working(let ticket):
                now.ticket = ticket
                now.isAtForge = true
            }
        }
        switch progress {
        case .landed(let commit):
            var landed = commit
            if landed == nil { landed = try forge.pullRequest(reference)?.merged }
            try await finish(as: landed, in: store, &result)
        case .atForge(let words):
            result.waiting.append(.init(patch: patch.id, reason: words))
        case .working:
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
