import Automerge
import GitValues

/// What a simulated worker is driven by: the real machine, or one that was broken on purpose.
protocol Decider {
    mutating func step(_ event: QueueEvent) -> QueueEffect
}

extension QueueMachine: Decider {}

/// One worker of a simulation: a state machine, its effects on a world, and what it remembers of its last look.
struct SimulatedWorker {
    /// How a worker itself, not its machine, is broken on purpose.
    enum Flaw {
        /// It pushes without a lease on the target.
        case noLeaseOnTarget
        /// It pushes without a lease on the fence.
        case noLeaseOnFence
        /// It pushes without a lease on the records.
        case noLeaseOnRecords
        /// After a crash it repeats the landing it was at, without looking.
        case replaysBlindly
        /// It takes what another member of the batch brings for what the target has.
        case trustsTheBatch
    }

    typealias Make = (QueueMachine.Limits) -> any Decider

    private var machine: any Decider
    private var effect: QueueEffect
    /// What the last look saw: the leases of a landing.
    private var seen: (epoch: Int, records: [RecordID: Int]) = (0, [:])
    /// The base of the newest candidate: what its members were compared with.
    private var builtOn = World.id("root", 0)
    let limits: QueueMachine.Limits
    private let make: Make
    private let flaw: Flaw?
    private(set) var isFinished = false
    private(set) var end: QueueEnd?
    /// Set when nothing is required to pass: then nothing may land.
    var hasNoChecks = false

    init(limits: QueueMachine.Limits, flaw: Flaw? = nil, make: @escaping Make = { QueueMachine(limits: $0) }) {
        self.limits = limits
        self.make = make
        self.flaw = flaw
        machine = make(limits)
        effect = machine.step(.started)
    }

    /// A new process after a crash: nothing is remembered but what the remote says.
    mutating func restart() {
        var fresh = SimulatedWorker(limits: limits, flaw: flaw, make: make)
        fresh.hasNoChecks = hasNoChecks
        if case .land = effect, flaw == .replaysBlindly, !isFinished {
            fresh.effect = effect
            fresh.seen = seen
        }
        self = fresh
    }

    /// Does the effect at hand. `dies`: the effect happens, the process does not live to see it.
    mutating func act(on world: inout World, using generator: inout SeededGenerator, dies: Bool = false) {
        guard !isFinished else { return }
        let event: QueueEvent
        switch effect {
        case .look: event = .looked(look(world))
        case .build(let base, let members): event = build(base, members, &world)
        case .test(let candidate, _): event = .tested(test(candidate, &world, &generator))
        case .ground(let base, _, let fresh): event = .tested(examine(base, fresh, &world, &generator))
        case .testAll(let candidates):
            event = .testedAll(candidates.map { test($0, &world, &generator) })
        case .land(let candidate): event = .landed(land(candidate, &world))
        case .settle(let member, let end):
            settle(member, end, &world)
            event = .settled
        case .finish(let end):
            self.end = end
            isFinished = true
            return
        }
        if dies { return restart() }
        effect = machine.step(event)
    }

    private mutating func look(_ world: World) -> QueueView {
        seen = (world.epoch, world.patches.mapValues(\.record))
        return QueueView(base: world.tip, isStopped: world.isStopped, eligible: world.eligible)
    }

    private mutating func build(_ base: ObjectID, _ members: [QueueMember], _ world: inout World) -> QueueEvent {
        builtOn = base
        guard let start = world.commits[base] else { return .built(nil, aside: []) }
        var changes = start.changes
        var tip = base
        var taken: [QueueMember] = []
        var aside: [QueueAside] = []
        for member in members {
            guard let change = world.heads[member.head] else {
                aside.append(QueueAside(member, .impossible("its head is gone")))
                continue
            }
            if start.changes.contains(change) || (flaw == .trustsTheBatch && changes.contains(change)) {
                aside.append(QueueAside(member, .contained))
            } else if changes.contains(change), let first = taken.first {
                aside.append(QueueAside(member, .covered(by: first)))
            } else if world.clash(change, start.changes) {
                aside.append(QueueAside(member, .conflict(paths: ["f"], with: nil)))
            } else if world.clash(change, changes) {
                aside.append(QueueAside(member, .conflict(paths: ["f"], with: taken.first)))
            } else {
                changes.insert(change)
                tip = world.commit(parent: tip, changes: changes)
                taken.append(member)
            }
        }
        guard !taken.isEmpty else { return .built(nil, aside: aside) }
        let candidate = QueueCandidate(
            base: base, commit: tip, tree: world.tree(changes), policy: "unit", members: taken)
        return .built(candidate, aside: aside)
    }

    private func test(
        _ candidate: QueueCandidate, _ world: inout World, _ generator: inout SeededGenerator
    ) -> TestOutcome {
        if hasNoChecks { return .misconfigured("no check is required") }
        world.tests += 1
        let changes = world.commits[candidate.commit]?.changes ?? []
        world.testedTrees[candidate.tree] = changes
        if world.isRed(changes) || generator.chance(world.flake) {
            world.provenRed[candidate.tree, default: 0] += 1
            return .failed(["unit"])
        }
        world.provenGreen.insert(candidate.tree)
        return .passed
    }

    /// Tests a commit of the target; what a test found green is not tested again.
    private func examine(
        _ base: ObjectID, _ fresh: Bool, _ world: inout World, _ generator: inout SeededGenerator
    ) -> TestOutcome {
        let tree = world.tree(world.commits[base]?.changes ?? [])
        if !fresh, world.provenGreen.contains(tree), !hasNoChecks { return .passed }
        let candidate = QueueCandidate(base: base, commit: base, tree: tree, policy: "unit", members: [])
        return test(candidate, &world, &generator)
    }

    /// One atomic push with a lease on the target, the fence and every record; the world judges what it did.
    private func land(_ candidate: QueueCandidate, _ world: inout World) -> LandOutcome {
        let records = candidate.members.allSatisfy { world.patches[$0.id]?.record == seen.records[$0.id] }
        if flaw != .replaysBlindly {
            if world.tip != candidate.base, flaw != .noLeaseOnTarget { return .moved }
            if world.epoch != seen.epoch, flaw != .noLeaseOnFence { return .moved }
            if !records, flaw != .noLeaseOnRecords { return .moved }
        }
        world.judgeLanding(of: candidate, hadChecks: !hasNoChecks)
        return .landed
    }

    private func settle(_ member: QueueMember, _ end: Settlement, _ world: inout World) {
        guard var patch = world.patches[member.id], patch.record == seen.records[member.id] else { return }
        if patch.state != .armed { world.violate("I4: \(patch.state) patch settled") }
        switch end {
        case .contained:
            patch.state = .landed
            if world.commits[builtOn]?.changes.contains(patch.change) != true {
                world.violate("I6: called landed, and the target did not have it")
            }
        case .checks(_, let company):
            patch.state = .ejected
            world.judgeEjection(of: patch, company)
        case .conflict, .impossible: patch.state = .ejected
        }
        patch.record += 1
        world.patches[member.id] = patch
    }
}
