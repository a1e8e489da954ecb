import Git2
import GitValues
import PlainRemote
import Store

extension Intent {
    /// Where the branch of a patch was before the operation: at the patch's head, or at a commit made on top of it by hand,
    /// or by others and pulled; `nil` where it did not move the branch from anywhere.
    fileprivate func formerTip(of patch: PatchRecord) -> ObjectID? {
        guard case .object(let tip)? = references.first(where: { $0.name.branch == patch.branch })?.old else {
            return nil
        }
        return tip
    }

    /// Throws where an update has only told the patch of commits that were made without it, by hand or by others: the branch
    /// keeps them, and on the remote they may have come from there.
    func requireChangeOfItsOwn() throws(PatchProblem) {
        for delivery in deliveries {
            guard case .update = delivery.kind else { continue }
            if let tip = formerTip(of: delivery.patch), tip != delivery.patch.commit { continue }
            throw PatchProblem(
                .notUndoable,
                "this update only took the commits of '\(delivery.patch.branch)' into the patch; it made nothing to take back",
                hints: [
                    "take the commits back yourself (git reset, git revert), then: git patch update",
                    "or undo an earlier operation by its id: git patch log",
                ])
        }
    }

    /// Whether the operation removed the branch of a patch because that has landed.
    fileprivate func deletesLanded(_ patch: RecordID) -> Bool {
        let step = patches.first { $0.after?.id == patch }
        guard step?.after?.state == .landed, let branch = step?.after?.branch else { return false }
        return references.contains { $0.name.branch == branch && $0.new == .absent }
    }
}

/// What an operation did to patches and asked of remotes, read backwards.
extension Session {
    /// The records of patches back, except for what the outside world did to them.
    func reversedPatches(_ done: Intent, of operation: RecordID) async throws -> [PatchStep] {
        var steps = try reversedRecords(done, of: operation)
        for index in steps.indices {
            guard let before = steps[index].after, let tip = done.formerTip(of: before), tip != before.commit,
                try hasArrived(done, operation, before)
            else { continue }
            // The remote gets the branch as it was, with what came on top of the patch before the update.
            steps[index].after?.commit = tip
            steps[index].after?.tree = try await view.commit(tip).tree
        }
        return steps
    }

    /// Whether the update that an operation asked for may have reached the remote.
    private func hasArrived(_ done: Intent, _ operation: RecordID, _ before: PatchRecord) throws -> Bool {
        let isUpdate = done.deliveries.contains { delivery in
            if case .update = delivery.kind { delivery.patch.id == before.id } else { false }
        }
        guard isUpdate else { return false }
        return try !Delivery.isUntried(operation, patch: before.id, in: store)
            || !Delivery.hasPushed(before.commit, ofPatch: before.id, in: store)
    }

    private func reversedRecords(_ done: Intent, of operation: RecordID) throws -> [PatchStep] {
        try done.patches.map { step in
            let now = try (step.after ?? step.before).flatMap { try store.patch($0.id) }
            if let now, now.state == .landed, let after = step.after, after.state != .landed {
                if var before = step.before, try cameTooLate(operation) {
                    before.state = .landed
                    before.landed = now.landed
                    return PatchStep(from: now, to: before)
                }
                throw PatchProblem(
                    .notUndoable, "patch '\(now.title)' has landed", hints: ["git automerge rollback \(now.id.short)"])
            }
            if let now, let after = step.after, ![.landed, .closed].contains(after.state) {
                try requireNotLandedInAnother(now)
            }
            // What has landed stays so; what comes back is its branch.
            if let now, now.state == .landed, done.deletesLanded(now.id) { return PatchStep(from: now, to: now) }
            guard step.before == nil, var closed = now, closed.remote != nil else {
                var before = step.before
                if before?.state == .local { before?.remote = now?.remote }  // Where it is withdrawn from.
                return PatchStep(from: now, to: before)
            }
            // What is asked of the remote hangs on the record, so it stays, closed.
            closed.state = .closed
            closed.updated = .now()
            return PatchStep(from: now, to: closed)
        }
    }

    /// Refuses a patch that has landed as a part of a combined one.
    private func requireNotLandedInAnother(_ patch: PatchRecord) throws {
        guard let id = try ForgeRecord.look(patch.id, in: store).record?.landedIn else { return }
        let title = try store.patch(id).map { " of '\($0.title)'" } ?? ""
        throw PatchProblem(
            .notUndoable, "patch '\(patch.title)' has landed as a part\(title)",
            hints: ["take back all of it: git automerge rollback \(id.short)"])
    }

    /// Whether the push of an operation ended because the patch had landed without it.
    private func cameTooLate(_ operation: RecordID) throws -> Bool {
        try store.requests(ofOperation: operation).contains { request in
            request.kind == .push && (request.state == .refused || request.state == .cancelled)
        }
    }

    /// What the remote is asked to take back.
    func reversedDeliveries(_ done: Intent, of operation: RecordID) throws -> [DeliveryStep] {
        try done.deliveries.compactMap { try reversed($0, of: done, operation) }
    }

    private func reversed(
        _ delivery: DeliveryStep, of done: Intent, _ operation: RecordID
    ) throws -> DeliveryStep? {
        let before = done.patches.first { $0.after?.id == delivery.patch.id || $0.before?.id == delivery.patch.id }?
            .before
        switch delivery.kind {
        case .create:
            return DeliveryStep(.withdraw(commits: [delivery.patch.commit]), patch: delivery.patch)
        case .update(let replaces):
            if try store.patch(delivery.patch.id)?.state == .landed { return nil }
            var step = DeliveryStep(
                .update(replaces: replaces + [delivery.patch.commit]), patch: before ?? delivery.patch)
            step.formerHead = before?.commit
            if let tip = done.formerTip(of: delivery.patch) { step.patch.commit = tip }
            step.author = delivery.author
            step.fork = delivery.fork
            // What was there before comes back without being judged; what was refused then is not.
            step.skipsHooks = try Delivery.hasEverPushed(step.patch.commit, ofPatch: step.patch.id, in: store)
            step.takesBack = operation
            return step
        case .deleteBranch:
            // The patch has landed: when its branch is gone there already, the one here is enough to go on from.
            return DeliveryStep(.recall(operation: operation), patch: delivery.patch)
        case .withdraw, .recall:
            guard let origin = try done.undoes.flatMap({ try store.operation($0) }) else { return nil }
            return try intent(of: origin).deliveries.first { $0.patch.id == delivery.patch.id }
        }
    }
}
