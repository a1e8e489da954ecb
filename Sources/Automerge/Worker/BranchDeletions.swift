import GitValues
import PlainRemote
import Store

/// The branches that go with a landing: in the same push, or after it where the server refused to delete one.
///
/// One branch that is protected must not keep the others, and a server that deletes nothing must not cost a push each time.
struct BranchDeletions {
    private let all: [RemoteUpdate]
    private let key: String
    /// How many landings in a row none was deleted.
    private let refusals: Int
    private var refused: Set<ReferenceName> = []
    private var areInLanding: Bool

    /// Creates the deletions of a landing, by what is remembered of the server.
    init(of landing: Landing, remote: String, in store: borrowing Store) throws {
        all = landing.deletions
        key = "automerge.keepsBranches \(remote)"
        refusals = try store.fact(key).map { Int($0) ?? 1 } ?? 0
        areInLanding = refusals == 0
    }

    /// What the push of the landing says of these branches: they go, or they must be where they were seen.
    var inLanding: [RemoteUpdate] { areInLanding ? all : all.map(\.asPin) }

    /// Whether nothing but the deletion of branches was in the way of a push.
    func isRefusedAlone(by answer: PushAnswer) -> Bool {
        let names = Set(all.map(\.name))
        return areInLanding && !answer.refusals.isEmpty && answer.moved.isEmpty
            && answer.refusals.allSatisfy { names.contains($0.name) }
    }

    /// Leaves them to a push of their own; those that were refused are not asked for again.
    mutating func leaveOut(refusedBy answer: PushAnswer) {
        refused = Set(answer.refusals.map(\.name))
        areInLanding = false
    }

    /// Leaves them to a push of their own: the landing was not pushed as one.
    mutating func leaveAllOut() { areInLanding = false }

    /// Deletes those that did not go with the landing, as far as the server does it; answers with those that went.
    ///
    /// They are contained in the target by then. A branch that somebody moved meanwhile stays.
    func performRest(_ connection: RemoteConnection, in store: borrowing Store) async throws -> [RemoteUpdate] {
        guard !areInLanding, !all.isEmpty else { return [] }
        let left = all.filter { !refused.contains($0.name) }
        var done: [RemoteUpdate] = []
        // A server that never deletes is asked again now and then.
        if !left.isEmpty, refusals < 3 || refusals.isMultiple(of: 10) {
            let answer = try await connection.push(left, atomic: false, operation: .make())
            done = left.filter { answer.references[$0.name] == .updated }
        }
        let now = done.isEmpty ? refusals + 1 : 0
        if now != refusals { try store.setFact(key, to: now == 0 ? nil : String(now)) }
        return done
    }
}
