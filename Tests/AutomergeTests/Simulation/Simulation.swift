import Automerge
import GitValues

/// One seeded run: some workers, an adversary, crashes; then calm, in which everything must come to its end.
struct Simulation {
    var world = World()
    var workers: [SimulatedWorker]
    var generator: SeededGenerator

    init(
        seed: UInt64, batch: Int, lanes: Int = 1, flaw: SimulatedWorker.Flaw? = nil,
        make: @escaping SimulatedWorker.Make = { QueueMachine(limits: $0) }
    ) {
        generator = SeededGenerator(seed: seed)
        world.twins = 0.05
        let count = Int.random(in: 1...3, using: &generator)
        workers = (0..<count).map { _ in
            SimulatedWorker(limits: .init(batch: batch, lanes: lanes), flaw: flaw, make: make)
        }
        for _ in 0..<Int.random(in: 1...10, using: &generator) { addPatch() }
    }

    /// Runs the turmoil and then the calm; returns what went wrong.
    mutating func run(steps: Int = 120) -> [String] {
        for _ in 0..<steps {
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<78: step(dies: false)
            case 78..<84: step(dies: true)
            case 84..<88: addPatch()
            case 88..<91: pushToTarget()
            case 91..<93: resetTarget()
            case 93..<96: pushNewHead()
            case 96..<97: closePatch()
            default: toggleStop()
            }
            if !world.violations.isEmpty { return world.violations }
        }
        settleDown()
        return world.violations
    }

    private mutating func step(dies: Bool) {
        let index = Int.random(in: 0..<workers.count, using: &generator)
        if workers[index].isFinished { workers[index].restart() }
        workers[index].act(on: &world, using: &generator, dies: dies)
    }

    /// Without an adversary nothing may be left in the queue, and nothing may go round in circles.
    private mutating func settleDown() {
        if world.isStopped { toggleStop() }
        // A red target holds everything up until somebody mends it.
        while world.isRed(world.commits[world.tip]?.changes ?? []), world.commits[world.tip]?.parent != nil {
            resetTarget()
        }
        for round in 0..<4 {
            for index in workers.indices {
                workers[index].restart()
                var steps = 0
                while !workers[index].isFinished {
                    workers[index].act(on: &world, using: &generator)
                    steps += 1
                    if steps > 2000 { return world.violate("liveness: a pass does not end") }
                }
                if workers[index].end != .done {
                    world.violate("liveness: the pass ended \(String(describing: workers[index].end))")
                }
            }
            if world.eligible.isEmpty { return }
            if round == 3 { world.violate("I4: \(world.eligible.count) patches were left in the queue") }
        }
    }

    private mutating func addPatch() {
        let known = Set(world.heads.values)
        let id = world.addPatch(using: &generator)
        // What was tested already keeps its truth.
        guard let change = world.patches[id]?.change, !known.contains(change) else { return }
        if generator.chance(0.15) { world.bad.insert(change) }
        let others = world.patches.values.map(\.change).filter { $0 != change }.sorted()
        guard let other = others.randomElement(using: &generator) else { return }
        if generator.chance(0.10) { world.badPairs.append([change, other]) }
        if generator.chance(0.10) { world.conflicts.append([change, other]) }
    }

    /// Somebody pushes to the target past the queue; now and then what is pushed is red.
    private mutating func pushToTarget() {
        guard let commit = world.commits[world.tip] else { return }
        let change = world.freshChange()
        if generator.chance(0.3) { world.bad.insert(change) }
        world.tip = world.commit(parent: world.tip, changes: commit.changes.union([change]))
    }

    private mutating func resetTarget() {
        if let parent = world.commits[world.tip]?.parent { world.tip = parent }
    }

    private mutating func pushNewHead() {
        guard let id = world.eligible.randomElement(using: &generator)?.id, var patch = world.patches[id] else {
            return
        }
        patch.head = world.freshChange()
        patch.record += 1
        if generator.chance(0.15) { world.bad.insert(patch.head) }
        world.patches[id] = patch
        world.heads[world.headID(patch)] = patch.head
    }

    private mutating func closePatch() {
        guard let id = world.eligible.randomElement(using: &generator)?.id else { return }
        world.patches[id]?.state = .closed
        world.patches[id]?.record += 1
    }

    private mutating func toggleStop() {
        world.isStopped.toggle()
        world.epoch += 1
    }
}
