import Automerge
import GitValues

/// One worker of a simulation: the real state machine, its effects on a world, and what it remembers of its last look.
struct SimulatedWorker {
    private var machine: QueueMachine
    private var effect: QueueEffect
    /// What the last look saw: the leases of a landing.
    private var seen: (epoch: Int, records: [RecordID: Int]) = (0, [:])
    let batch: Int
    private(set) var isFinished = false
    private(set) var end: QueueEnd?
    /// Set when nothing is required to pass: then nothing may land.
    var hasNoChecks = false

    init(batch: Int) {
        self.batch = batch
        machine = QueueMachine(limits: .init(batch: batch))
        effect = machine.step(.started)
    }

    /// A new process after a crash: nothing is remembered but what the remote says.
    mutating func restart() { self = SimulatedWorker(batch: batch, hasNoChecks: hasNoChecks) }

    private init(batch: Int, hasNoChecks: Bool) {
        self.init(batch: batch)
        self.hasNoChecks = hasNoChecks
    }

    /// Does the effect at hand. `dies`: the effect happens, the process does not live to see it.
    mutating func act(on world: inout World, using generator: inout SeededGenerator, dies: Bool = false) {
        guard !isFinished else { return }
        let event: QueueEvent
        switch effect {
        case .look: event = .looked(look(world))
        case .build(let base, let members): event = build(base, members, &world)
        case .test(let candidate, _): event = .tested(test(candidate, &world, &generator))
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

    private func build(_ base: ObjectID, _ members: [QueueMember], _ world: inout World) -> QueueEvent {
        guard let start = world.commits[base] else { return .built(nil, aside: []) }
        var changes = start.changes
        var tip = base
        var taken: [QueueMember] = []
        var aside: [QueueAside] = []
        for member in members {
            guard let patch = world.patches[member.id], world.headID(patch) == member.head else {
                aside.append(QueueAside(member, .impossible("its head is gone")))
                continue
            }
            if changes.contains(patch.change) {
                aside.append(QueueAside(member, .contained))
            } else if world.clash(patch.change, start.changes) {
                aside.append(QueueAside(member, .conflict(paths: ["f"], with: nil)))
            } else if world.clash(patch.change, changes) {
                aside.append(QueueAside(member, .conflict(paths: ["f"], with: taken.first)))
            } else {
                changes.insert(patch.change)
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
        if world.isRed(changes) || generator.chance(world.flake) {
            world.provenRed[candidate.tree, default: 0] += 1
            return .failed(["unit"])
        }
        world.provenGreen.insert(candidate.tree)
        return .passed
    }

    /// One atomic push with a lease on the target, the fence and every record; the world judges what it did.
    private func land(_ candidate: QueueCandidate, _ world: inout World) -> LandOutcome {
        let leases = candidate.members.allSatisfy { world.patches[$0.id]?.record == seen.records[$0.id] }
        guard world.tip == candidate.base, world.epoch == seen.epoch, leases else { return .moved }
        if hasNoChecks { world.violate("I7: landed without a check") }
        if world.isStopped { world.violate("stop: a landing survived it") }
        if !world.provenGreen.contains(candidate.tree) { world.violate("I1/I5: landed a tree no test found green") }
        if world.commits[candidate.commit].map({ world.isRed($0.changes) }) != false, world.flake == 0 {
            world.violate("I5: a red tree landed")
        }
        world.tip = candidate.commit
        world.epoch += 1
        for member in candidate.members {
            guard var patch = world.patches[member.id] else { continue }
            if patch.state != .armed { world.violate("I4: \(patch.state) patch landed") }
            if world.headID(patch) != member.head { world.violate("I3: another head landed") }
            patch.state = .landed
            patch.landings += 1
            patch.record += 1
            if patch.landings > 1 { world.violate("I6: landed twice") }
            world.patches[member.id] = patch
            world.landedMembers += 1
        }
        return .landed
    }

    private func settle(_ member: QueueMember, _ end: Settlement, _ world: inout World) {
        guard var patch = world.patches[member.id], patch.record == seen.records[member.id] else { return }
        if patch.state != .armed { world.violate("I4: \(patch.state) patch settled") }
        switch end {
        case .contained: patch.state = .landed
        case .checks:
            patch.state = .ejected
            judgeEjection(patch, world: &world)
        case .conflict, .impossible: patch.state = .ejected
        }
        patch.record += 1
        world.patches[member.id] = patch
    }

    /// No patch is ejected unless one tree of it alone on some tip was red twice; without bad luck, it must be to blame.
    private func judgeEjection(_ patch: World.Patch, world: inout World) {
        let redTwice = world.commits.values.contains { commit in
            commit.changes.contains(patch.change) && world.provenRed[world.tree(commit.changes), default: 0] >= 2
        }
        if !redTwice { world.violate("I5: ejected without two reds") }
        let isInnocent = !world.bad.contains(patch.change) && !world.badPairs.contains { $0.contains(patch.change) }
        if world.flake == 0, isInnocent { world.violate("I5: an innocent patch was ejected") }
    }
}
