package import GitValues

/// Decides what one worker does with the queue of one target: pure, no clock, no git, no remote.
///
/// Feed it what came of the last effect, do what it answers, until it answers `.finish`. A batch that is red is split;
/// each half is rebuilt on what the former half left. A tree that was red is never tested to find out what is known
/// already, and no member is ejected before it was red twice (merge-queues 4.4).
package struct QueueMachine: Sendable {
    /// The bounds of a pass.
    package struct Limits: Sendable {
        /// The most members of one candidate.
        package var batch: Int
        /// How often a group is rebuilt because the target moved, before it is halved or left for another pass.
        package var rebuilds: Int
        /// How many candidates may be tested at the same time.
        package var lanes: Int

        /// Creates limits.
        package init(batch: Int, rebuilds: Int = 5, lanes: Int = 1) {
            self.batch = max(1, batch)
            self.rebuilds = rebuilds
            self.lanes = max(1, lanes)
        }
    }

    /// What the next `built` and `tested` are about.
    enum Errand {
        /// The candidate at hand.
        case candidate
        /// Both halves of a red batch, side by side.
        case halves(Halves)
        /// A red member without those that landed before it.
        case suspect(Suspect)
        /// What a red member stands on, and whether that was red once.
        case ground(ObjectID, wasRed: Bool)
    }

    let limits: Limits
    /// What is to be decided; the last one is next.
    var groups: [[QueueMember]] = []
    /// The candidate of the last group, from when it is built until it has landed.
    var candidate: QueueCandidate?
    var errand = Errand.candidate
    var base: ObjectID?
    var knowledge = Knowledge()
    /// Members of the batch at hand that landed.
    var landedOfBatch: [QueueMember] = []
    /// Where the batch at hand started; `nil` once somebody else moved the target.
    var batchBase: ObjectID?
    /// Ends to be written before anything else happens.
    private var settling: [(member: QueueMember, end: Settlement)] = []
    private var rebuilds = 0
    /// What candidates stand on, where it was looked at: the checks that are red there, none for green.
    var grounds: [Ground: [String]] = [:]

    /// Members this pass will not take up again, with the reason when they still wait.
    package internal(set) var decided: [QueueMember: String?] = [:]
    /// Those of them that wait because the target itself is red.
    package internal(set) var held: [HeldMember] = []
    /// Trees that were red and then green: proof that these checks are unreliable.
    package var flaky: [(tree: ObjectID, checks: [String])] { knowledge.flaky }
    /// Candidates that were tested, and how many of these were red.
    package var tests: Int { knowledge.tests }
    package var redTests: Int { knowledge.redTests }

    /// Creates a machine for one pass.
    package init(limits: Limits) { self.limits = limits }

    /// Takes what came of the last effect and answers with the next one.
    package mutating func step(_ event: QueueEvent) -> QueueEffect {
        switch (event, errand) {
        case (.started, _): return .look
        case (.looked(let view), _): return looked(view)
        case (.built(let built, let aside), .candidate): return self.built(built, aside)
        case (.built(let built, _), .halves(let halves)): return self.built(built, of: halves)
        case (.built(let built, _), .suspect(let suspect)): return self.built(built, of: suspect)
        case (.tested(let outcome), .suspect(let suspect)): return tested(outcome, of: suspect)
        case (.tested(let outcome), .ground(let base, let wasRed)): return examined(outcome, base, wasRed: wasRed)
        case (.built, .ground): return .look
        case (.tested(let outcome), _): return tested(outcome)
        case (.testedAll(let outcomes), .halves(let halves)): return tested(outcomes, of: halves)
        case (.testedAll, _): return .look
        case (.landed(let outcome), _): return landed(outcome)
        case (.settled, _):
            if !settling.isEmpty { settling.removeFirst() }
            return proceed()
        }
    }

    private mutating func looked(_ view: QueueView) -> QueueEffect {
        if view.isStopped { return .finish(.stopped) }
        if base != view.base { batchBase = nil }
        base = view.base
        let eligible = Set(view.eligible)
        groups = groups.map { $0.filter(eligible.contains) }
        if let candidate {
            let stillWhole = candidate.base == view.base && candidate.members.allSatisfy(eligible.contains)
            rebuilds += 1
            if rebuilds > limits.rebuilds {
                self.candidate = nil
                yieldToTraffic()
            } else if stillWhole {
                return .land(candidate)
            }
            self.candidate = nil
        }
        groups.removeAll(where: \.isEmpty)
        if groups.isEmpty {
            let batch = view.eligible.lazy.filter { [decided] in decided[$0] == nil }.prefix(limits.batch)
            guard !batch.isEmpty else { return .finish(.done) }
            groups = [Array(batch)]
            landedOfBatch = []
            batchBase = view.base
            rebuilds = 0
        }
        return buildNext()
    }

    /// The target moved too often: a smaller group is quicker, and a single member is left for another pass, never dropped.
    private mutating func yieldToTraffic() {
        rebuilds = 0
        guard let group = groups.popLast() else { return }
        if group.count > 1 {
            push(halvesOf: group)
        } else {
            for member in group { decided[member] = "the target keeps moving" }
        }
    }

    mutating func buildNext() -> QueueEffect {
        errand = .candidate
        guard let base, let group = groups.last else { return .look }
        return .build(base: base, members: group)
    }

    private mutating func built(_ built: QueueCandidate?, _ aside: [QueueAside]) -> QueueEffect {
        candidate = built
        for entry in aside {
            switch entry.reason {
            case .conflict(_, .some), .covered: break  // It is taken up again once the other one is decided.
            case .conflict(let paths, nil): settling.append((entry.member, .conflict(paths: paths)))
            case .contained: settling.append((entry.member, .contained))
            case .impossible(let reason): settling.append((entry.member, .impossible(reason)))
            case .unavailable(let commit): decided[entry.member] = QueueAside.words(missing: commit)
            }
        }
        for entry in settling { decided.updateValue(nil, forKey: entry.member) }
        if !groups.isEmpty { groups[groups.count - 1] = built?.members ?? [] }
        return proceed()
    }

    /// Writes ends that are due, then goes on with the candidate at hand.
    mutating func proceed() -> QueueEffect {
        if let next = settling.first { return .settle(next.member, next.end) }
        guard let candidate else {
            if groups.last?.isEmpty == true { groups.removeLast() }
            return .look
        }
        switch knowledge.of(candidate) {
        case .unknown: return .test(candidate, fresh: false)
        case .green: return .land(candidate)
        case .red where candidate.members.count > 1: return split()
        case .red(let names, let times): return blame(candidate, names, times: times)
        }
    }

    private mutating func tested(_ outcome: TestOutcome) -> QueueEffect {
        guard let candidate else { return .look }
        if let end = knowledge.learn(outcome, of: candidate) { return .finish(end) }
        return proceed()
    }

    private mutating func split() -> QueueEffect {
        candidate = nil
        guard let group = groups.popLast() else { return .look }
        push(halvesOf: group)
        return limits.lanes > 1 ? compareHalves() : buildNext()
    }

    private mutating func push(halvesOf group: [QueueMember]) {
        let middle = (group.count + 1) / 2
        groups.append(Array(group[middle...]))
        groups.append(Array(group[..<middle]))
    }

    mutating func eject(_ failed: [String], _ company: Company) -> QueueEffect {
        candidate = nil
        errand = .candidate
        guard let member = groups.popLast()?.first else { return .look }
        decided.updateValue(nil, forKey: member)
        settling.append((member, .checks(failed: failed, company)))
        return proceed()
    }

    private mutating func landed(_ outcome: LandOutcome) -> QueueEffect {
        switch outcome {
        case .landed:
            for member in candidate?.members ?? [] { decided.updateValue(nil, forKey: member) }
            landedOfBatch += candidate?.members ?? []
            base = candidate?.commit
            if let candidate { grounds[Ground(base: candidate.commit, policy: candidate.policy)] = [] }
            leaveGroup()
        case .moved: break  // The look that follows decides whether the candidate still stands.
        case .refused(let words):
            for member in candidate?.members ?? [] { decided[member] = words }
            leaveGroup()
        case .unreachable(let words): return .finish(.unreachable(words))
        case .stopped: return .finish(.stopped)
        }
        return .look
    }

    private mutating func leaveGroup() {
        candidate = nil
        rebuilds = 0
        if !groups.isEmpty { groups.removeLast() }
    }
}
