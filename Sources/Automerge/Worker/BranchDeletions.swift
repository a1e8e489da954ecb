import GitValues
import PlainRemote
import Store

/// The branches that go with a landing: in the same push, or after it where the server refused to delete one.
///
/// One branch that is protected must not keep the others, and a server that deletes nothing must not cost a push each time.
struct BranchDeletions {
    private let all: [RemoteUpdate]
    private let key: String
    private var kept: KeptBranches
    private var refused: Set<ReferenceName> = []
    /// Whether they go with the push of the landing.
    private(set) var areInLanding: Bool

    /// Creates the deletions of a landing, by what is remembered of the server.
    init(of landing: Landing, remote: String, in store: borrowing Store) throws {
        all = landing.deletions
        key = KeptBranches.key(remote)
        kept = try KeptBranches.read(remote, in: store)
        areInLanding = kept.refusals == 0
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
    /// They are contained in the target by then. A branch that somebody moved meanwhile stays; one that the server keeps is
    /// remembered and asked for again later.
    mutating func performRest(
        _ connection: RemoteConnection, now: Timestamp, in store: borrowing Store
    ) async throws -> [RemoteUpdate] {
        guard !areInLanding, !all.isEmpty else { return [] }
        let left = all.filter { !refused.contains($0.name) }
        let isAsked = kept.refusals < 3
        var answer: PushAnswer?
        if isAsked, !left.isEmpty { answer = try await connection.push(left, atomic: false, operation: .make()) }
        let done = left.filter { answer?.references[$0.name] == .updated }
        let before = kept
        kept.branches += all.filter { refused.contains($0.name) || KeptBranches.stays($0, by: answer) }
            .compactMap(KeptBranches.Branch.init)
        let wasRefused = !refused.isEmpty || answer?.refusals.isEmpty == false
        if isAsked, wasRefused || !done.isEmpty { kept.count(isRefusal: done.isEmpty, now: now) }
        if kept != before { try kept.write(key, in: store) }
        return done
    }
}

/// The branches of landed patches that a server would not delete, and when it is asked again.
struct KeptBranches: Codable, Equatable {
    /// One of them, with the commit it must be at to be deleted.
    struct Branch: Codable, Hashable {
        var name: ReferenceName
        var commit: ObjectID

        init?(_ deletion: RemoteUpdate) {
            guard let commit = deletion.expected else { return nil }
            name = deletion.name
            self.commit = commit
        }
    }

    /// How many times in a row the server deleted none of those it was asked for.
    var refusals = 0
    var notBefore = Timestamp(milliseconds: 0)
    var branches: [Branch] = []

    /// No more are remembered: who never lets go of one needs no list of them.
    private static let most = 500

    static func key(_ remote: String) -> String { "automerge.keepsBranches \(remote)" }

    static func read(_ remote: String, in store: borrowing Store) throws -> KeptBranches {
        // What another version wrote in another form is found out again.
        try store.fact(key(remote)).flatMap { try? JSONText.decode(KeptBranches.self, from: $0) } ?? KeptBranches()
    }

    func write(_ key: String, in store: borrowing Store) throws {
        var kept = self
        var seen: Set<Branch> = []
        kept.branches = branches.reversed().filter { seen.insert($0).inserted }.prefix(KeptBranches.most).reversed()
        let isEmpty = kept.refusals == 0 && kept.branches.isEmpty
        try store.setFact(key, to: isEmpty ? nil : try JSONText.encode(kept))
    }

    /// Whether a branch is still to be deleted after a push: the server refused it, or said nothing about it.
    static func stays(_ deletion: RemoteUpdate, by answer: PushAnswer?) -> Bool {
        switch answer?.references[deletion.name] {
        case .refused, .notTried, nil: true
        case .updated, .upToDate, .moved: false
        }
    }

    /// Counts an answer of the server, and puts off the next question: by an hour, later by up to a day.
    mutating func count(isRefusal: Bool, now: Timestamp) {
        refusals = isRefusal ? refusals + 1 : 0
        var hours = 1.0
        for _ in 1..<min(max(refusals, 1), 4) { hours *= 4 }
        notBefore = now.adding(seconds: min(hours, 24) * 3600)
    }
}

extension Worker {
    /// Asks once more for branches that the server would not delete, when it is time; they stay where somebody uses them.
    func deleteKeptBranches(_ state: RemoteState) async throws {
        var kept = try KeptBranches.read(state.remote, in: store)
        guard !kept.branches.isEmpty, kept.notBefore <= clock() else { return }
        let before = kept
        var due: [KeptBranches.Branch] = []
        for branch in kept.branches where try await isToBeDeleted(branch, state) { due.append(branch) }
        kept.branches = due
        if !kept.branches.isEmpty {
            let updates = kept.branches.map { RemoteUpdate($0.name, from: $0.commit, to: nil) }
            let answer = try await remote.connection.push(updates, atomic: false, operation: .make())
            let done = updates.filter { answer.references[$0.name] == .updated }
            try await remote.remember(done)
            for update in done {
                guard let commit = update.expected else { continue }
                let line = "git push \(typedWord(remote.connection.name)) \(typedWord("\(commit):\(update.name)"))"
                report(.note("deleted '\(update.name.branch ?? "")', which has landed; it comes back with: \(line)"))
            }
            kept.branches = updates.filter { KeptBranches.stays($0, by: answer) }.compactMap(KeptBranches.Branch.init)
            // A network that fails says nothing about the server.
            if !answer.references.isEmpty { kept.count(isRefusal: done.isEmpty, now: clock()) }
        }
        if kept != before { try kept.write(KeptBranches.key(state.remote), in: store) }
    }

    /// Whether a branch is where it was, nobody uses it, and what landed of it is in the target still: a target that was reset
    /// since has given the work up, and then the branch is the only one to hold it.
    private func isToBeDeleted(_ branch: KeptBranches.Branch, _ state: RemoteState) async throws -> Bool {
        guard state.references[branch.name] == branch.commit, let name = branch.name.branch else { return false }
        let documents = state.patches.values.map(\.document)
        let isUsed = documents.contains { $0.target == name || ($0.branch == name && !$0.isFinished) }
        guard !isUsed else { return false }
        for owner in documents where owner.branch == name && owner.state == .landed && owner.head == branch.commit {
            guard let landed = owner.landed, let tip = state.branch(owner.target),
                try await remote.objects.missingCommits([landed, tip]).isEmpty
            else { continue }
            if try await remote.objects.isAncestor(landed, of: tip) { return true }
        }
        return false
    }
}
