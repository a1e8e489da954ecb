import Automerge
import GitValues

/// The real machine with one rule taken out, to prove that the simulator would notice.
struct BrokenMachine: Decider {
    /// The rule that is taken out.
    enum Mutation: String, CaseIterable {
        /// I1: what was not tested does not land.
        case landsUntested
        /// I5: what is red does not land.
        case takesRedForGreen
        /// I2: a candidate is for the base it was built on.
        case keepsTheCandidateWhenTheTargetMoves
        /// I3: another head is another member.
        case keepsTheFirstHead
        /// I4: a member is in exactly one place, and never in none.
        case forgetsMembers
        /// I5: one red is no proof.
        case ejectsAfterOneRed
        /// I5: a red batch says nothing about each of its members.
        case ejectsWholeBatches
        /// I7: nothing to judge by is no pass.
        case takesNoCheckForGreen
        /// I5: what is red on a red target is not to blame.
        case blamesForARedTarget
        /// A pass ends.
        case goesRoundInCircles

        /// What the simulator must say.
        var violation: String {
            switch self {
            case .landsUntested: "I1"
            case .takesRedForGreen, .ejectsAfterOneRed, .ejectsWholeBatches, .blamesForARedTarget: "I5"
            case .keepsTheCandidateWhenTheTargetMoves: "I2"
            case .keepsTheFirstHead: "I3"
            case .forgetsMembers: "I4"
            case .takesNoCheckForGreen: "I7"
            case .goesRoundInCircles: "liveness"
            }
        }
    }

    let mutation: Mutation
    private var machine: QueueMachine
    private var firstHeads: [RecordID: ObjectID] = [:]
    private var toEject: [QueueMember] = []
    private var tested: QueueCandidate?

    init(_ mutation: Mutation, limits: QueueMachine.Limits) {
        self.mutation = mutation
        machine = QueueMachine(limits: limits)
    }

    mutating func step(_ event: QueueEvent) -> QueueEffect {
        switch (mutation, event) {
        case (.takesRedForGreen, .tested(.failed)), (.takesNoCheckForGreen, .tested(.misconfigured)):
            return machine.step(.tested(.passed))
        case (.keepsTheFirstHead, .looked(var view)):
            view.eligible = view.eligible.map { member in
                let head = firstHeads[member.id] ?? member.head
                firstHeads[member.id] = head
                return QueueMember(id: member.id, head: head)
            }
            return machine.step(.looked(view))
        case (.keepsTheCandidateWhenTheTargetMoves, .looked(let view)):
            guard let old = tested, old.base != view.base, !view.isStopped else { return watch(machine.step(event)) }
            tested = nil
            return .land(
                QueueCandidate(
                    base: view.base, commit: old.commit, tree: old.tree, policy: old.policy, members: old.members))
        case (.forgetsMembers, .looked(var view)):
            view.eligible.removeAll { $0.id.text.utf8.last.map { $0 % 2 == 0 } ?? false }
            return machine.step(.looked(view))
        case (.ejectsWholeBatches, .tested(.failed)) where (tested?.members.count ?? 0) > 1:
            toEject = tested?.members ?? []
            return ejectNext() ?? watch(machine.step(event))
        case (.ejectsWholeBatches, .settled):
            if let next = ejectNext() { return next }
            return watch(machine.step(tested == nil ? event : .tested(.failed(["unit"]))))
        default: return watch(machine.step(event))
        }
    }

    private mutating func ejectNext() -> QueueEffect? {
        toEject.popLast().map { .settle($0, .checks(failed: ["unit"], .none)) }
    }

    private mutating func watch(_ effect: QueueEffect) -> QueueEffect {
        switch (mutation, effect) {
        case (.landsUntested, .test): return watch(machine.step(.tested(.passed)))
        case (.ejectsAfterOneRed, .test(_, fresh: true)): return machine.step(.tested(.failed(["unit"])))
        case (.blamesForARedTarget, .ground): return watch(machine.step(.tested(.passed)))
        case (.goesRoundInCircles, .finish(.done)): return machine.step(.started)
        case (_, .test(let candidate, _)): tested = candidate
        case (.ejectsWholeBatches, .look): tested = nil
        case (.keepsTheCandidateWhenTheTargetMoves, .settle), (.keepsTheCandidateWhenTheTargetMoves, .build):
            tested = nil
        default: break
        }
        return effect
    }
}
