import GitValues
import PlainRemote
import Store

extension TargetRun {
    /// Writes the end of a member to its record; a record that moved meanwhile is left alone and looked at again.
    func settle(_ member: QueueMember, _ end: Settlement, _ result: inout PassReport) async throws {
        guard let patch = state.patches[member.id], QueueMember(patch.document) == member,
            patch.document.state == .armed,
            let name = RemoteReferences.patch(member.id)
        else { return }
        var document = patch.document
        var failed: [String] = []
        document.changedAt = worker.clock()
        switch end {
        case .contained:
            document.state = .landed
            document.landed = state.branch(target)
        case .conflict(let paths):
            document.state = .ejected
            document.conflictsAt = document.head
            document.reason =
                paths.isEmpty
                ? "it does not merge into '\(target)'"
                : "it conflicts with '\(target)' in \(paths.joined(separator: ", "))"
        case .impossible(let reason):
            document.state = .ejected
            document.reason = reason
        case .checks(let names, let company):
            failed = names
            document.state = .ejected
            document.reason = reason(names, company)
            document.failedChecks = names
        }
        let objects = worker.remote.objects
        let commit = try await objects.write(
            DocumentCommit(
                file: PatchDocument.fileName, document: document, parent: patch.tip,
                message: PlainRemote.message(of: document)), by: committer)
        FaultPoint.reached("settle.push")
        let update = RemoteUpdate(name, from: patch.tip, to: commit)
        let answer = try await worker.remote.connection.push([update], atomic: false, operation: .make())
        FaultPoint.reached("settle.pushed")
        guard answer.isComplete(for: [update]) else {
            if !answer.refusals.isEmpty { worker.report(.refused(target: target, words: answer.refusalText)) }
            return
        }
        try await worker.remote.remember([update])
        try Delivery.follow([document], in: worker.store)
        try PatchMemories.clear(member.id, remote: state.remote, in: worker.store)
        guard document.state == .ejected else { return }
        result.ejected.append(.init(patch: member.id, reason: document.reason ?? "", checks: failed))
        worker.report(.ejected(document))
    }

    private func reason(_ failed: [String], _ company: Company) -> String {
        func titles(_ members: [QueueMember]) -> String {
            members.compactMap { state.patches[$0.id]?.document.title }.map { "'\($0)'" }.joined(separator: ", ")
        }
        let names = quoted(failed)
        switch company {
        case .none, .after([]): return "\(names) failed twice on the merged result"
        case .after(let others):
            return "\(names) failed twice on the merged result, on top of \(titles(others)), which landed just before"
        case .pair(let other):
            return "\(names) failed together with \(titles([other])), which landed just before; each alone passes"
        }
    }
}
