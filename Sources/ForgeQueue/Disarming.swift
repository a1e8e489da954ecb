import Forge
import GitValues
import PlainRemote
import Store

extension ForgeWork {
    /// What came of taking back what a forge was told.
    enum Disarming {
        /// The forge merges nothing by itself any more.
        case done
        /// It is merged, or closed.
        case over
        /// It may still merge; why is in the record.
        case left
    }

    /// Takes back what the forge was told, and reads back that it is so.
    func disarm(
        _ patch: PatchRecord, _ record: inout StoredRecord, _ forge: any Forge, in store: borrowing Store
    ) throws -> Disarming {
        guard let reference = record.pullReference else { return .done }
        let known = record.value
        var (answer, words) = try disarm(reference, known, forge)
        if answer == .done, mayBeUnderWay(known) {
            words = "a merge was asked for and nothing has come back yet: it may still go on for some minutes"
            answer = .left
        }
        try record.change(in: store) { now in
            switch answer {
            case .left: now.reason = words ?? "the forge did not take the disarming: it may still merge"
            case .done, .over:
                now.reason = nil
                // A merge that was asked for since is another one.
                guard now.askedAt == known.askedAt else { return }
                now.isAtForge = false
                now.ticket = nil
                now.mergeIsUnknown = false
            }
        }
        return answer
    }

    private func disarm(
        _ reference: PullReference, _ record: ForgeRecord, _ forge: any Forge
    ) throws -> (Disarming, String?) {
        if try isMerging(reference, record, forge) { return (.left, ForgeWork.isUnderWay) }
        var isTold = record.isAtForge
        for _ in 0..<2 {
            guard let pull = try forge.pullRequest(reference), pull.state == .open else {
                return (.over, nil)
            }
            if pull.isMerging { return (.left, ForgeWork.isUnderWay) }
            guard pull.isArmed || pull.isQueued || !pull.armingIsVisible && isTold else { return (.done, nil) }
            try forge.disarm(pull)
            FaultPoint.reached("forge.disarm.sent")
            // Where nothing can be read back, the answer of the taking back is all there is.
            if !pull.armingIsVisible { isTold = false }
        }
        guard let pull = try forge.pullRequest(reference), pull.state == .open else {
            return (.over, nil)
        }
        return (pull.isArmed || pull.isQueued || !pull.armingIsVisible && isTold ? .left : .done, nil)
    }

    /// Whether a merge may be worked on that nobody here has the ticket of. No forge was seen to take as long as this for
    /// one, so later the pull request itself tells.
    private func mayBeUnderWay(_ record: ForgeRecord) -> Bool {
        guard record.mergeIsUnknown, let asked = record.askedAt else { return false }
        return now().seconds(since: asked) < 120
    }

    static let isUnderWay = "the forge is merging it, which cannot be taken back"

    /// Whether the forge works on a merge: neither is it told to merge some day, nor can it be told to stop.
    private func isMerging(_ reference: PullReference, _ record: ForgeRecord, _ forge: any Forge) throws -> Bool {
        guard let ticket = record.ticket else { return false }
        do {
            if case .working = try forge.progress(of: ticket, reference) { return true }
        } catch {
            switch error {
            case .transient, .unreachable, .rateLimited, .unknown: throw error
            default: break  // However it ended, the ticket is used up.
            }
        }
        return false
    }
}
