package import GitProcess
package import GitValues
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

    /// Delivers what waits in the outbox for plain remotes, oldest first, and returns those requests as they are then.
    ///
    /// One process per store delivers at a time; a second one waits a moment and then leaves the work to the first.
    /// A request whose outcome is not known is decided by reading the remote, never by asking again blindly.
    ///
    /// - Parameters:
    ///   - patch: delivers the requests of that patch only.
    ///   - urgent: a patch whose failed requests are tried now.
    ///   - ignoringBackoff: tries failed requests now, for commands by which a person asks for it.
    ///   - time: what time it is; tests pass their own.
    ///   - patience: how long to wait for another process that delivers, in seconds.
    package static func drain(
        store: borrowing Store, git: GitProgram, location: RepositoryLocation, only patch: RecordID? = nil,
        urgent: RecordID? = nil, ignoringBackoff: Bool = false, patience: Double = 10, at time: Timestamp? = nil,
        report: (Event) -> Void = { _ in }
    ) async throws -> [RequestRecord] {
        func asked() throws(StoreError) -> [RequestRecord] {
            try store.openRequests().filter { patch == nil || $0.patch == patch }
        }
        guard try !asked().isEmpty else { return [] }
        let path = location.storeDirectory + "/delivery"
        guard let lock = try await FileLock.take(path, waiting: patience) else { return try asked() }
        let mark = WorkMark(location)
        defer {
            _ = lock
            _ = mark
        }
        var unreachable: [String: String] = [:]
        var seen: [RecordID] = []
        // What others queue meanwhile, and leave to whoever has the lock, is delivered as well.
        while case let requests = try asked().filter({ !seen.contains($0.id) }), !requests.isEmpty {
            seen += requests.map(\.id)
            for group in groups(of: requests) {
                let delivery = GroupDelivery(
                    group: group, git: git, location: location, now: time ?? .now(),
                    ignoringBackoff: ignoringBackoff || group.patch == urgent)
                if let reason = unreachable[group.remote] {
                    try postpone(group.requests, reason: reason, in: store, report)
                    continue
                }
                try await delivery.run(store, report)
                if let reason = delivery.unreachable { unreachable[group.remote] = reason }
            }
        }
        return try store.requests().filter { seen.contains($0.id) }
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
