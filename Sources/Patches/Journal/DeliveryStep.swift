package import GitValues
package import PlainRemote
package import Store

/// The remote effects an operation queues when it is done.
package struct DeliveryStep: Sendable, Codable, Equatable {
    /// What is asked of the remote.
    package enum Kind: Sendable, Codable, Equatable {
        /// The patch is new there.
        case create(options: QueueOptions)
        /// The patch has a new head; the branch may be moved away from these.
        case update(replaces: [ObjectID])
        /// The patch has landed and its branch goes, if it is at one of these.
        case deleteBranch(commits: [ObjectID])
        /// The patch goes; the branch is deleted if it is at one of these.
        case withdraw(commits: [ObjectID])
        /// What an operation asked for the patch, and what has not been delivered, is not wanted any more.
        case recall(operation: RecordID)
    }

    package var kind: Kind
    package var patch: PatchRecord
    package var author: Person?
    /// The newest commit of the patch's history that the target is known to have.
    package var fork: ObjectID?
    /// Whether the hooks of the push are skipped.
    package var skipsHooks = false
    /// The operation whose update this one takes back: what never arrived need not be, when the remote has what was there.
    package var takesBack: RecordID?
    /// The head of the patch before that update; its branch may have had commits on top, made by hand or by others.
    package var formerHead: ObjectID?

    package init(_ kind: Kind, patch: PatchRecord) {
        self.kind = kind
        self.patch = patch
    }
}

extension Session {
    /// Writes the requests of a step into the outbox.
    func queue(_ step: DeliveryStep, of operation: RecordID) throws(StoreError) {
        switch step.kind {
        case .create(let options):
            try Delivery.enqueue(
                create: step.patch, author: step.author, fork: step.fork, options: options,
                skipsHooks: step.skipsHooks, operation: operation, in: store)
        case .update(let replaces):
            if let update = step.takesBack, try Delivery.isUntried(update, patch: step.patch.id, in: store),
                try Delivery.hasPushed(step.formerHead ?? step.patch.commit, ofPatch: step.patch.id, in: store)
            {
                return try Delivery.cancel(requestsOf: update, patch: step.patch.id, reason: "undone", in: store)
            }
            try Delivery.enqueue(
                update: step.patch, replaces: replaces, author: step.author, fork: step.fork,
                skipsHooks: step.skipsHooks, operation: operation, in: store)
        case .deleteBranch(let commits):
            try Delivery.enqueue(deleteBranchOf: step.patch, commits: commits, operation: operation, in: store)
        case .withdraw(let commits):
            try Delivery.enqueue(
                withdraw: step.patch, commits: commits, reason: "undone", operation: operation, in: store)
        case .recall(let recalled):
            try Delivery.cancel(requestsOf: recalled, patch: step.patch.id, reason: "undone", in: store)
        }
    }
}
