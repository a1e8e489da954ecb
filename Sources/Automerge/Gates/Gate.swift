package import GitValues
package import PlainRemote

/// One condition a patch must meet before it lands.
package struct Gate: Hashable, Sendable, Codable {
    /// Whether it is met.
    package enum State: String, Sendable, Codable {
        case passed
        /// Time or somebody else will open it.
        case waiting
        /// It stays shut until somebody does something.
        case failed
    }

    /// The conditions, in the order in which they are looked at.
    package enum Name: String, Sendable, Codable, CaseIterable {
        case armed, target, stop, draft, stack, base, delay, approvals, checks, server
    }

    package let name: Name
    package let state: State
    /// What that rests on, for people.
    package let evidence: String

    /// Creates a gate.
    package init(_ name: Name, _ state: State, _ evidence: String) {
        self.name = name
        self.state = state
        self.evidence = evidence
    }

    /// Whether a patch with this gate may be built and tested: checks that are still to run hold nothing up.
    package var letsThrough: Bool { state == .passed || (name == .checks && state == .waiting) }
}

/// Where one patch of a queue stands.
package struct QueueEntry: Sendable {
    package var document: PatchDocument
    package var gates: [Gate]
    /// When a gate opens by itself, where that is known.
    package var notBefore: Timestamp?
    /// Whether checks are a forge's: then they must have passed before.
    package var checksRunElsewhere = false
    /// Whether the target is to be mended where checks cannot be judged by, and not the wish of this patch.
    package var isFlawOfTarget = true

    /// Creates an entry.
    package init(document: PatchDocument, gates: [Gate], notBefore: Timestamp?) {
        self.document = document
        self.gates = gates
        self.notBefore = notBefore
    }

    /// Whether it may land now.
    package var isDue: Bool { gates.allSatisfy(letsThrough) }

    /// The first gate that is shut; `nil` when none is.
    package var firstObstacle: Gate? { gates.first { !letsThrough($0) } }

    private func letsThrough(_ gate: Gate) -> Bool { checksRunElsewhere ? gate.state == .passed : gate.letsThrough }
}
