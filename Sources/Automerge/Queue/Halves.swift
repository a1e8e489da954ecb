import GitValues

/// Both halves of a red batch, each on the tip as it is, tested at the same time.
///
/// When the former half is red and the latter green, the latter lands first and does not wait for the former to be split.
struct Halves: Sendable {
    /// The halves that are still to be built, the next one first.
    var unbuilt: [[QueueMember]]
    var built: [QueueCandidate] = []
}

extension QueueMachine {
    /// Builds and tests the two groups that are next, side by side.
    mutating func compareHalves() -> QueueEffect {
        let halves = Halves(unbuilt: groups.suffix(2).reversed())
        return build(halves)
    }

    private mutating func build(_ halves: Halves) -> QueueEffect {
        guard let base, let next = halves.unbuilt.first else { return buildNext() }
        errand = .halves(halves)
        return .build(base: base, members: next)
    }

    mutating func built(_ candidate: QueueCandidate?, of halves: Halves) -> QueueEffect {
        var halves = halves
        halves.unbuilt.removeFirst()
        if let candidate { halves.built.append(candidate) }
        if !halves.unbuilt.isEmpty { return build(halves) }
        halves.built.removeAll { knowledge.of($0) != .unknown }
        // A half that is known, or cannot be built as it is, leaves nothing to be done side by side.
        guard halves.built.count == 2, halves.built[0].tree != halves.built[1].tree else { return buildNext() }
        errand = .halves(halves)
        return .testAll(halves.built)
    }

    mutating func tested(_ outcomes: [TestOutcome], of halves: Halves) -> QueueEffect {
        for (candidate, outcome) in zip(halves.built, outcomes) {
            if let end = knowledge.learn(outcome, of: candidate) { return .finish(end) }
        }
        if halves.built.count == 2, knowledge.of(halves.built[0]) != .green, knowledge.of(halves.built[1]) == .green {
            groups.swapAt(groups.count - 1, groups.count - 2)
        }
        return buildNext()
    }
}
