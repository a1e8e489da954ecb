package import GitValues
package import PlainRemote
import Settings
import Store

extension Worker {
    /// Combines open patches into one: merged in memory, tested as one tree, pushed as one patch.
    ///
    /// Each member stays a commit of its own, so that the way back is known. The originals stay open until it lands.
    package func consolidate(_ request: ConsolidationRequest) async throws -> ConsolidationOutcome {
        let state = try await keepHouse(
            try await remote.read(branches: [request.target]), branches: [request.target])
        let outcome = try await combine(request, of: state)
        guard outcome.patch != nil else { return outcome }
        return try await push(outcome)
    }

    /// Chooses, merges and tests the members; the patch that comes out is on no remote yet, and absent when there is none.
    ///
    /// - Parameters:
    ///   - obstacles: patches that cannot be combined, and why.
    ///   - isOnForge: whether checks that are not defined in the target's `.gitpatch` are left to a forge.
    package func combine(
        _ request: ConsolidationRequest, of state: RemoteState, besides obstacles: [RecordID: String] = [:],
        isOnForge: Bool = false
    ) async throws -> ConsolidationOutcome {
        guard let base = state.branch(request.target) else {
            return ConsolidationOutcome(end: .impossible("the remote has no branch '\(request.target)'"))
        }
        let objects = remote.objects
        let committer = try await objects.committer()
        var choice = SelectMembers(objects: objects, request: request, now: clock(), obstacles: obstacles)
        if isOnForge { choice.wayOut = ", which is given up by closing its pull request" }
        let (selected, left) = try await choice(state)
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
        var required = combination.required(outcome.members.map(\.document))
        if isOnForge { (required, outcome.untested) = combination.runnable(of: required) }
        if let flaw = isOnForge ? policy.problem?.description : policy.flaw(in: required) {
            return outcome.ending(.misconfigured(flaw))
        }
        if !required.isEmpty {
            switch try await combination.findCulprits(&outcome, &built, required, goesOn: request.skipsRed) {
            case nil: break
            case .some(let end): return outcome.ending(end)
            }
        }
        guard outcome.members.count > 1, let last = built.last else { return outcome.ending(.nothingToCombine) }
        outcome.tested = required
        outcome.patch = combination.document(of: outcome.members, built, tip: last.commit, request, by: committer)
        return outcome
    }
}

extension Combination {
    /// What of the required checks can be run here, and what cannot; where none is named, all of the usual tier.
    func runnable(of required: [String]) -> (here: [String], elsewhere: [String]) {
        let defined = policy.settings.checks
        if required.isEmpty { return (defined.filter { Tier.standard.includes($0.tier) }.map(\.name), []) }
        let names = Set(defined.map(\.name))
        return (required.filter(names.contains), required.filter { !names.contains($0) })
    }

    /// What a combined patch is called that nobody has named; not longer than every forge takes.
    static func title(of members: [String], limit: Int = 200) -> String {
        let all = "Combine " + members.joined(separator: "; ")
        guard all.count > limit else { return all }
        return String("Combine \(members.count) patches: \(members.joined(separator: "; "))".prefix(limit - 1)) + "…"
    }

    /// The combined patch: it asks for no less than its members do.
    func document(
        of members: [ConsolidationOutcome.Member], _ built: [CandidateBuilder.Built], tip: ObjectID,
        _ request: ConsolidationRequest, by committer: Identity
    ) -> PatchDocument {
        let (id, now) = (RecordID.make(), worker.clock())
        var document = PatchDocument(
            id: id, title: request.title ?? Combination.title(of: members.map(\.document.title)),
            branch: policy.settings[PatchKeys.branchPrefix] + "combined-" + id.short, base: base,
            target: request.target, head: tip, author: Person(committer), state: request.autoMerge ? .armed : .queued,
            at: now)
        document.fork = base
        // Each member stays a commit of its own.
        document.method = .rebase
        document.queuedAt = request.autoMerge ? now : nil
        document.priority = members.map(\.document.priority).max { $0.rank < $1.rank } ?? .normal
        for name in members.flatMap(\.document.requiredChecks) where !document.requiredChecks.contains(name) {
            document.requiredChecks.append(name)
        }
        document.approvals = members.compactMap(\.document.approvals).max()
        document.delay = members.compactMap(\.document.delay).max()
        document.combines = built.map { .init(patch: $0.member.id, head: $0.member.head, commit: $0.commit) }
        return document
    }
}

extension ConsolidationOutcome {
    package func ending(_ end: End) -> ConsolidationOutcome {
        var copy = self
        copy.end = end
        return copy
    }
}
