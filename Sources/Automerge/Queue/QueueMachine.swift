package import GitValues

/// Decides what one worker does with the queue of one target: pure, no clock, no git, no remote.
///
/// Feed it what came of the last effect, do what it answers, until it answers `.finish`. A batch that is red is split;
/// each half is rebuilt on what the former half left. A tree that was red is never tested to find out what is known
/// already, and no member is ejected before the same tree was red twice (merge-queues 4.4).
package struct QueueMachine: Sendable {
    /// The bounds of a pass.
    package struct Limits: Sendable {
        /// The most members of one candidate.
        package var batch: Int
        /// How often a group is rebuilt because the target moved, before it is halved or left for another pass.
        package var rebuilds: Int

        /// Creates limits.
        package init(batch: Int, rebuilds: Int = 5) {
            self.batch = max(1, batch)
            self.rebuilds = rebuilds
        }
    }

    /// A tree as it was tested.
    private struct Tested: Hashable {
        let tree: ObjectID
        let policy: String
    }

    private let limits: Limits
    /// What is to be decided; the last one is next.
    private var groups: [[QueueMember]] = []
    /// The candidate of the last group, from when it is built until it has landed.
    private var candidate: QueueCandidate?
    /// Ends to be written before anything else happens.
    private var settling: [(member: QueueMember, end: Settlement)] = []
    private var base: ObjectID?
    private var rebuilds = 0
    private var reds: [Tested: Int] = [:]
    private var greens: Set<Tested> = []
    /// Members of the batch at hand that landed.
    private var landedOfBatch: [QueueMember] = []

    /// Members this pass will not take up again, with the reason when they still wait.
    package private(set) var decided: [QueueMember: String?] = [:]
    /// Trees that were red and then green: proof that a check is unreliable.
    package private(set) var flakyTrees: [ObjectID] = []
    /// Candidates that were tested, and how many of these were red.
    package private(set) var tests = 0
    package private(set) var redTests = 0

    /// Creates a machine for one pass.
    package init(limits: Limits) { self.limits = limits }

    /// Takes what came of the last effect and answers with the next one.
    package mutating func step(_ event: QueueEvent) -> QueueEffect {
        switch event {
        case .started: return .look
        case .looked(let view): return looked(view)
        case .built(let built, let aside): return self.built(built, aside)
        case .tested(let outcome): return tested(outcome)
        case .landed(let outcome): return landed(outcome)
        case .settled:
            if !settling.isEmpty { settling.removeFirst() }
            return proceed()
        }
    }

    private mutating func looked(_ view: QueueView) -> QueueEffect {
        if view.isStopped { return .finish(.stopped) }
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

    private mutating func buildNext() -> QueueEffect {
        guard let base, let group = groups.last else { return .look }
        return .build(base: base, members: group)
    }

    private mutating func built(_ built: QueueCandidate?, _ aside: [QueueAside]) -> QueueEffect {
        candidate = built
        for entry in aside {
            switch entry.reason {
            case .conflict(_, .some): break  // It is taken up again once the other one is decided.
            case .conflict(let paths, nil): settling.append((entry.member, .conflict(paths: paths)))
            case .contained: settling.append((entry.member, .contained))
            case .impossible(let reason): settling.append((entry.member, .impossible(reason)))
            }
        }
        for entry in settling { decided.updateValue(nil, forKey: entry.member) }
        if !groups.isEmpty { groups[groups.count - 1] = built?.members ?? [] }
        return proceed()
    }

    /// Writes ends that are due, then goes on with the candidate at hand.
    private mutating func proceed() -> QueueEffect {
        if let next = settling.first { return .settle(next.member, next.end) }
        guard let candidate else {
            if groups.last?.isEmpty == true { groups.removeLast() }
            return .look
        }
        let key = Tested(tree: candidate.tree, policy: candidate.policy)
        if greens.contains(key) { return .land(candidate) }
        switch reds[key, default: 0] {
        case 0: return .test(candidate, fresh: false)
        case _ where candidate.members.count > 1: return split()
        case 1: return .test(candidate, fresh: true)
        default: return eject([])
        }
    }

    private mutating func tested(_ outcome: TestOutcome) -> QueueEffect {
        guard let candidate else { return .look }
        let key = Tested(tree: candidate.tree, policy: candidate.policy)
        switch outcome {
        case .passed:
            tests += 1
            greens.insert(key)
            if reds[key, default: 0] > 0 { flakyTrees.append(candidate.tree) }
            return .land(candidate)
        case .failed(let names):
            tests += 1
            redTests += 1
            reds[key, default: 0] += 1
            if candidate.members.count > 1 { return split() }
            return reds[key, default: 0] > 1 ? eject(names) : .test(candidate, fresh: true)
        case .misconfigured(let reason): return .finish(.misconfigured(reason))
        case .impossible(let reason): return .finish(.failed(reason))
        }
    }

    private mutating func split() -> QueueEffect {
        candidate = nil
        guard let group = groups.popLast() else { return .look }
        push(halvesOf: group)
        return buildNext()
    }

    private mutating func push(halvesOf group: [QueueMember]) {
        let middle = (group.count + 1) / 2
        groups.append(Array(group[middle...]))
        groups.append(Array(group[..<middle]))
    }

    private mutating func eject(_ failed: [String]) -> QueueEffect {
        candidate = nil
        guard let member = groups.popLast()?.first else { return .look }
        decided.updateValue(nil, forKey: member)
        settling.append((member, .checks(failed: failed, after: landedOfBatch)))
        return proceed()
    }

    private mutating func landed(_ outcome: LandOutcome) -> QueueEffect {
        switch outcome {
        case .landed:
            for member in candidate?.members ?? [] { decided.updateValue(nil, forKey: member) }
            landedOfBatch += candidate?.members ?? []
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
