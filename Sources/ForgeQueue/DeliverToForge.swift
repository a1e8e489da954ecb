import Forge
import GitProcess
import GitValues
package import PlainRemote
import Settings
package import Store

/// Delivers requests to a forge's interface. Everything is looked for before it is made.
extension ForgeWork: ForgeDelivery {
    package func deliver(_ request: RequestRecord, in store: borrowing Store) async throws -> ForgeAnswerToRequest {
        guard let id = request.patch, let patch = try store.patch(id) else { return .refused("there is no such patch") }
        if let problem = try StoredRecord.look(id, in: store).problem { return .refused(problem) }
        let isNew = request.kind == .issue || request.kind == .open
        let to = isNew ? try RequestPayload.decode(RequestPayload.Open.self, of: request).forge?.to : nil
        var record = try StoredRecord(
            id, in: store, new: ForgeRecord(remote: to ?? request.remote, head: patch.commit, at: now()))
        do {
            switch request.kind {
            case .issue: return try await openIssue(request, patch, &record, store)
            case .open: return try await open(request, patch, &record, store)
            case .arm: return try await arm(request, patch, &record, store)
            case .disarm: return try await disarm(request, patch, &record, store)
            case .close:
                if let whole = try RequestPayload.decode(RequestPayload.End.self, of: request).whole {
                    return try await close(patch, with: whole, request.operation, &record, store)
                }
                return try await close(patch, &record, store)
            case .comment: return try await tellTheEnd(request, patch, &record, store)
            case .push, .merge, .deleteBranch:
                return .refused("a forge is not asked for '\(request.kind.rawValue)'")
            }
        } catch let failure as ForgeFailure {
            if case .needsHuman(let words, _) = failure, request.kind == .open,
                let site = access.site(of: record.remote)
            {
                if await !access.hasToken(site), let url = try await openByPush(request, patch, &record, site, store) {
                    return .done(url: url, note: "opened by a push; \(words), so nothing else can be set")
                }
                guard record.pull == nil else { return ForgeWork.answer(failure) }
                let page = ForgeAccess.page(for: patch.branch, base: patch.target, site)
                return .waiting("\(failure.words); or open it by hand: \(page)", notBefore: Delivery.whenResumed)
            }
            return ForgeWork.answer(failure)
        } catch let problem as RemoteProblem {
            if case .unreachable(_, let words) = problem { return .waiting(words, notBefore: nil) }
            throw problem
        }
    }

    static func answer(_ failure: ForgeFailure) -> ForgeAnswerToRequest {
        switch failure {
        case .pending, .baseMoved, .transient: .waiting(failure.words, notBefore: nil)
        case .needsHuman: .waiting(failure.words, notBefore: Delivery.whenResumed)
        case .rateLimited(let until, _): .waiting(failure.words, notBefore: until)
        case .unreachable: .unreachable(failure.words)
        case .unknown: .unknown(failure.words)
        case .headMoved, .conflict, .policyBlocked, .gone, .invalid: .refused(failure.words)
        }
    }

    // MARK: Issue

    private func openIssue(
        _ request: RequestRecord, _ patch: PatchRecord, _ record: inout StoredRecord, _ store: borrowing Store
    ) async throws -> ForgeAnswerToRequest {
        let payload = try RequestPayload.decode(RequestPayload.Open.self, of: request)
        if let issue = record.issue { return .done(url: issue.url, note: nil) }
        let forge = try await forge(of: record.remote)
        let looked = try forge.look(branch: patch.branch, owner: nil, base: patch.target)
        let marker = Marker(.issue, patch: patch.id, operation: request.operation)
        let found = try forge.issue(marked: marker, by: looked.facts.viewer)
        let issue: PullReference
        if let found {
            issue = found
        } else if patch.state == .closed {
            return .refused("the patch was taken back before")
        } else {
            let body = marker.appended(to: payload.forge?.body ?? "")
            let priority = payload.document.priority
            let labels = (payload.forge?.labels ?? []) + (priority == .normal ? [] : ["priority:\(priority.rawValue)"])
            issue = try forge.openIssue(title: patch.title, body: body, labels: labels, in: looked.facts)
        }
        FaultPoint.reached("forge.issue.sent")
        try record.change(in: store) { now in
            now.issue = ForgeRecord.Pull(issue)
            now.ownsIssue = true
        }
        return .done(url: issue.url, note: nil)
    }

    // MARK: Pull request

    private func open(
        _ request: RequestRecord, _ patch: PatchRecord, _ record: inout StoredRecord, _ store: borrowing Store
    ) async throws -> ForgeAnswerToRequest {
        let payload = try RequestPayload.decode(RequestPayload.Open.self, of: request)
        let wishes = payload.forge
        let head = payload.document.head
        guard let site = access.site(of: record.remote) else { return .refused("'\(record.remote)' is on no forge") }
        let fork = record.remote == request.remote ? nil : access.site(of: request.remote)
        let forge = try await access.forge(site)
        let base = try baseBranch(of: patch, record.value, in: store)
        if let known = record.pullReference {
            let pull = try forge.pullRequest(known)
            if let pull, pull.state != .open {
                return .refused("the pull request is \(pull.state.rawValue): \(known.url)")
            }
        }
        if record.topic != nil { _ = try await pushTopic(payload, patch, &record, store) }
        let looked = try forge.look(branch: patch.branch, owner: fork?.owner, base: base)
        facts[record.remote] = looked.facts
        let marker = Marker(.proposal, patch: patch.id, operation: request.operation)
        let reference: PullReference
        if let existing = looked.open.first(where: { marker.marks($0.body) }) ?? looked.open.first {
            reference = existing.reference
            if record.pull != nil, existing.title != patch.title, marker.marks(existing.body) {
                try forge.edit(reference, title: patch.title, body: existing.body)
            }
        } else if let known = record.pullReference {
            reference = known
        } else if patch.state == .closed {
            return .refused("the patch was taken back before")
        } else {
            let body = try await bodyText(wishes, patch, record.value, payload.document, marker)
            reference = try forge.open(
                NewPullRequest(
                    title: patch.title, body: body, base: base, branch: patch.branch,
                    fork: fork.map { ($0.owner, $0.name) }, draft: payload.document.draft), in: looked.facts)
        }
        FaultPoint.reached("forge.open.sent")
        let isNew = record.pull == nil
        try record.change(in: store) { $0.pull = ForgeRecord.Pull(reference) }
        if head != record.head, record.isAtForge {
            // What the forge was told was about the head before.
            if case .left = try disarm(patch, &record, forge, in: store) {
                return .waiting(record.reason ?? "the forge is still armed", notBefore: nil)
            }
        }
        try record.change(in: store) { now in
            now.pin(head, at: self.now())
            // A head that moves says nothing of the rest.
            guard isNew else { return }
            now.options.draft = payload.document.draft
            now.options.priority = payload.document.priority
        }
        try follow(patch.id, in: store)
        var note: String?
        if let wishes, !(wishes.labels + wishes.reviewers + wishes.assignees).isEmpty {
            let failed = try forge.decorate(
                reference, labels: wishes.labels, reviewers: wishes.reviewers, assignees: wishes.assignees,
                in: looked.facts)
            if !failed.isEmpty { note = "could not set \(failed.joined(separator: ", "))" }
        }
        if record.comment != nil { try await tell(patch, &record, forge, in: store) }
        return .done(url: reference.url, note: note)
    }

    /// Lets the patch's own record say what is so.
    func follow(_ patch: RecordID, in store: borrowing Store) throws {
        try store.change(patch) { now in
            guard now.state != .landed, now.state != .closed, let record = try ForgeRecord.read(patch, in: store)
            else { return }
            now.url = record.pull?.url ?? now.url
            now.number = record.pull?.number ?? now.number
            now.state = record.isArmed ? .armed : .open
        }
    }

    // MARK: Arming

    private func arm(
        _ request: RequestRecord, _ patch: PatchRecord, _ record: inout StoredRecord, _ store: borrowing Store
    ) async throws -> ForgeAnswerToRequest {
        let opening = try store.requests(ofOperation: request.operation).first { $0.kind == .open }
        // One that was closed is never opened again.
        guard record.pull != nil, opening?.state != .refused else { return .refused("its pull request is not open") }
        let options = try RequestPayload.decode(RequestPayload.Arm.self, of: request).options
        let forge = try await forge(of: record.remote)
        if let method = options.method, method != .auto {
            if facts[record.remote] == nil {
                facts[record.remote] = try forge.look(branch: patch.branch, owner: nil, base: patch.target).facts
            }
            if let allowed = facts[record.remote]?.methods, !allowed.contains(method) {
                let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
                return .refused("the repository does not allow '\(method.rawValue)', it allows \(names)")
            }
        }
        // Whoever arms by hand means the head of now, whoever pushed it; a new patch means its own.
        let isNew = opening != nil
        var head: ObjectID?
        if !isNew, let reference = record.pullReference {
            head = try forge.pullRequest(reference)?.head
        }
        try record.change(in: store) { now in
            now.options.method = options.method ?? now.options.method
            now.options.delay = options.delay ?? now.options.delay
            if !options.requiredChecks.isEmpty { now.options.requiredChecks = options.requiredChecks }
            now.options.approvals = options.approvals ?? now.options.approvals
            now.options.priority = options.priority ?? now.options.priority
            now.disarmedBecause = nil
            guard !now.isArmed else { return }
            now.isArmed = true
            now.armedAt = self.now()
            if let head { now.pin(head, at: self.now()) }
        }
        try follow(patch.id, in: store)
        try await tell(patch, &record, forge, in: store)
        return .done(url: record.pull?.url, note: nil)
    }

    private func disarm(
        _ request: RequestRecord, _ patch: PatchRecord, _ record: inout StoredRecord, _ store: borrowing Store
    ) async throws -> ForgeAnswerToRequest {
        let isForGood = try TakingBack.isForGood(request)
        if isForGood {
            // The order counts: nothing here tells the forge anew once this is written.
            try record.change(in: store) { now in
                now.isArmed = false
                now.armedAt = nil
                now.disarmedBecause = "somebody switched it off"
            }
            try follow(patch.id, in: store)
        }
        guard record.pull != nil else { return .done(url: nil, note: nil) }
        if try await TakingBack.isOver(request, patch, record.value, self, in: store) {
            return .done(url: record.pull?.url, note: "the stop is over")
        }
        let forge = try await forge(of: record.remote)
        switch try disarm(patch, &record, forge, in: store) {
        case .done: break
        case .left: return .waiting(record.reason ?? "the forge is still armed", notBefore: nil)
        case .over: return isForGood ? .refused("it was merged or closed before") : .done(url: nil, note: nil)
        }
        if isForGood, record.comment != nil { try await tell(patch, &record, forge, in: store) }
        return .done(url: record.pull?.url, note: nil)
    }

    private func tellTheEnd(
        _ request: RequestRecord, _ patch: PatchRecord, _ record: inout StoredRecord, _ store: borrowing Store
    ) async throws -> ForgeAnswerToRequest {
        let words = try RequestPayload.decode(RequestPayload.End.self, of: request).reason ?? "done"
        let forge = try await forge(of: record.remote)
        if record.comment != nil { try await tell(patch, &record, forge, ending: words, in: store) }
        if record.ownsIssue, let issue = record.issue { try forge.closeIssue(issue.reference) }
        return .done(url: record.pull?.url, note: nil)
    }

    private func close(
        _ patch: PatchRecord, _ record: inout StoredRecord, _ store: borrowing Store
    ) async throws -> ForgeAnswerToRequest {
        try record.change(in: store) { $0.isArmed = false }
        let forge = try await forge(of: record.remote)
        var reference = record.pullReference
        if reference == nil {
            // It may have been opened by a request whose answer was lost.
            let marker = Marker(.proposal, patch: patch.id)
            let base = try baseBranch(of: patch, record.value, in: store)
            let owner = record.remote == patch.remote ? nil : patch.remote.flatMap { access.site(of: $0)?.owner }
            let open = try forge.look(branch: patch.branch, owner: owner, base: base).open
            reference = open.first { marker.marks($0.body) }?.reference
        }
        if let reference, let pull = try forge.pullRequest(reference) {
            if pull.state == .merged { return .refused("the pull request is merged already: \(reference.url)") }
            if pull.state == .open {
                if pull.isArmed || pull.isQueued { try forge.disarm(pull) }
                try forge.close(reference)
            }
            FaultPoint.reached("forge.close.sent")
            try record.change(in: store) { $0.isAtForge = false }
        }
        if record.comment != nil { try await tell(patch, &record, forge, ending: "off, it was taken back", in: store) }
        if record.ownsIssue, let issue = record.issue { try forge.closeIssue(issue.reference) }
        return .done(url: reference?.url, note: nil)
    }
}
