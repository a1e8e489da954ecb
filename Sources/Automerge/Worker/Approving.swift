package import GitValues
package import PlainRemote
import Store

/// What came of an approval.
package enum ApprovalOutcome: Sendable {
    case approved(PatchDocument)
    /// The same person has approved this head before.
    case known(PatchDocument)
    /// The approval of somebody who made a part of it does not count and is not written.
    case own(PatchDocument)
    /// The patch is landed or closed.
    case finished(PatchDocument)
    /// A new head came while it was approved: look at it first.
    case headMoved(PatchDocument)
}

extension Worker {
    /// Appends an approval of a patch's head to its record, in the name of the committer of this repository.
    package func approve(_ id: RecordID, head: ObjectID? = nil) async throws -> ApprovalOutcome {
        let identity = try await remote.objects.committer()
        var wanted = head
        for _ in 0..<6 {
            let reader = QueueReader(remote: remote, now: clock())
            let state = try await reader.upToDate(try await remote.read())
            guard let patch = state.patches[id], let name = RemoteReferences.patch(id) else {
                throw RemoteProblem.noSuchPatch(id.text)
            }
            var document = patch.document
            if document.isFinished { return .finished(document) }
            if let wanted, wanted != document.head { return .headMoved(document) }
            wanted = document.head
            let person = Person(identity)
            if try await reader.makers(of: document, state).contains(where: person.isSamePerson) {
                return .own(document)
            }
            let isKnown = document.approvalsGiven.contains {
                $0.head == document.head && $0.by.isSamePerson(as: person)
            }
            if isKnown { return .known(document) }
            document.approvalsGiven.append(.init(by: person, head: document.head, at: clock()))
            document.changedAt = clock()
            let commit = try await remote.objects.write(
                DocumentCommit(
                    file: PatchDocument.fileName, document: document, parent: patch.tip,
                    message: "approved: \(document.title)\n\nApproved-by: \(person)\n"), by: identity)
            let update = RemoteUpdate(name, from: patch.tip, to: commit)
            let answer = try await remote.connection.push([update], atomic: false, operation: .make())
            if answer.isComplete(for: [update]) {
                try await remote.remember([update])
                try note("approve", "\(document.title) at \(document.head.short)")
                return .approved(document)
            }
            if !answer.refusals.isEmpty {
                throw RemoteProblem.refused(what: "the approval", words: answer.refusalText)
            }
            if case .connection(let words)? = answer.failure {
                throw RemoteProblem.unreachable(remote: remote.connection.displayName, words: words)
            }
        }
        throw RemoteProblem.unstable(remote: remote.connection.displayName)
    }
}
