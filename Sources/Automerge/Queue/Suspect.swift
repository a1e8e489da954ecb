import GitValues

/// A member that was red once, on top of others of its batch that landed just before: is it red without them?
///
/// The confirming run every ejection needs is made without the others first. Red again: it is to blame, and nobody
/// else. Green: either that red was bad luck, or it does not get along with one of them, which is then found and named.
/// Alone it was green, so bad luck is the likelier reason, and it takes two more reds to believe the other one.
struct Suspect: Sendable {
    enum Stage: Sendable {
        /// On the tip its batch started from.
        case alone
        /// Once more where it was red, until it was red so many times more.
        case again(Int)
        /// On top of some of the others: with so many it is green, with so many it is red.
        case company(green: Int, red: Int)
    }

    let member: QueueMember
    let others: [QueueMember]
    let start: ObjectID
    let failed: [String]
    var stage = Stage.alone
    /// What is tested, in the stages that build something.
    var candidate: QueueCandidate?
}

extension QueueMachine {
    /// Makes sure that a red member is to blame before it is ejected.
    mutating func confirm(_ candidate: QueueCandidate, _ failed: [String]) -> QueueEffect {
        guard let batchBase, let member = candidate.members.first, !landedOfBatch.isEmpty else {
            return .test(candidate, fresh: true)
        }
        switch grounds[Ground(base: batchBase, policy: candidate.policy)] {
        case nil: return examine(batchBase, candidate)
        case .some(let red) where !red.isEmpty: return .test(candidate, fresh: true)
        case .some: break
        }
        let suspect = Suspect(member: member, others: landedOfBatch, start: batchBase, failed: failed)
        errand = .suspect(suspect)
        return .build(base: batchBase, members: [member])
    }

    mutating func built(_ built: QueueCandidate?, of suspect: Suspect) -> QueueEffect {
        guard let candidate else { return giveUp(suspect) }
        var suspect = suspect
        suspect.candidate = built
        errand = .suspect(suspect)
        guard let built, built.members.last == suspect.member else {
            if case .company = suspect.stage { return eject(suspect.failed, .after(suspect.others)) }
            errand = .candidate
            return .test(candidate, fresh: true)
        }
        switch knowledge.of(built) {
        case .unknown: return .test(built, fresh: false)
        case .green: return decide(suspect, isRed: false)
        case .red: return decide(suspect, isRed: true)
        }
    }

    mutating func tested(_ outcome: TestOutcome, of suspect: Suspect) -> QueueEffect {
        let subject = if case .again = suspect.stage { candidate } else { suspect.candidate }
        guard let subject else { return giveUp(suspect) }
        if let end = knowledge.learn(outcome, of: subject) { return .finish(end) }
        return decide(suspect, isRed: outcome != .passed)
    }

    private mutating func decide(_ suspect: Suspect, isRed: Bool) -> QueueEffect {
        var suspect = suspect
        switch suspect.stage {
        case .alone:
            if isRed { return eject(suspect.failed, .none) }
            guard let candidate else { return giveUp(suspect) }
            suspect.stage = .again(2)
            errand = .suspect(suspect)
            return .test(candidate, fresh: true)
        case .again(let times):
            guard isRed, let candidate else {
                errand = .candidate
                return self.candidate.map(QueueEffect.land) ?? .look
            }
            if times > 1 {
                suspect.stage = .again(times - 1)
                errand = .suspect(suspect)
                return .test(candidate, fresh: true)
            }
            return narrow(suspect, green: 0, red: suspect.others.count)
        case .company(let green, let red):
            let middle = (green + red) / 2
            return isRed ? narrow(suspect, green: green, red: middle) : narrow(suspect, green: middle, red: red)
        }
    }

    private mutating func narrow(_ suspect: Suspect, green: Int, red: Int) -> QueueEffect {
        if red - green <= 1 { return eject(suspect.failed, .pair(suspect.others[red - 1])) }
        var suspect = suspect
        suspect.stage = .company(green: green, red: red)
        errand = .suspect(suspect)
        return .build(base: suspect.start, members: Array(suspect.others.prefix((green + red) / 2)) + [suspect.member])
    }

    private mutating func giveUp(_ suspect: Suspect) -> QueueEffect {
        errand = .candidate
        return .look
    }
}
