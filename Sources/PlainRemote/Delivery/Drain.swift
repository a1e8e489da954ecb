package import GitProcess
package import GitValues
package import Settings
package import Store

extension Delivery {
    /// What a drain tells its caller while it runs.
    package enum Event: Sendable {
        /// Work on a request begins.
        case started(RequestRecord)
        /// A request ended, or waits for another try.
        case changed(RequestRecord)
        /// A line that a hook, or git, printed while a branch was pushed.
        case printed(String)
    }

    /// Delivers what waits in the outbox, oldest first, and returns those requests as they are then.
    ///
    /// One process per store delivers at a time; a second one waits a moment and then leaves the work to the first.
    /// A request whose outcome is not known is decided by reading the remote, never by asking again blindly.
    ///
    /// - Parameters:
    ///   - settings: tell which remotes are on a forge; without them none is.
    ///   - forge: delivers what goes to a forge's interface; without it `git-automerge` is asked to.
    ///   - patch: delivers the requests of that patch only.
    ///   - urgent: a patch whose failed requests are tried now.
    ///   - ignoringBackoff: tries failed requests now, for commands by which a person asks for it.
    ///   - time: what time it is; tests pass their own.
    ///   - patience: how long to wait for another process that delivers, in seconds.
    package static func drain(
        store: borrowing Store, git: GitProgram, location: RepositoryLocation, only patch: RecordID? = nil,
        urgent: RecordID? = nil, ignoringBackoff: Bool = false, patience: Double = 10, at time: Timestamp? = nil,
        settings: Settings? = nil, forge: (any ForgeDelivery)? = nil, report: (Event) -> Void = { _ in }
    ) async throws -> [RequestRecord] {
        let (seen, leftForForge) = try await drainHere(
            store: store, git: git, location: location, only: patch, urgent: urgent, ignoringBackoff: ignoringBackoff,
            patience: patience, at: time, settings: settings, forge: forge, report: report)
        if leftForForge {
            let words = try await handOver(git: git, patch: patch, urgent: urgent, ignoringBackoff: ignoringBackoff)
            for var request in try store.openRequests() where words != nil && request.state == .waiting {
                guard seen.contains(request.id), request.reason == nil else { continue }
                request.reason = words
                try store.update(request)
            }
        }
        return try store.requests().filter { seen.contains($0.id) }
    }

    /// The lock of whoever delivers.
    private static func lockPath(_ location: RepositoryLocation) -> String { location.storeDirectory + "/delivery" }

    /// Whether a process delivers now.
    package static func isAtWork(_ location: RepositoryLocation) throws(FileLockProblem) -> Bool {
        guard let lock = try FileLock.take(lockPath(location)) else { return true }
        _ = lock
        return false
    }

    /// Delivers what this process can deliver.
    private static func drainHere(
        store: borrowing Store, git: GitProgram, location: RepositoryLocation, only patch: RecordID?,
        urgent: RecordID?, ignoringBackoff: Bool, patience: Double, at time: Timestamp?, settings: Settings?,
        forge: (any ForgeDelivery)?, report: (Event) -> Void
    ) async throws -> (seen: [RecordID], leftForForge: Bool) {
        func asked() throws(StoreError) -> [RequestRecord] {
            try store.openRequests().filter { patch == nil || $0.patch == patch }
        }
        guard try !asked().isEmpty else { return ([], false) }
        let path = lockPath(location)
        let taken: FileLock?
        // Where it cannot even be made, the disk is full, say: the requests wait, as without a network.
        do { taken = try await FileLock.take(path, waiting: patience) } catch is FileLockProblem { taken = nil }
        guard let lock = taken else { return (try asked().map(\.id), false) }
        let mark = WorkMark(location)
        defer {
            _ = lock
            _ = mark
        }
        var unreachable: [String: (words: String, isForge: Bool)] = [:]
        var seen: [RecordID] = []
        var leftForForge = false
        // What others queue meanwhile, and leave to whoever has the lock, is delivered as well.
        while case let requests = try asked().filter({ !seen.contains($0.id) }), !requests.isEmpty {
            seen += requests.map(\.id)
            for group in groups(of: requests) {
                let delivery = GroupDelivery(
                    group: group, git: git, location: location, now: time ?? .now(),
                    ignoringBackoff: ignoringBackoff || group.patch == urgent,
                    settings: settings, forge: forge,
                    pullRemote: try ForgeRecord.look(group.patch, in: store).record?.remote)
                if let known = unreachable[group.remote] {
                    try postpone(group.requests, reason: known.words, in: store, report)
                    if known.isForge { continue }
                    try await delivery.takeBack(store, report)
                } else {
                    try await delivery.run(store, report)
                }
                if let words = delivery.unreachable {
                    unreachable[group.remote] = (words, delivery.forgeIsUnreachable)
                }
                if delivery.leftForForge { leftForForge = true }
            }
        }
        return (seen, leftForForge)
    }

    /// The requests of one patch on one remote, in the order they were queued.
    struct Group {
        var remote: String
        var patch: RecordID
        var requests: [RequestRecord]
    }

    private static func groups(of requests: [RequestRecord]) -> [Group] {
        var groups: [Group] = []
        for request in requests {
            guard let patch = request.patch else { continue }
            if let index = groups.firstIndex(where: { $0.patch == patch && $0.remote == request.remote }) {
                groups[index].requests.append(request)
            } else {
                groups.append(Group(remote: request.remote, patch: patch, requests: [request]))
            }
        }
        return groups
    }

    /// Leaves requests waiting with the reason another request of the same remote found.
    private static func postpone(
        _ requests: [RequestRecord], reason: String, in store: borrowing Store, _ report: (Event) -> Void
    ) throws(StoreError) {
        for var request in requests where request.state == .waiting {
            request.reason = reason
            try store.end(request)
            report(.changed(request))
        }
    }
}
