package import GitValues

/// What a candidate stands on: a commit the target had, judged as the candidate is.
///
/// Somebody may have pushed past the queue and left the target red. Then every member is red on it, and none is to blame:
/// nobody is ejected before the ground was found green without it. As for members, one red is no proof.
struct Ground: Hashable, Sendable {
    let base: ObjectID
    let policy: String
}

/// A member that is red on a red target: it waits, because nobody knows what it is worth.
package struct HeldMember: Hashable, Sendable {
    package let member: QueueMember
    /// The commit of the target that is red by itself.
    package let base: ObjectID
    /// The checks that are red there.
    package let checks: [String]
}

extension QueueMachine {
    /// Goes on with a red member, once it is known what it stands on.
    ///
    /// - Parameter times: how often it was red.
    mutating func blame(_ candidate: QueueCandidate, _ failed: [String], times: Int) -> QueueEffect {
        switch grounds[Ground(base: candidate.base, policy: candidate.policy)] {
        case nil: examine(candidate.base, candidate)
        case .some(let red) where !red.isEmpty: hold(candidate, red)
        case .some: times == 1 ? confirm(candidate, failed) : eject(failed, .after(landedOfBatch))
        }
    }

    /// Asks whether a commit of the target is green under the policy of a candidate.
    mutating func examine(_ base: ObjectID, _ candidate: QueueCandidate) -> QueueEffect {
        errand = .ground(base, wasRed: false)
        return .ground(base, for: candidate, fresh: false)
    }

    mutating func examined(_ outcome: TestOutcome, _ base: ObjectID, wasRed: Bool) -> QueueEffect {
        guard let candidate else { return .look }
        let ground = Ground(base: base, policy: candidate.policy)
        switch outcome {
        case .passed: grounds[ground] = []
        case .failed where !wasRed:
            errand = .ground(base, wasRed: true)
            return .ground(base, for: candidate, fresh: true)
        case .failed(let names): grounds[ground] = names
        case .misconfigured(let reason): return .finish(.misconfigured(reason))
        case .impossible(let reason): return .finish(.failed(reason))
        }
        errand = .candidate
        return proceed()
    }

    private mutating func hold(_ candidate: QueueCandidate, _ red: [String]) -> QueueEffect {
        if let member = groups.popLast()?.first {
            held.append(HeldMember(member: member, base: candidate.base, checks: red))
            decided[member] = "the target itself is red: \(red.joined(separator: ", "))"
        }
        self.candidate = nil
        return proceed()
    }
}
