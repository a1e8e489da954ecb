import GitProcess
package import GitValues
import PlainRemote
package import Store

/// What became of the requests that were to be delivered.
package struct DeliveryReport: Sendable {
    /// The requests as they are now, in the order they were queued.
    package var requests: [RequestRecord]

    /// How many requests of other patches were delivered on the way.
    package var delivered: Int

    /// Creates a report.
    ///
    /// - Parameter patch: the one the caller is about; absent when it is about everything that waits.
    package init(requests: [RequestRecord], about patch: RecordID? = nil) {
        self.requests = requests.filter { patch == nil || $0.patch == patch }
        delivered = requests.count { patch != nil && $0.patch != patch && $0.state == .done }
    }

    /// The first request the remote said no to; what only depends on it does not count.
    package var refused: RequestRecord? { requests.first { $0.state == .refused } }

    /// The first request that still waits.
    package var waiting: RequestRecord? {
        requests.first { [.waiting, .running, .unknown].contains($0.state) }
    }

    /// What a refusal means for the command.
    package var problem: PatchProblem? {
        guard let refused else { return nil }
        let reason = refused.reason ?? "no reason given"
        switch refused.kind {
        case .push where refused.reason == Delivery.hasLanded:
            return PatchProblem(
                .remoteRefused, "\(reason), without this update",
                hints: [
                    "take the update back with 'git patch undo', switch to the target, and make a new patch there"
                ])
        case .push where Delivery.needsAnotherName(refused):
            return PatchProblem(
                .remoteRefused, "the push was refused: \(reason)",
                hints: ["take the patch back with 'git patch undo', and make it again with --branch NAME"])
        case .close where refused.reason == Delivery.hasLanded:
            return PatchProblem(
                .remoteRefused, "\(reason): it stays in its target",
                hints: refused.patch.map { ["git automerge rollback \($0.short)"] } ?? [])
        case .deleteBranch:
            return PatchProblem(
                .remoteRefused, "the branch stays on '\(refused.remote)': \(reason)",
                hints: [
                    "git fetch \(refused.remote) shows what is there",
                    "it is not tried again by itself; to try it: git patch resume \(refused.operation.short)",
                ])
        default:
            let what = refused.kind == .push ? "the push was refused" : "the remote refused to \(refused.kind.phrase)"
            let hint =
                Delivery.takeOver(for: refused).map {
                    "on '\($0.branch)', type '\($0.command)', then 'git patch update'"
                }
                ?? "the patch is kept here; when the cause is mended, type 'git patch resume'"
            return PatchProblem(.remoteRefused, "\(what): \(reason)", hints: [hint])
        }
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
    ///
    /// - Parameter waits: whether the command was told to wait: what waits is then its error, and no notice.
    package func notices(waits: Bool = false) -> [Notice] {
        var notices: [Notice] = []
        if delivered > 0 {
            notices.append(.done("delivered \(delivered == 1 ? "a request" : "\(delivered) requests") that waited"))
        }
        // Several updates that waited are one thing that happened.
        var told: Set<String> = []
        for request in requests where request.state == .done {
            let note = [.push, .deleteBranch].contains(request.kind) ? request.reason : nil
            let line = note ?? request.kind.report(remote: remote(of: request))
            if told.insert(line).inserted { notices.append(.done(line)) }
            if note == nil, let more = request.reason, told.insert(more).inserted { notices.append(.warning(more)) }
        }
        if let waiting, !waits {
            let reason = waiting.reason.map { ": \(PatchProblem.firstLine($0))" } ?? ""
            notices.append(.warning("queued for '\(waiting.remote)', not delivered yet\(reason)"))
            notices.append(
                .hint(
                    waiting.notBefore == Delivery.whenResumed
                        ? "nothing is tried before that is done; then: git patch resume"
                        : "the next command of the suite tries again; now: git patch resume"))
        }
        return notices
    }

    /// Where a request had its effect: the pull request of a fork's branch is on another remote than the branch.
    private func remote(of request: RequestRecord) -> String {
        guard ![.push, .deleteBranch].contains(request.kind) else { return request.remote }
        let opened = requests.first { $0.kind == .open && $0.patch == request.patch }
        // Losing the error is right: a payload that cannot be read was reported when it was delivered.
        let payload = opened.flatMap { try? RequestPayload.decode(RequestPayload.Open.self, of: $0) }
        return payload?.forge?.to ?? request.remote
    }
}

extension Session {
    /// Delivers everything that waits and is due; the repository's lock is not needed and not held.
    ///
    /// - Parameter patch: the patch the report is about; absent for all.
    package func deliver(about patch: RecordID? = nil) async throws -> DeliveryReport {
        DeliveryReport(requests: try await drain(urgent: patch), about: patch)
    }

    /// Delivers the requests of one patch, also those that failed a moment ago.
    func deliverNow(only patch: RecordID) async throws -> [RequestRecord] {
        try await drain(only: patch, ignoringBackoff: true)
    }

    private func drain(
        only patch: RecordID? = nil, urgent: RecordID? = nil, ignoringBackoff: Bool = false
    ) async throws -> [RequestRecord] {
        unlock()
        let say = workspace.say
        return try await Delivery.drain(
            store: store, git: workspace.git, location: workspace.location, only: patch,
            urgent: urgent, ignoringBackoff: ignoringBackoff, settings: workspace.settings
        ) { event in
            switch event {
            case .started(let request): say(.detail("\(request.kind.rawValue) to '\(request.remote)'"))
            case .changed(let request): say(.detail("\(request.kind.rawValue): \(request.state.rawValue)"))
            case .printed(let line): say(.done(line))
            }
        }
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

    /// The request as something to do at a remote: `open the patch on 'origin'`.
    package func phrase(remote: String) -> String { self == .push ? "push to '\(remote)'" : "\(phrase) on '\(remote)'" }

    /// The request as something to do: `open the patch`.
    fileprivate var phrase: String {
        switch self {
        case .push: "push"
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
