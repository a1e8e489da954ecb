package import GitValues
package import Store

/// The outbox of a plain remote: requests are written here, in the same transaction as the patch, and drained later.
package enum Delivery {
    /// Queues what a new patch needs: its branch pushed, its record opened and, with `autoMerge`, armed.
    ///
    /// - Parameters:
    ///   - patch: must name a remote; a patch without one is local and queues nothing.
    ///   - author: who made the patch; an approval by the same person does not count.
    ///   - fork: the newest commit of the patch's history that the target is known to have.
    ///   - skipsHooks: whether `--no-verify` was given.
    package static func enqueue(
        create patch: PatchRecord, author: Person?, fork: ObjectID? = nil, options: QueueOptions,
        skipsHooks: Bool = false, operation: RecordID, in store: borrowing Store
    ) throws(StoreError) {
        guard patch.remote != nil else { return }
        try enqueuePush(patch, replaces: [], skipsHooks: skipsHooks, operation: operation, in: store)
        try enqueueOpen(patch, author: author, fork: fork, options: options, operation: operation, in: store)
        if options.autoMerge { try enqueue(arm: patch, options: options, operation: operation, in: store) }
    }

    /// Queues what a changed patch needs: its branch moved with a lease, its record told of the new head.
    ///
    /// - Parameter replaces: the tips this repository gave the branch before, the newest last.
    package static func enqueue(
        update patch: PatchRecord, replaces: [ObjectID], author: Person?, fork: ObjectID? = nil,
        options: QueueOptions = QueueOptions(), skipsHooks: Bool = false, operation: RecordID,
        in store: borrowing Store
    ) throws(StoreError) {
        guard patch.remote != nil else { return }
        try supersedeRefusedPushes(of: patch.id, in: store)
        try cancelClosing(of: patch.id, in: store)
        try enqueuePush(patch, replaces: replaces, skipsHooks: skipsHooks, operation: operation, in: store)
        try enqueueOpen(patch, author: author, fork: fork, options: options, operation: operation, in: store)
    }

    /// Queues that a patch may land by itself once its gates are open.
    package static func enqueue(
        arm patch: PatchRecord, options: QueueOptions, operation: RecordID, in store: borrowing Store
    ) throws(StoreError) {
        let payload = RequestPayload.Arm(options: options, at: .now())
        try add(.arm, patch, try RequestPayload.encode(payload), operation, store)
    }

    /// Queues that a patch no longer lands by itself.
    package static func enqueue(
        disarm patch: PatchRecord, reason: String? = nil, operation: RecordID, in store: borrowing Store
    ) throws(StoreError) {
        let payload = RequestPayload.End(reason: reason, at: .now())
        // What was asked for before and is not done yet must not come after it.
        let earlier = try store.requests(ofPatch: patch.id).filter { $0.kind == .arm && isWanted($0) }
        try cancel(earlier, reason: "auto-merge was switched off", in: store)
        try add(.disarm, patch, try RequestPayload.encode(payload), operation, store)
    }

    /// Takes back what a patch did or wants to do on its remote, as `undo` needs it.
    ///
    /// Whatever has not been delivered is cancelled, so that it never is, not even to be taken back. What was delivered,
    /// or may have been, is undone by requests of their own: the record is closed, the branch deleted if it is still
    /// one of `commits`.
    package static func enqueue(
        withdraw patch: PatchRecord, commits: [ObjectID], reason: String, operation: RecordID, in store: borrowing Store
    ) throws(StoreError) {
        guard patch.remote != nil else { return }
        let earlier = try store.requests(ofPatch: patch.id)
        try cancel(earlier.filter(isWanted), reason: reason, in: store)
        func mayHaveHappened(_ kind: RequestRecord.Kind) -> Bool {
            earlier.contains { $0.kind == kind && ($0.attempts > 0 || $0.state == .done) && $0.state != .refused }
        }
        if mayHaveHappened(.open) {
            let payload = RequestPayload.End(reason: reason, at: .now())
            try add(.close, patch, try RequestPayload.encode(payload), operation, store)
        }
        if mayHaveHappened(.push) {
            let payload = RequestPayload.DeleteBranch(branch: patch.branch, expected: commits, withRecord: true)
            try add(.deleteBranch, patch, try RequestPayload.encode(payload), operation, store)
        }
    }

    /// Queues that the branch of a landed patch goes, if it is still one of `commits`; its record stays.
    package static func enqueue(
        deleteBranchOf patch: PatchRecord, commits: [ObjectID], operation: RecordID, in store: borrowing Store
    ) throws(StoreError) {
        let payload = RequestPayload.DeleteBranch(branch: patch.branch, expected: commits)
        try add(.deleteBranch, patch, try RequestPayload.encode(payload), operation, store)
    }

    /// Queues that the pull request of a patch is closed, which has landed as a part of another one.
    package static func enqueue(
        closing patch: PatchRecord, with whole: RequestPayload.Whole, operation: RecordID, in store: borrowing Store
    ) throws(StoreError) {
        let payload = RequestPayload.End(reason: nil, at: .now(), whole: whole)
        try add(.close, patch, try RequestPayload.encode(payload), operation, store)
    }

    /// Cancels what an operation asked for a patch and what has not been delivered yet.
    package static func cancel(
        requestsOf operation: RecordID, patch: RecordID, reason: String, in store: borrowing Store
    ) throws(StoreError) {
        let requests = try store.requests(ofOperation: operation).filter { $0.patch == patch }
        try cancel(requests.filter(isWanted), reason: reason, in: store)
    }

    /// Whether nothing that an operation asked to push for a patch can have arrived: it was refused, or never tried.
    package static func isUntried(
        _ operation: RecordID, patch: RecordID, in store: borrowing Store
    ) throws(StoreError) -> Bool {
        let pushes = try store.requests(ofOperation: operation).filter { $0.patch == patch && $0.kind == .push }
        return !pushes.isEmpty
            && pushes.allSatisfy { $0.state == .refused || ($0.state == .waiting && $0.attempts == 0) }
    }

    /// Every commit that this repository has pushed, or will push, to the branch of a patch.
    package static func pushes(ofPatch patch: RecordID, in store: borrowing Store) throws(StoreError) -> Set<ObjectID> {
        var commits: Set<ObjectID> = []
        for request in try store.requests(ofPatch: patch) where request.kind == .push {
            let payload = try RequestPayload.decode(RequestPayload.Push.self, of: request)
            commits.formUnion(payload.replaces + [payload.commit])
        }
        return commits
    }

    /// Whether a commit was pushed to the branch of a patch, and nothing since.
    package static func hasPushed(
        _ commit: ObjectID, ofPatch patch: RecordID, in store: borrowing Store
    ) throws(StoreError) -> Bool {
        let done = try store.requests(ofPatch: patch).last { $0.kind == .push && $0.state == .done }
        guard let done else { return false }
        return try RequestPayload.decode(RequestPayload.Push.self, of: done).commit == commit
    }

    /// Whether a commit was ever pushed to the branch of a patch.
    package static func hasEverPushed(
        _ commit: ObjectID, ofPatch patch: RecordID, in store: borrowing Store
    ) throws(StoreError) -> Bool {
        for request in try store.requests(ofPatch: patch) where request.kind == .push && request.state == .done {
            if try RequestPayload.decode(RequestPayload.Push.self, of: request).commit == commit { return true }
        }
        return false
    }

    /// Queues that a forge's page says how a patch ended, and that the issue opened with it is closed.
    package static func enqueue(
        ending patch: PatchRecord, words: String, operation: RecordID, in store: borrowing Store
    ) throws(StoreError) {
        let payload = RequestPayload.End(reason: words, at: .now())
        try add(.comment, patch, try RequestPayload.encode(payload), operation, store)
    }

    /// Makes the refused requests of a patch wait again, with those that ended because of them, and the waiting ones due
    /// now; returns how many. What would bring a patch back that has landed or was closed is cancelled instead.
    ///
    /// - Parameter isNamed: whether somebody asked for this patch, and so also for what was refused for good.
    @discardableResult
    package static func retry(
        patch: RecordID, isNamed: Bool = true, in store: borrowing Store
    ) throws(StoreError) -> Int {
        var ended: Set<RecordID> = []
        if let state = try store.patch(patch)?.state, state == .landed || state == .closed {
            try cancelWishes(ofPatch: patch, reason: "the patch has \(state.rawValue)", in: store)
            ended = [patch]
        }
        var count = 0
        for var request in try store.requests(ofPatch: patch) {
            let endedWithPush = request.state == .cancelled && request.reason == pushWasRefused
            let isOpen = request.state == .waiting || request.state == .unknown
            guard request.state == .refused || isOpen || endedWithPush else { continue }
            if !isNamed, isRefusedForGood(request, ended: ended) { continue }
            // What may have happened stays so: the next try looks first.
            if request.state != .unknown { request.state = .waiting }
            request.reason = nil
            request.notBefore = nil
            try store.update(request)
            count += 1
        }
        return count
    }

    /// Ends what a patch still wants of its remote, once it has landed or was closed there: it is never pushed, opened or
    /// armed again by itself.
    static func cancelWishes(ofPatch patch: RecordID, reason: String, in store: borrowing Store) throws(StoreError) {
        let wishes = try store.requests(ofPatch: patch).filter { request in
            // What runs is about to be told the same by the remote.
            isWanted(request) && request.state != .running && [.push, .open, .arm].contains(request.kind)
        }
        try cancel(wishes, reason: reason, in: store)
    }

    /// Whether a request may still have an effect, at once or when it is tried again.
    private static func isWanted(_ request: RequestRecord) -> Bool {
        switch request.state {
        case .waiting, .running, .unknown, .refused: true
        case .cancelled: request.reason == pushWasRefused
        case .done: false
        }
    }

    /// A newer push stands for those that were refused, and what ended with them is wanted again.
    private static func supersedeRefusedPushes(of patch: RecordID, in store: borrowing Store) throws(StoreError) {
        let earlier = try store.requests(ofPatch: patch)
        try cancel(
            earlier.filter { $0.kind == .push && $0.state == .refused }, reason: "a newer push stands for it", in: store
        )
        for var request in earlier where request.state == .cancelled && request.reason == pushWasRefused {
            request.state = .waiting
            request.reason = nil
            request.notBefore = nil
            try store.update(request)
        }
    }

    /// What came to a patch did not land with the combined one it was a part of: it stays open.
    private static func cancelClosing(of patch: RecordID, in store: borrowing Store) throws(StoreError) {
        var closings: [RequestRecord] = []
        for request in try store.requests(ofPatch: patch) where request.kind == .close && isWanted(request) {
            guard RequestPayload.problem(of: request) == nil else { continue }
            let end = try RequestPayload.decode(RequestPayload.End.self, of: request)
            if end.whole != nil { closings.append(request) }
        }
        if closings.isEmpty { return }
        try cancel(closings, reason: "the patch was updated", in: store)
        try ForgeRecord.staysOpen(patch, in: store)
    }

    /// Every commit that is on its way to the branch of a patch, or was refused there.
    package static func pendingPushes(
        ofPatch patch: RecordID, in store: borrowing Store
    ) throws(StoreError) -> Set<ObjectID> {
        var commits: Set<ObjectID> = []
        for request in try store.requests(ofPatch: patch) where request.kind == .push && isWanted(request) {
            commits.insert(try RequestPayload.decode(RequestPayload.Push.self, of: request).commit)
        }
        return commits
    }

    private static func cancel(
        _ requests: [RequestRecord], reason: String, in store: borrowing Store
    ) throws(StoreError) {
        for var request in requests {
            request.state = .cancelled
            request.reason = reason
            try store.update(request)
        }
    }

    private static func enqueuePush(
        _ patch: PatchRecord, replaces: [ObjectID], skipsHooks: Bool, operation: RecordID, in store: borrowing Store
    ) throws(StoreError) {
        let payload = RequestPayload.Push(
            branch: patch.branch, commit: patch.commit, replaces: replaces, skipsHooks: skipsHooks)
        try add(.push, patch, try RequestPayload.encode(payload), operation, store)
    }

    private static func enqueueOpen(
        _ patch: PatchRecord, author: Person?, fork: ObjectID?, options: QueueOptions, operation: RecordID,
        in store: borrowing Store
    ) throws(StoreError) {
        var document = PatchDocument(
            id: patch.id, title: patch.title, branch: patch.branch, base: patch.base, target: patch.target,
            head: patch.commit, author: author, at: .now())
        document.draft = options.draft
        document.priority = options.priority ?? .normal
        document.stackOn = patch.stackedOn
        document.fork = fork
        let payload = try RequestPayload.encode(RequestPayload.Open(document: document, forge: options.forge))
        if options.forge?.opensIssue == true { try add(.issue, patch, payload, operation, store) }
        try add(.open, patch, payload, operation, store)
    }

    private static func add(
        _ kind: RequestRecord.Kind, _ patch: PatchRecord, _ payload: String, _ operation: RecordID,
        _ store: borrowing Store
    ) throws(StoreError) {
        guard let remote = patch.remote else { return }
        try store.enqueue(
            RequestRecord(
                id: .make(), operation: operation, patch: patch.id, kind: kind, remote: remote,
                idempotencyKey: "\(kind.rawValue):\(patch.id):\(operation)", payload: payload, created: .now()))
    }
}
