import Automerge
import Foundation
import GitValues
import Testing

/// Seeds per test: a few thousand, or as many as `GITPATCH_SEEDS` says.
private let seeds = ProcessInfo.processInfo.environment["GITPATCH_SEEDS"].flatMap(Int.init) ?? 1500

@Suite struct QueueSimulationTests {
    @Test(arguments: [1, 4, 8])
    func noInterleavingBreaksAnInvariant(batch: Int) {
        for seed in 0..<UInt64(seeds) {
            var simulation = Simulation(seed: seed, batch: batch)
            let violations = simulation.run()
            #expect(violations.isEmpty, "seed \(seed), batch \(batch): \(violations)")
            if !violations.isEmpty { return }
        }
    }

    @Test func noInterleavingBreaksAnInvariantWithTwoLanes() {
        for seed in 0..<UInt64(seeds) {
            var simulation = Simulation(seed: seed, batch: 8, lanes: 2)
            let violations = simulation.run()
            #expect(violations.isEmpty, "seed \(seed): \(violations)")
            if !violations.isEmpty { return }
        }
    }

    @Test func flakyChecksEjectNobodyWithoutTwoReds() {
        for seed in 0..<UInt64(seeds) {
            var simulation = Simulation(seed: seed, batch: 8)
            simulation.world.flake = 0.1
            let violations = simulation.run()
            #expect(violations.isEmpty, "seed \(seed): \(violations)")
            if !violations.isEmpty { return }
        }
    }

    @Test func nothingLandsWhereNothingIsRequired() {
        for seed in 0..<50 as Range<UInt64> {
            var simulation = Simulation(seed: seed, batch: 4)
            for index in simulation.workers.indices { simulation.workers[index].hasNoChecks = true }
            for _ in 0..<200 {
                for index in simulation.workers.indices {
                    simulation.workers[index].act(on: &simulation.world, using: &simulation.generator)
                }
            }
            #expect(simulation.workers.allSatisfy { $0.end == .misconfigured("no check is required") })
            #expect(simulation.world.landedMembers == 0)
        }
    }

    /// The bars of merge-queues section 6, at p = 5 %, batches of 8, 2 % of green builds red by bad luck.
    @Test func aLandedChangeCostsFewBuildsAndTheInnocentStay() {
        let changes = max(10_000, min(100_000, seeds * 10))
        var world = World()
        world.flake = 0.02
        var generator = SeededGenerator(seed: 42)
        var innocentEjected = 0
        var done = 0
        while done < changes {
            world.patches = [:]
            world.order = []
            world.provenRed = [:]
            world.commits = world.commits.filter { $0.key == world.tip }
            world.testedTrees = [:]
            world.heads = [:]
            for _ in 0..<80 {
                let id = world.addPatch(using: &generator)
                if let change = world.patches[id]?.change, generator.chance(0.05) { world.bad.insert(change) }
            }
            var worker = SimulatedWorker(limits: .init(batch: 8))
            while !worker.isFinished { worker.act(on: &world, using: &generator) }
            innocentEjected += world.patches.values.count { $0.state == .ejected && !world.bad.contains($0.change) }
            done += 80
            world.bad = []
            // What landed is history: without it the trees of a long run would grow for ever.
            world.commits[world.tip]?.changes = []
        }
        let builds = Double(world.tests) / Double(done)
        let wrong = Double(innocentEjected) / Double(done)
        #expect(world.violations.isEmpty, "\(world.violations)")
        #expect(builds <= 0.41, "builds per change: \(builds)")
        // Two standard deviations for the rarity of it: in 100,000 changes they are less than half of the bar.
        let bar = 0.0002 + 2 * (0.0002 / Double(done)).squareRoot()
        #expect(wrong <= bar, "wrongly ejected: \(wrong)")
        print("builds per change \(builds), wrongly ejected \(wrong * 100) %, over \(done) changes")
    }
}
