import Automerge
import GitValues
import Testing

/// The simulator is worth something only if it notices a queue that is wrong.
@Suite struct MutationTests {
    /// The first violation within so many seeds; `nil` when the flaw goes unnoticed.
    private func violation(
        _ expected: String, lanes: Int = 1, flaw: SimulatedWorker.Flaw? = nil, withoutChecks: Bool = false,
        make: @escaping SimulatedWorker.Make
    ) -> String? {
        for seed in 0..<3000 as Range<UInt64> {
            var simulation = Simulation(seed: seed, batch: 4, lanes: lanes, flaw: flaw, make: make)
            if withoutChecks {
                for index in simulation.workers.indices { simulation.workers[index].hasNoChecks = true }
            }
            if let found = simulation.run().first(where: { $0.hasPrefix(expected) }) { return found }
        }
        return nil
    }

    @Test(arguments: BrokenMachine.Mutation.allCases)
    func aBrokenMachineIsNoticed(mutation: BrokenMachine.Mutation) {
        let found = violation(mutation.violation, withoutChecks: mutation == .takesNoCheckForGreen) {
            BrokenMachine(mutation, limits: $0)
        }
        #expect(found != nil, "the simulator does not notice a machine that \(mutation)")
    }

    @Test(arguments: [
        (SimulatedWorker.Flaw.noLeaseOnTarget, "I2"), (.noLeaseOnFence, "stop"), (.noLeaseOnRecords, "I3"),
        (.noLeaseOnRecords, "I4"), (.replaysBlindly, "I6"),
        (.trustsTheBatch, "I6"),
    ])
    func aPushWithoutItsLeaseIsNoticed(flaw: SimulatedWorker.Flaw, expected: String) {
        let found = violation(expected, flaw: flaw) { QueueMachine(limits: $0) }
        #expect(found != nil, "the simulator does not notice a worker with the flaw \(flaw)")
    }
}
