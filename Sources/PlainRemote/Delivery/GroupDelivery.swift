import GitProcess
import GitValues
import Store

/// Delivers the requests of one patch: first its branch, then its record, at the end the deletion of its branch.
///
/// The record must never be ahead of the branch, because a worker takes a missing branch for a withdrawn patch.
final class GroupDelivery {
    /// How a step went.
    enum Outcome: Equatable {
        case done
        case refused(String)
        /// Another try later; `unreachable` when the remote could not be spoken to at all.
        case waiting(String, unreachable: Bool)
    }

    let group: Delivery.Group
    let remote: PlainRemote
    let now: Timestamp
    let ignoringBackoff: Bool
    /// Set when the remote could not be reached.
    private(set) var unreachable: String?

    init(group: Delivery.Group, git: GitProgram, location: RepositoryLocation, now: Timestamp, ignoringBackoff: Bool) {
        self.group = group
        self.remote = PlainRemote(
            connection: RemoteConnection(name: group.remote, git: git),
            objects: RepositoryObjects(location: location, git: git))
        self.now = now
        self.ignoringBackoff = ignoringBackoff
    }

    /// Delivers what is due; every change is in the store before the next step.
    func run(_ store: borrowing Store, _ report: (Delivery.Event) -> Void) async throws {
        guard ignoringBackoff || !group.requests.contains(where: { ($0.notBefore ?? now) > now }) else { return }
        for stage in Stage.allCases {
            let requests = group.requests.filter { Stage(of: $0.kind) == stage }
            guard !requests.isEmpty else { continue }
            let begun = try begin(requests, in: store, report)
            var outcomes: [Outcome]
            do {
                outcomes = try await deliver(stage, begun, store, report)
            } catch let problem as RemoteProblem {
                guard case .unreachable(_, let words) = problem else { throw problem }
                outcomes = begun.map { _ in .waiting(words, unreachable: true) }
            }
            FaultPoint.reached("deliver.\(stage).answered")
            for (request, outcome) in zip(begun, outcomes) { try record(outcome, of: request, in: store, report) }
            if case .waiting(let words, true)? = outcomes.last { unreachable = words }
            guard outcomes.contains(where: { $0 != .done }), stage == .branch else { continue }
            try holdBack(after: outcomes.last ?? .done, in: store, report)
            return
        }
    }

    /// The order of the effects on a remote.
    enum Stage: CaseIterable {
        case branch, record, deletion

        init(of kind: RequestRecord.Kind) {
            switch kind {
            case .push: self = .branch
            case .deleteBranch: self = .deletion
            case .open, .issue, .arm, .merge, .comment, .close, .disarm: self = .record
            }
        }
    }

    private func deliver(
        _ stage: Stage, _ requests: [RequestRecord], _ store: borrowing Store, _ report: (Delivery.Event) -> Void
    ) async throws -> [Outcome] {
        switch stage {
        case .branch: try await deliverPushes(requests) { report(.printed($0)) }
        case .record: try await deliverChanges(requests, store)
        case .deletion: try await deliverDeletions(requests)
        }
    }

    /// Writes the intent: from here on the outcome is unknown until it is recorded.
    private func begin(
        _ requests: [RequestRecord], in store: borrowing Store, _ report: (Delivery.Event) -> Void
    ) throws(StoreError) -> [RequestRecord] {
        var begun: [RequestRecord] = []
        for var request in requests {
            request.state = .running
            request.attempts += 1
            try store.update(request)
            report(.started(request))
            begun.append(request)
        }
        return begun
    }

    private func record(
        _ outcome: Outcome, of request: RequestRecord, in store: borrowing Store, _ report: (Delivery.Event) -> Void
    ) throws(StoreError) {
        var request = request
        request.notBefore = nil
        switch outcome {
        case .done:
            request.state = .done
            request.reason = nil
        case .refused(let words):
            request.state = .refused
            request.reason = words
        case .waiting(let words, _):
            request.state = .waiting
            request.reason = words
            request.notBefore = Backoff.time(afterAttempts: request.attempts, from: now)
        }
        try store.update(request)
        report(.changed(request))
    }

    /// What depends on a branch that is not there yet waits with it, or ends with it.
    private func holdBack(
        after outcome: Outcome, in store: borrowing Store, _ report: (Delivery.Event) -> Void
    ) throws(StoreError) {
        for var request in group.requests where Stage(of: request.kind) == .record {
            switch outcome {
            case .done: return
            case .refused:
                request.state = .cancelled
                request.reason = Delivery.pushWasRefused
            case .waiting(let words, _):
                request.state = .waiting
                request.reason = words
            }
            try store.update(request)
            report(.changed(request))
        }
    }
}

extension Delivery {
    /// The reason of requests that ended because the push they depend on did.
    static let pushWasRefused = "the push of its branch was refused"
}
