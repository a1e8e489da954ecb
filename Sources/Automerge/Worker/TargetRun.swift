import GitValues
import PlainRemote
import Settings
import Store

/// One pass over the queue of one target: does what the state machine asks for.
final class TargetRun {
    let worker: Worker
    let target: String
    let settings: Settings
    let committer: Identity
    /// The remote as the last look saw it: the source of every lease.
    var state: RemoteState
    /// What each candidate of this pass was built from, by its commit.
    var built: [ObjectID: [CandidateBuilder.Built]] = [:]
    var policy: TargetPolicy?
    /// The verdicts of the trees that were tested in this pass.
    var verdicts: [ObjectID: [Receipt.Verdict]] = [:]
    private var lastBase: ObjectID
    /// Whether the next look may use the state at hand: it was just read, or a push just proved it right.
    var isFreshlyRead = true

    /// Creates a run; `nil` when the remote has no such target.
    init?(_ worker: Worker, target: String, state: RemoteState, settings: Settings, committer: Identity) {
        guard let base = state.branch(target) else { return nil }
        lastBase = base
        self.worker = worker
        self.target = target
        self.state = state
        self.settings = settings
        self.committer = committer
    }

    /// Runs the machine to its end.
    func perform(_ result: inout PassReport) async throws {
        var machine = QueueMachine(
            limits: .init(batch: try await batchSize(), lanes: worker.alongside == nil ? 1 : 2))
        var effect = machine.step(.started)
        while true {
            let event: QueueEvent
            switch effect {
            case .look: event = .looked(try await look())
            case .build(let base, let members): event = try await build(on: base, members)
            case .test(let candidate, let fresh): event = .tested(try await test(candidate, fresh: fresh))
            case .ground(let base, let candidate, let fresh):
                event = .tested(try await examine(base, for: candidate, fresh: fresh))
            case .testAll(let candidates): event = .testedAll(try await testAll(candidates))
            case .land(let candidate): event = .landed(try await land(candidate, &result))
            case .settle(let member, let end):
                try await settle(member, end, &result)
                event = .settled
            case .finish(let end): return try finish(end, machine, &result)
            }
            effect = machine.step(event)
        }
    }

    private func finish(_ end: QueueEnd, _ machine: QueueMachine, _ result: inout PassReport) throws {
        for held in machine.held {
            try PatchMemories.redTargets.write(held, now: worker.clock(), remote: state.remote, in: worker.store)
        }
        if let held = machine.held.last {
            worker.report(.redTarget(target: target, commit: held.base, checks: held.checks))
        }
        for (member, reason) in machine.decided.sorted(by: { $0.key.id.text < $1.key.id.text }) {
            if let reason { result.waiting.append(.init(patch: member.id, reason: reason)) }
        }
        for (tree, checks) in machine.flaky { worker.report(.flaky(target: target, tree: tree, checks: checks)) }
        switch end {
        case .done, .stopped: break
        case .misconfigured(let reason): result.misconfigured.append(reason)
        case .unreachable(let words): result.unreachable = words
        case .failed(let reason): result.failures.append(.init(.notTested, "'\(target)' cannot be tested: \(reason)"))
        }
    }

    /// How many patches one candidate may hold: as recent failures make it worthwhile; after a refusal of several, the
    /// next ones go one by one.
    private func batchSize() async throws -> Int {
        for patch in state.patches.values where patch.document.target == target && patch.document.state == .armed {
            let refusal = try PatchMemories.refusals.read(patch.id, remote: state.remote, in: worker.store)
            if refusal?.wasBatch == true { return 1 }
        }
        let policy = try await TargetPolicy(of: target, at: lastBase, objects: worker.remote.objects, git: settings)
        return FailureRate(of: target, in: state).batch(atMost: policy.settings[AutomergeKeys.batch])
    }

    private func look() async throws -> QueueView {
        // Its commits are needed even when nothing waits for it any more, because another worker landed it all.
        let read = isFreshlyRead ? state : try await worker.remote.read(branches: [target])
        state = try await worker.keepHouse(read, branches: [target])
        isFreshlyRead = false
        let now = worker.clock()
        let reader = QueueReader(remote: worker.remote, now: now)
        let entries = try await reader.entries(of: state, settings, in: worker.store)
        let due = entries.filter { $0.isDue && $0.document.target == target }
        let local = try LocalStop.current(remote: state.remote, target: target, in: worker.store)
        // A target that is deleted under our hands ends the pass as a stop does.
        guard let base = state.branch(target) else { return QueueView(base: lastBase, isStopped: true, eligible: []) }
        lastBase = base
        policy = try await TargetPolicy(of: target, at: base, objects: worker.remote.objects, git: settings)
        return QueueView(
            base: base, isStopped: state.fence(of: target).stopped != nil || local != nil,
            eligible: due.map { QueueMember($0.document) })
    }

    private func build(on base: ObjectID, _ members: [QueueMember]) async throws -> QueueEvent {
        guard let policy else { return .built(nil, aside: []) }
        let parts = members.compactMap { member -> CandidateBuilder.Part? in
            guard let document = state.patches[member.id]?.document else { return nil }
            return CandidateBuilder.Part(member: member, document: document, method: policy.method(of: document))
        }
        let builder = CandidateBuilder(
            objects: worker.remote.objects, committer: committer, style: CommitStyle(policy.settings))
        let (built, aside) = try await builder.build(on: base, parts)
        guard let last = built.last else { return .built(nil, aside: aside) }
        self.built[last.commit] = built
        let tree = try await worker.remote.objects.tree(of: last.commit)
        worker.report(.built(target: target, patches: built.compactMap { state.patches[$0.member.id]?.document }))
        let candidate = QueueCandidate(
            base: base, commit: last.commit, tree: tree,
            policy: policy.fingerprint(required(built.map(\.member), policy)),
            members: built.map(\.member))
        return .built(candidate, aside: aside)
    }

    /// The checks that all members together need.
    func required(_ members: [QueueMember], _ policy: TargetPolicy) -> [String] {
        var names = policy.requiredChecks
        for member in members {
            guard let document = state.patches[member.id]?.document else { continue }
            names += policy.requiredChecks(of: document).filter { !names.contains($0) }
        }
        return names
    }

    private func test(_ candidate: QueueCandidate, fresh: Bool) async throws -> TestOutcome {
        switch prepare(candidate, fresh: fresh) {
        case .failure(let known): return known.outcome
        case .success(let test):
            tell(test)
            FaultPoint.reached("land.test")
            let verdict = try await worker.test(test)
            verdicts[candidate.tree] = verdict.verdicts
            return verdict.outcome
        }
    }

    /// Tests a commit of the target as a candidate on it would be tested.
    private func examine(_ base: ObjectID, for candidate: QueueCandidate, fresh: Bool) async throws -> TestOutcome {
        let tree = try await worker.remote.objects.tree(of: base)
        let ground = QueueCandidate(
            base: base, commit: base, tree: tree, policy: candidate.policy, members: candidate.members)
        switch prepare(ground, fresh: fresh) {
        case .failure(let known): return known.outcome
        case .success(let test):
            worker.report(.examining(target: target, checks: test.required, commit: base, again: fresh))
            return try await worker.test(test).outcome
        }
    }

    /// Tests candidates side by side, where the worker can.
    private func testAll(_ candidates: [QueueCandidate]) async throws -> [TestOutcome] {
        guard let test = worker.alongside else {
            var outcomes: [TestOutcome] = []
            for candidate in candidates { outcomes.append(try await self.test(candidate, fresh: false)) }
            return outcomes
        }
        let prepared = candidates.map { prepare($0, fresh: false) }
        for case .success(let test) in prepared { tell(test) }
        FaultPoint.reached("land.test")
        let verdicts = try await withThrowingTaskGroup(of: (Int, CandidateVerdict).self) { group in
            for (index, entry) in prepared.enumerated() {
                guard case .success(let candidate) = entry else { continue }
                group.addTask { (index, try await test(candidate)) }
            }
            return try await group.reduce(into: [Int: CandidateVerdict]()) { $0[$1.0] = $1.1 }
        }
        return zip(candidates.indices, prepared).map { index, entry in
            if case .failure(let known) = entry { return known.outcome }
            guard let verdict = verdicts[index] else { return .impossible("it was not tested") }
            self.verdicts[candidates[index].tree] = verdict.verdicts
            return verdict.outcome
        }
    }

    private func tell(_ test: CandidateTest) {
        worker.report(.testing(target: target, checks: test.required, again: test.fresh))
    }

    private struct KnownOutcome: Error {
        let outcome: TestOutcome
    }

    /// What is to be tested of a candidate, or what is known of it without a test.
    private func prepare(_ candidate: QueueCandidate, fresh: Bool) -> Result<CandidateTest, KnownOutcome> {
        func known(_ outcome: TestOutcome) -> Result<CandidateTest, KnownOutcome> { .failure(.init(outcome: outcome)) }
        guard let policy else { return known(.impossible("the target has no configuration")) }
        let required = required(candidate.members, policy)
        if let flaw = policy.flaw(in: required) { return known(.misconfigured(flaw)) }
        guard !required.isEmpty else { return known(.passed) }
        return .success(
            CandidateTest(
                commit: candidate.commit, tree: candidate.tree, settings: policy.settings, required: required,
                fresh: fresh))
    }
}
