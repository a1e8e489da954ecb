import Automerge
import GitValues

/// The invariants of merge-queues 4.1, checked whenever something happens to the world.
extension World {
    /// Moves the target to a candidate and says what is wrong with that.
    mutating func judgeLanding(of candidate: QueueCandidate, hadChecks: Bool) {
        if !hadChecks { violate("I7: landed without a check") }
        if isStopped { violate("stop: a landing survived it") }
        if !provenGreen.contains(candidate.tree) { violate("I1: landed a tree no test found green") }
        if candidate.base != tip || !follows(candidate.commit, tip) {
            violate("I2: the target moved from another commit than the one that was tested")
        }
        if commits[candidate.commit].map({ isRed($0.changes) }) != false, flake == 0 {
            violate("I5: a red tree landed")
        }
        tip = candidate.commit
        epoch += 1
        for member in candidate.members {
            guard var patch = patches[member.id] else { continue }
            if patch.state == .ejected || patch.state == .closed { violate("I4: \(patch.state) patch landed") }
            if headID(patch) != member.head { violate("I3: another head landed") }
            patch.state = .landed
            patch.landings += 1
            patch.record += 1
            if patch.landings > 1 { violate("I6: landed twice") }
            patches[member.id] = patch
            landedMembers += 1
        }
    }

    /// No patch is ejected unless it was red twice on top of nothing but good; without bad luck, it must be to blame.
    mutating func judgeEjection(of patch: Patch, _ company: Company) {
        if redsAlone(patch.change) < 2 { violate("I5: ejected without two reds") }
        guard flake == 0 else { return }
        let pairs = badPairs.filter { $0.contains(patch.change) }
        if !bad.contains(patch.change), pairs.isEmpty { violate("I5: an innocent patch was ejected") }
        guard case .pair(let other) = company, let partner = heads[other.head] else { return }
        if !pairs.contains([patch.change, partner]) { violate("the wrong pair was named") }
    }
}
