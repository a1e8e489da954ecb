import GitProcess
import GitValues
import Settings
import Store

/// Delivers the requests of one patch: first its branch, then its record, at the end the deletion of its branch.
///
/// The record must never be ahead of the branch, because a worker takes a missing branch for a withdrawn patch. What
/// was queued after a deletion is delivered after it: a patch may be taken back and made again before the remote hears
/// of either.
final class GroupDelivery {
    /// How a step went.
    enum Outcome: Equatable {
        case done
        case refused(String)
        /// Another try later; `unreachable` when the remote could not be spoken to at all.
        case waiting(String, unreachable: Bool)
        /// What a forge answered.
        case forge(ForgeAnswerToRequest)

        var isDone: Bool {
            switch self {
            case .done, .forge(.done): true
            case .refused, .waiting, .forge: false
            }
        }
    }

    let group: Delivery.Group
    let remote: PlainRemote
    let now: Timestamp
    let ignoringBackoff: Bool
    /// Set when the remote could not be reached.
    private(set) var unreachable: String?
    /// Set when that was the interface of its forge.
    private(set) var forgeIsUnreachable = false
    /// Tell which remotes are on a forge; without them none is.
    let settings: Settings?
    /// The remote with its pull request, as far as it has one.
    let pullRemote: String?
    /// Whether its record is a pull request; a fork may be no remote any more.
    private var isOnForge: Bool {
        [group.remote, pullRemote].contains { $0.flatMap { settings?.forgeSite(ofRemote: $0) } != nil }
    }
    let forge: (any ForgeDelivery)?
    /// Set when requests wait for a program that speaks to the forge.
    var leftForForge = false

    init(
        group: Delivery.Group, git: GitProgram, location: RepositoryLocation, now: Timestamp, ignoringBackoff: Bool,
        settings: Settings? = nil, forge: (any ForgeDelivery)? = nil, pullRemote: String? = nil
    ) {
        self.pullRemote = pullRemote
        self.settings = settings
        self.forge = forge
        self.group = group
        self.remote = PlainRemote(
            connection: RemoteConnection(name: group.remote, git: git),
            objects: RepositoryObjects(location: location, git: git))
        self.now = now
        self.ignoringBackoff = ignoringBackoff
    }

    /// Delivers what is due; every change is in the store before the next step.
    func run(_ store: borrowing Store, _ report: (Delivery.Event) -> Void) async throws {
        guard isOnForge || mayTry(group.requests) else { return }
        for life in lives {
            guard try await deliver(life, store, report) else { return }
        }
    }

    /// Delivers only what takes a wish back at a forge: that needs no git, and waits for nothing else.
    func takeBack(_ store: borrowing Store, _ report: (Delivery.Event) -> Void) async throws {
        let requests = group.requests.filter(GroupDelivery.takesBack)
        guard isOnForge, !requests.isEmpty else { return }
        _ = try await deliverToForge(requests, store, report)
    }

    private static func takesBack(_ request: RequestRecord) -> Bool { [.disarm, .close].contains(request.kind) }

    /// The requests cut after each deletion.
    private var lives: [[RequestRecord]] {
        group.requests.reduce(into: [[]]) { lives, request in
            lives[lives.count - 1].append(request)
            if request.kind == .deleteBranch { lives.append([]) }
        }
    }

    /// Delivers what belongs to one life of the patch; returns whether nothing of it waits any more.
    private func deliver(
        _ life: [RequestRecord], _ store: borrowing Store, _ report: (Delivery.Event) -> Void
    ) async throws -> Bool {
        var life = try refuseUnreadable(life, in: store, report)
        var isComplete = true
        for stage in Stage.allCases {
            let requests = life.filter { Stage(of: $0.kind) == stage }
            guard !requests.isEmpty else { continue }
            // On a forge a branch moves also while its pull request waits for a person.
            if stage == .record, isOnForge {
                guard try await deliverToForge(requests, store, report) else { return false }
                continue
            }
            guard mayTry(requests) else {
                if stage == .branch { try await takeBack(store, report) }
                return false
            }
            let begun = try begin(requests, in: store, report)
            guard !begun.isEmpty else { continue }
            var outcomes: [Outcome]
            do {
                if settings?.hasRemote(group.remote) == false { throw RemoteProblem.unknownRemote(group.remote) }
                outcomes = try await deliver(stage, begun, store, report)
            } catch let RemoteProblem.unknownRemote(name) {
                // Where there is no remote, nothing can be deleted, and nobody waits; under another name it may be there.
                let words = "there is no remote '\(name)' any more"
                let left = Outcome.forge(.done(url: nil, note: words + "; a branch there stays"))
                outcomes = begun.map { _ in stage == .deletion ? left : .refused(words) }
            } catch let problem as RemoteProblem {
                guard case .unreachable(_, let words) = problem else { throw problem }
                outcomes = begun.map { _ in .waiting(words, unreachable: true) }
            }
            FaultPoint.reached("deliver.\(stage).answered")
            for (request, outcome) in zip(begun, outcomes) { try record(outcome, of: request, in: store, report) }
            if case .waiting(let words, true)? = outcomes.last { unreachable = words }
            if outcomes.contains(where: { if case .waiting = $0 { true } else { false } }) { isComplete = false }
            guard let failed = outcomes.first(where: { !$0.isDone }) else { continue }
            switch stage {
            case .branch:
                let held = try holdBack(life, after: failed, in: store, report)
                life.removeAll { request in held.contains { $0.id == request.id } }
                if unreachable != nil {
                    try await takeBack(store, report)
                    return false
                }
            case .record:
                // A deletion takes the record with it, which must not go when it says that the patch has landed.
                if !isComplete { return false }
            case .deletion: break
            }
        }
        return isComplete
    }

    private func mayTry(_ requests: [RequestRecord]) -> Bool {
        ignoringBackoff || !requests.contains { ($0.notBefore ?? now) > now }
    }

    /// Ends what cannot be read, so that it holds up nothing but what depends on it; returns the rest.
    private func refuseUnreadable(
        _ life: [RequestRecord], in store: borrowing Store, _ report: (Delivery.Event) -> Void
    ) throws(StoreError) -> [RequestRecord] {
        var life = life
        for request in life {
            guard let words = RequestPayload.problem(of: request) else { continue }
            try record(.refused(words), of: request, in: store, report)
            life.removeAll { $0.id == request.id }
            guard request.kind == .push else { continue }
            let held = try holdBack(life, after: .refused(words), in: store, report)
            life.removeAll { request in held.contains { $0.id == request.id } }
        }
        return life
    }

    /// Delivers requests to a forge one after the other; `false` when one of them is not done, and the rest waits. What
    /// takes a wish back waits for nothing.
    private func deliverToForge(
        _ requests: [RequestRecord], _ store: borrowing Store, _ report: (Delivery.Event) -> Void
    ) async throws -> Bool {
        guard let forge else {
            if requests.contains(where: { mayTry([$0]) }) { leftForForge = true }
            return false
        }
        var isHeld = false
        for request in requests {
            if isHeld && !GroupDelivery.takesBack(request) { continue }
            guard mayTry([request]) else {
                isHeld = true
                continue
            }
            guard let begun = try begin([request], in: store, report).first else { continue }
            let answer = try await forge.deliver(begun, in: store)
            FaultPoint.reached("deliver.\(request.kind.rawValue).answered")
            try record(.forge(answer), of: begun, in: store, report)
            switch answer {
            case .done, .refused: break
            case .waiting, .unknown: isHeld = true
            case .unreachable(let words):
                unreachable = words
                forgeIsUnreachable = true
                return false
            }
        }
        return !isHeld
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
        case .branch: try await deliverPushes(requests, store) { report(.printed($0)) }
        case .record: try await deliverChanges(requests, store)
        case .deletion: try await deliverDeletions(requests)
        }
    }

    /// Writes the intent: from here on the outcome is unknown until it is recorded.
    private func begin(
        _ requests: [RequestRecord], in store: borrowing Store, _ report: (Delivery.Event) -> Void
    ) throws(StoreError) -> [RequestRecord] {
        var begun: [RequestRecord] = []
        for request in requests {
            guard let running = try store.begin(request) else { continue }
            report(.started(running))
            begun.append(running)
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
        case .forge(let answer): GroupDelivery.settle(&request, answer, now)
        }
        try store.end(request)
        report(.changed(request))
    }

    /// What depends on a branch that is not there yet waits with it, or ends with it; returns those requests.
    ///
    /// Nothing that takes a wish back depends on a push.
    private func holdBack(
        _ life: [RequestRecord], after outcome: Outcome, in store: borrowing Store, _ report: (Delivery.Event) -> Void
    ) throws(StoreError) -> [RequestRecord] {
        let dependent = life.filter { Stage(of: $0.kind) == .record && !GroupDelivery.takesBack($0) }
        for var request in dependent {
            switch outcome {
            case .done: break
            case .refused:
                request.state = .cancelled
                request.reason = Delivery.pushWasRefused
            case .waiting(let words, _):
                request.state = .waiting
                request.reason = words
            case .forge: break
            }
            try store.end(request)
            report(.changed(request))
        }
        return dependent
    }
}
