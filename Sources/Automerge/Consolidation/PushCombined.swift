import GitValues
import PlainRemote
import Store

extension Worker {
    /// Pushes branch and record of a combined patch as one.
    func push(_ combined: ConsolidationOutcome) async throws -> ConsolidationOutcome {
        var outcome = combined
        outcome.patch = nil
        guard let document = combined.patch else { return outcome }
        let id = document.id
        guard let branchName = ReferenceName(branch: document.branch), let recordName = RemoteReferences.patch(id)
        else { return outcome.ending(.impossible("'\(document.branch)' is no branch name")) }
        let record = try await remote.objects.write(
            DocumentCommit(
                file: PatchDocument.fileName, document: document, parent: nil,
                message: PlainRemote.message(of: document)), by: try await remote.objects.committer())
        FaultPoint.reached("consolidate.push")
        let updates = [
            RemoteUpdate(branchName, from: nil, to: document.head), RemoteUpdate(recordName, from: nil, to: record),
        ]
        let answer = try await remote.connection.push(updates, operation: id)
        guard answer.isComplete(for: updates) else {
            if case .connection(let words)? = answer.failure {
                throw RemoteProblem.unreachable(remote: remote.connection.displayName, words: words)
            }
            let words = answer.refusals.isEmpty ? "it did not take both references as one" : answer.refusalText
            return outcome.ending(.refused(words))
        }
        FaultPoint.reached("consolidate.pushed")
        try await remote.remember(updates)
        try store.save(
            PatchRecord(
                id: id, title: document.title, branch: document.branch, base: document.base, target: document.target,
                remote: remote.connection.storedName, commit: document.head,
                tree: try await remote.objects.tree(of: document.head), engine: .library,
                state: document.state == .armed ? .armed : .open, created: document.changedAt,
                updated: document.changedAt))
        try note("consolidate", "\(document.title) as \(id.short)")
        outcome.patch = document
        report(.note("combined \(outcome.members.count) patches as \(id.short) on '\(document.branch)'"))
        return outcome.ending(.created)
    }
}
