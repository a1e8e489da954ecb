import GitValues
import PlainRemote
import Store

extension TargetRun {
    /// Moves the target to the candidate and its members to the state landed, in one push.
    func land(_ candidate: QueueCandidate, _ result: inout PassReport) async throws -> LandOutcome {
        guard let landing = try await prepare(candidate) else { return .moved }
        let titles = landing.documents.filter { $0.state == .landed }.map { "'\($0.title)'" }.joined(separator: ", ")
        let (outcome, moved) = try await worker.push(
            landing, as: "run", "landed \(titles) on '\(target)' as \(landing.receipt.landed.short)")
        switch outcome {
        case .landed: try record(landing, moved, &result)
        case .refused(let words):
            try PatchMemories.refusals.write(
                candidate.members, words: words, now: worker.clock(), remote: state.remote, in: worker.store)
            worker.report(.refused(target: target, words: words))
        case .moved: worker.report(.moved(target: target))
        case .unreachable, .stopped: break
        }
        return outcome
    }

    /// Writes the commits of a landing; `nil` when a member's record is not what the candidate was built for.
    private func prepare(_ candidate: QueueCandidate) async throws -> Landing? {
        let now = worker.clock()
        let objects = worker.remote.objects
        let built = built[candidate.commit] ?? []
        var heads: [String: ObjectID] = [:]
        var records: [LandingRecord] = []
        var (deletions, pins): ([RemoteUpdate], [RemoteUpdate]) = ([], [])
        // Two combinations may have the same member; its record moves once.
        var ended = Set(built.map(\.member.id))
        for part in built {
            guard let patch = state.patches[part.member.id], QueueMember(patch.document) == part.member else {
                return nil
            }
            heads[part.member.id.text] = try await objects.tree(of: part.member.head)
            var document = patch.document
            document.state = .landed
            document.landed = part.commit
            document.reason = nil
            document.changedAt = now
            let note = "\n" + note(on: part, candidate) + "\n"
            guard let record = try LandingRecord(document, after: patch, note: note, keeps: headToKeep(of: document))
            else { return nil }
            records.append(record)
            let parts = try await closedParts(of: document, on: candidate.base, besides: ended, at: now)
            records += parts
            ended.formUnion(parts.map(\.document.id))
            for other in parts.map(\.document) where other.branch != target && mayDelete(other) {
                if let branch = ReferenceName(branch: other.branch) {
                    deletions.append(RemoteUpdate(branch, from: other.head, to: nil))
                }
            }
            guard let branch = ReferenceName(branch: document.branch), document.branch != target else { continue }
            let deletion = RemoteUpdate(branch, from: document.head, to: nil)
            if mayDelete(document) { deletions.append(deletion) } else { pins.append(deletion.asPin) }
        }
        var landing = try await Landing(
            receipt(of: candidate, at: now), state: state, heads: heads, records: records, remote: worker.remote,
            by: committer)
        landing?.deletions = deletions
        landing?.pins += pins
        return landing
    }

    /// The head that patches stacked on this one start behind: its branch goes, and one that was amended since is in none
    /// of theirs.
    private func headToKeep(of document: PatchDocument) -> [ObjectID] {
        let isBelow = state.patches.values.contains { $0.document.stackOn == document.id && !$0.document.isFinished }
        return isBelow ? [document.head] : []
    }

    /// What the record of a patch says of its landing, for people who read the chain.
    private func note(on part: CandidateBuilder.Built, _ candidate: QueueCandidate) -> String {
        let checks = (verdicts[candidate.tree] ?? []).map { "\($0.check) \($0.state)" }.joined(separator: ", ")
        let how =
            part.shape.reason.isEmpty
            ? part.shape.method.rawValue : "\(part.shape.method.rawValue): \(part.shape.reason)"
        return "Landed on '\(target)' as \(part.commit.hex) (\(how)).\n"
            + (checks.isEmpty ? "No check was required." : "Checks: \(checks).")
    }

    /// The records of the patches that a landing patch combines, closed, as far as they are what was combined.
    private func closedParts(
        of whole: PatchDocument, on base: ObjectID, besides ended: Set<RecordID>, at now: Timestamp
    ) async throws -> [LandingRecord] {
        var records: [LandingRecord] = []
        for part in whole.combines ?? [] where !ended.contains(part.patch) {
            guard let patch = state.patches[part.patch], !patch.document.isFinished, patch.document.head == part.head,
                try await whole.holds(part, target: base, worker.remote.objects)
            else { continue }
            var document = patch.document
            document.end(with: whole, at: now)
            if let record = try LandingRecord(document, after: patch, keeps: headToKeep(of: document)) {
                records.append(record)
            }
        }
        return records
    }

    private func receipt(of candidate: QueueCandidate, at now: Timestamp) -> Receipt {
        let built = built[candidate.commit] ?? []
        let methods = Set(built.map(\.shape.method))
        return Receipt(
            target: target, base: candidate.base, candidate: candidate.commit, landed: candidate.commit,
            tree: candidate.tree,
            members: built.map {
                Receipt.Member(
                    patch: $0.member.id, head: $0.member.head, method: $0.shape.method, landed: $0.commit, from: $0.from
                )
            },
            method: methods.count == 1 ? methods.first?.rawValue ?? "" : "mixed",
            verdicts: verdicts[candidate.tree] ?? [], policy: policy?.file, at: now)
    }

    /// Whether the branch of a landed patch may go: it is no target of anybody, and no other patch lives on it.
    private func mayDelete(_ document: PatchDocument) -> Bool {
        guard state.branch(document.branch) == document.head else { return false }
        return !state.patches.values.map(\.document).contains { other in
            guard other.id != document.id else { return false }
            if other.target == document.branch && other.stackOn != document.id { return true }
            return other.branch == document.branch && !other.isFinished
        }
    }

    private func record(_ landing: Landing, _ moved: [RemoteUpdate], _ result: inout PassReport) throws {
        state.apply(moved)
        isFreshlyRead = !moved.isEmpty
        for document in landing.documents {
            state.patches[document.id]?.document = document
            try PatchMemories.clear(document.id, remote: state.remote, in: worker.store)
        }
        result.landed.append(landing.receipt)
        worker.report(.landed(landing.receipt, titles: landing.documents.filter { $0.state == .landed }.map(\.title)))
    }
}
