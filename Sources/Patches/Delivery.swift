package import GitValues
import PlainRemote
package import Store

/// What became of the requests that were to be delivered.
package struct DeliveryReport: Sendable {
    /// The requests as they are now, in the order they were queued.
    package var requests: [RequestRecord]

    /// Creates a report.
    package init(requests: [RequestRecord]) { self.requests = requests }

    /// The first request the remote said no to; what only depends on it does not count.
    package var refused: RequestRecord? { requests.first { $0.state == .refused } }

    /// The first request that still waits.
    package var waiting: RequestRecord? {
        requests.first { [.waiting, .running, .unknown].contains($0.state) }
    }

    /// What a refusal means for the command.
    package var problem: PatchProblem? {
        guard let refused else { return nil }
        let what = refused.kind == .push ? "the push was refused" : "the remote refused to \(refused.kind.phrase)"
        return PatchProblem(
            .remoteRefused, "\(what): \(refused.reason ?? "no reason given")",
            hints: ["the patch is kept here; when the cause is mended, type 'git patch resume'"])
    }

    /// What waiting means for a command that was told to wait.
    package var unreachable: PatchProblem? {
        guard let waiting else { return nil }
        return PatchProblem(
            .remoteUnreachable,
            "remote '\(waiting.remote)' does not have everything yet: \(waiting.reason ?? "it waits")",
            hints: ["the patch is queued; type 'git patch resume' to try again"])
    }

    /// One line per thing that happened or still has to.
    package func notices() -> [Notice] {
        var notices: [Notice] = []
        for request in requests where request.state == .done {
            notices.append(.done(request.kind.report(remote: request.remote)))
        }
        if let waiting {
            let reason = waiting.reason.map { ": \(PatchProblem.firstLine($0))" } ?? ""
            notices.append(.warning("queued for '\(waiting.remote)', not delivered yet\(reason)"))
            notices.append(.hint("the next command of the suite tries again; now: git patch resume"))
        }
        return notices
    }
}

extension Session {
    /// Delivers what waits for the remote; the repository's lock is not needed and not held.
    ///
    /// - Parameters:
    ///   - patch: delivers the requests of that patch only.
    ///   - now: tries again what failed a moment ago.
    package func deliver(only patch: RecordID? = nil, now: Bool = false) async throws -> DeliveryReport {
        unlock()
        let say = workspace.say
        let requests = try await Delivery.drain(
            store: store, git: workspace.git, location: workspace.location, only: patch, ignoringBackoff: now
        ) { event in
            switch event {
            case .started(let request): say(.detail("\(request.kind.rawValue) to '\(request.remote)'"))
            case .changed(let request): say(.detail("\(request.kind.rawValue): \(request.state.rawValue)"))
            case .printed(let line): say(.done(line))
            }
        }
        return DeliveryReport(requests: requests)
    }
}

extension RequestRecord.Kind {
    /// The request as something done: `pushed to 'origin'`.
    fileprivate func report(remote: String) -> String {
        switch self {
        case .push: "pushed to '\(remote)'"
        case .open: "open on '\(remote)'"
        case .issue: "opened an issue on '\(remote)'"
        case .arm: "armed on '\(remote)': it lands by itself once every gate is open"
        case .merge: "merged on '\(remote)'"
        case .comment: "commented on '\(remote)'"
        case .close: "closed on '\(remote)'"
        case .deleteBranch: "deleted the branch on '\(remote)'"
        case .disarm: "disarmed on '\(remote)'"
        }
    }

    /// The request as something to do: `open the patch`.
    package var phrase: String {
        switch self {
        case .push: "take the branch"
        case .open: "open the patch"
        case .issue: "open an issue"
        case .arm: "arm the patch"
        case .merge: "merge the patch"
        case .comment: "comment"
        case .close: "close the patch"
        case .deleteBranch: "delete the branch"
        case .disarm: "disarm the patch"
        }
    }
}

extension PatchProblem {
    /// The first line of a text.
    static func firstLine(_ text: String) -> String { text.split(separator: "\n").first.map(String.init) ?? text }
}
