import GitValues
import Store

/// What a request does to the record of a patch: pure, so that replaying it is safe to reason about.
enum PatchChange {
    /// How a request changed a document.
    enum Effect: Equatable {
        /// The document to write next.
        case changed(PatchDocument)
        /// It is as the request wants it already.
        case nothing
        case refused(String)
    }

    /// Applies a request to the record as the remote has it.
    ///
    /// - Parameters:
    ///   - current: `nil` when the remote does not know the patch.
    ///   - now: stamped on the change; a new head's delay counts from here.
    static func apply(
        _ request: RequestRecord, to current: PatchDocument?, now: Timestamp
    ) throws(StoreError) -> Effect {
        switch request.kind {
        case .open:
            return open(try RequestPayload.decode(RequestPayload.Open.self, of: request).document, current, now)
        case .arm:
            return arm(try RequestPayload.decode(RequestPayload.Arm.self, of: request).options, current, now)
        case .disarm: return disarm(current, now)
        case .close: return close(try RequestPayload.decode(RequestPayload.End.self, of: request).reason, current, now)
        case .push, .issue, .merge, .comment, .deleteBranch:
            return .refused("a plain remote has no such thing as '\(request.kind.rawValue)'")
        }
    }

    private static func open(_ wanted: PatchDocument, _ current: PatchDocument?, _ now: Timestamp) -> Effect {
        guard var document = current else {
            var document = wanted
            document.headSince = now
            document.changedAt = now
            return .changed(document)
        }
        if document.head == wanted.head && !document.isFinished { return .nothing }
        if document.isFinished { return .refused("the patch has \(document.state.rawValue) already") }
        document.head = wanted.head
        document.title = wanted.title
        document.base = wanted.base ?? document.base
        document.fork = wanted.fork ?? document.fork
        document.headSince = now
        document.changedAt = now
        return .changed(document)
    }

    private static func arm(_ options: QueueOptions, _ current: PatchDocument?, _ now: Timestamp) -> Effect {
        guard var document = current else { return .refused("the remote does not know the patch") }
        if document.isFinished { return .refused("the patch has \(document.state.rawValue) already") }
        let before = document
        document.state = .armed
        document.reason = nil
        document.draft = options.draft
        document.failedChecks = nil
        document.conflictsAt = nil
        document.method = options.method ?? document.method
        document.delay = options.delay?.seconds ?? document.delay
        if !options.requiredChecks.isEmpty { document.requiredChecks = options.requiredChecks }
        document.approvals = options.approvals ?? document.approvals
        document.priority = options.priority ?? document.priority
        if options.unstack {
            document.stackOn = nil
            document.wasOn = nil
            // Of a patch that was reverted it says where its own change starts.
            if document.landed == nil { document.replayFrom = nil }
        }
        if document == before { return .nothing }
        if before.state != .armed { document.queuedAt = now }
        document.changedAt = now
        return .changed(document)
    }

    private static func disarm(_ current: PatchDocument?, _ now: Timestamp) -> Effect {
        guard var document = current, document.state == .armed else { return .nothing }
        document.state = .queued
        document.queuedAt = nil
        document.changedAt = now
        return .changed(document)
    }

    private static func close(_ reason: String?, _ current: PatchDocument?, _ now: Timestamp) -> Effect {
        guard var document = current, document.state != .closed else { return .nothing }
        if document.state == .landed { return .refused(Delivery.hasLanded) }
        document.state = .closed
        document.reason = reason
        document.changedAt = now
        return .changed(document)
    }
}
