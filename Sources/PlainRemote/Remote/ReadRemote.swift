import Git2
import GitProcess
package import GitValues
import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A plain remote as one repository sees it: the connection, and the objects that make its references readable.
package struct PlainRemote: Sendable {
    package let connection: RemoteConnection
    package let objects: RepositoryObjects
    package let references: PrivateReferences

    /// Creates the view; nothing is contacted yet.
    package init(connection: RemoteConnection, objects: RepositoryObjects) {
        self.connection = connection
        self.objects = objects
        self.references = PrivateReferences(remote: connection.storedName)
    }

    /// Reads the remote. Objects that are not here yet are fetched; an idle remote costs one advertisement.
    ///
    /// - Parameters:
    ///   - onlyPatch: reads that patch and no other.
    ///   - branches: branches whose commits must be here too, as far as they exist; those of patches that may still land,
    ///     of their targets and of all targets with receipts are added when `withCommits` is set.
    package func read(
        onlyPatch: RecordID? = nil, branches: [String] = [], withCommits: Bool = true
    ) async throws -> RemoteState {
        let mark = WorkMark(objects.location)
        defer { _ = mark }
        for _ in 0..<4 {
            if let state = try await attempt(onlyPatch, branches, withCommits) { return state }
        }
        throw RemoteProblem.unstable(remote: connection.displayName)
    }

    /// What the remote said at the last look, from what is kept here: nothing is contacted.
    ///
    /// - Parameter tracked: whether git's own look counts for branches that were never looked at.
    package func recall(withBranchesThatGitTracks tracked: Bool = false) async throws -> RemoteState {
        let held = try await heldReferences().compactMap { local, id in references.remote(local).map { ($0, id) } }
        let seen = tracked ? try await trackedBranches() : []
        var state = RemoteState(
            remote: connection.storedName, references: Dictionary(held + seen) { first, _ in first })
        try await readDocuments(into: &state)
        return state
    }

    private func trackedBranches() async throws -> [(ReferenceName, ObjectID)] {
        let prefix = "refs/remotes/\(connection.name)/"
        return try await objects.references(under: prefix).compactMap { name, id in
            let branch = String(decoding: name.text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
            return branch == "HEAD" ? nil : ReferenceName(branch: branch).map { ($0, id) }
        }
    }

    /// One try; `nil` when references moved between the advertisement and the fetch.
    private func attempt(
        _ onlyPatch: RecordID?, _ branches: [String], _ withCommits: Bool
    ) async throws -> RemoteState? {
        if withCommits, onlyPatch == nil, let all = try await fetchAll() {
            var state = RemoteState(remote: connection.storedName, references: all)
            try await readDocuments(into: &state)
            return state
        }
        let patches = onlyPatch.map { RemoteReferences.patches + $0.text } ?? RemoteReferences.patches + "*"
        let listed = try await connection.list(
            ["refs/heads/*", patches, RemoteReferences.automerge + "*"], meanwhile: objects.prepare)
        let own = listed.filter { RemoteReferences.isOurs($0.key) }
        // Which branches matter is in the documents; where there are few, one fetch brings both.
        let isWhole = withCommits && onlyPatch == nil && listed.count - own.count <= PlainRemote.few && !isShallow
        guard try await hold(isWhole ? listed : own) else { return nil }
        var state = RemoteState(remote: connection.storedName, references: listed)
        try await readDocuments(into: &state)
        var wanted = Set(branches)
        if withCommits {
            // Also where nothing waits any more: a race that was just lost, a rollback, an audit.
            wanted.formUnion(state.receipts.keys)
            for patch in state.patches.values where !patch.document.isFinished {
                wanted.formUnion([patch.document.branch, patch.document.target])
            }
        }
        let names = Set(wanted.compactMap { ReferenceName(branch: $0) })
        guard try await hold(listed.filter { names.contains($0.key) }) else { return nil }
        if onlyPatch == nil { try await forgetAbsent(from: listed) }
        return state
    }

    /// Brings everything here up to date in one exchange and answers with the references of its advertisement; `nil` where
    /// the remote was not looked at before, or has so many branches that asking first is cheaper.
    private func fetchAll() async throws -> [ReferenceName: ObjectID]? {
        let held = try await heldReferences()
        let branches = held.keys.count { references.remote($0)?.branch != nil }
        guard branches > 0, branches <= PlainRemote.few, !isShallow else { return nil }
        guard try await connection.fetchAll(into: references, meanwhile: objects.prepare) else { return nil }
        let pairs = try await heldReferences().compactMap { local, id in references.remote(local).map { ($0, id) } }
        return Dictionary(pairs) { first, _ in first }
    }

    /// So many branches are fetched without asking which of them matter.
    private static let few = 64

    /// Whether history is cut off here: then a branch more than needed may bring very much.
    private var isShallow: Bool { objects.isShallow }

    /// Makes the values of references readable and keeps them from being pruned; `false` when one is gone by now.
    private func hold(_ values: [ReferenceName: ObjectID]) async throws -> Bool {
        let held = try await heldReferences()
        let stale = values.filter { references.local($0.key).flatMap { held[$0] } != $0.value }
        guard !stale.isEmpty else { return true }
        let missing = Set(try await objects.missing(stale.map(\.value)))
        let pairs = stale.compactMap { name, id in
            missing.contains(id) ? references.local(name).map { (remote: name, local: $0) } : nil
        }
        guard try await connection.fetch(pairs.sorted { $0.remote < $1.remote }) else { return false }
        guard try await objects.missing(Array(missing)).isEmpty else { return false }
        try await remember(
            stale.filter { !missing.contains($0.value) }.map { RemoteUpdate($0.key, from: nil, to: $0.value) })
        return true
    }

    /// Records here what was pushed there, so that the next look has nothing to fetch. Only a cache: a failure costs time.
    package func remember(_ updates: [RemoteUpdate]) async throws {
        defer { objects.shared.letGo() }
        let lines = updates.compactMap { update -> String? in
            guard let local = references.local(update.name) else { return nil }
            return update.new.map { "update \(local) \($0.hex)\n" } ?? "delete \(local)\n"
        }
        guard !lines.isEmpty, try await !rememberInLibrary(updates) else { return }
        _ = try await connection.git.run(["update-ref", "--no-deref", "--stdin"], input: Array(lines.joined().utf8))
    }

    /// The same without a child; `false` where libgit2 cannot, or something was in the way.
    private func rememberInLibrary(_ updates: [RemoteUpdate]) async throws -> Bool {
        guard objects.usesLibrary, updates.count <= 16 else { return false }
        do {
            // For reflogs, which these references have none of; libgit2 refuses a signature without a mail address.
            let nobody = Identity(name: "git-automerge", mail: "git-automerge", seconds: 0, offsetMinutes: 0)
            return try objects.withLibrary { (repository) throws(GitError) in
                var moves: [ReferenceMove] = []
                for update in updates {
                    guard let local = references.local(update.name) else { continue }
                    let now = try repository.reference(local)
                    if now == update.new { continue }
                    moves.append(
                        ReferenceMove(
                            local, from: now.map { .exactly($0) } ?? .absent,
                            to: update.new.map { .object($0) } ?? .deleted))
                }
                try repository.move(moves, message: "", by: nobody, isCache: true)
                return true
            }
        } catch {
            // git is asked next, and waits for locks longer.
            return false
        }
    }

    /// Drops what is kept here of references that the remote no longer has.
    private func forgetAbsent(from listed: [ReferenceName: ObjectID]) async throws {
        let gone = try await heldReferences().keys.compactMap { references.remote($0) }.filter { listed[$0] == nil }
        try await remember(gone.map { RemoteUpdate($0, from: nil, to: nil) })
    }

    private func heldReferences() async throws -> [ReferenceName: ObjectID] {
        try await objects.references(under: references.prefix)
    }

    private func readDocuments(into state: inout RemoteState) async throws {
        let patches = state.references.compactMap { name, id in RemoteReferences.patchID(of: name).map { ($0, id) } }
        let documents = try await objects.contents(of: PatchDocument.fileName, in: patches.map(\.1))
        for ((id, tip), content) in zip(patches, documents) {
            do {
                let document = try PlainRemote.decode(PatchDocument.self, content)
                guard document.id == id else { throw Unreadable(words: "it is about another patch, \(document.id)") }
                state.patches[id] = RemoteState.Patch(id: id, tip: tip, document: document)
            } catch {
                let title = try? PlainRemote.decode(Title.self, content).title
                state.unreadable[id] = "\(error)" + (title.map { " (it is called '\($0)')" } ?? "")
            }
        }
        let fences = state.references.compactMap { name, id in RemoteReferences.target(ofEpoch: name).map { ($0, id) } }
        let epochs = try await objects.contents(of: EpochDocument.fileName, in: fences.map(\.1))
        for ((target, tip), content) in zip(fences, epochs) {
            state.fences[target] = PlainRemote.fence(tip: tip, content: content)
        }
        let watches = state.references.compactMap { name, id in RemoteReferences.target(ofWatch: name).map { ($0, id) }
        }
        let judgements = try await objects.contents(of: WatchDocument.fileName, in: watches.map(\.1))
        for ((target, tip), content) in zip(watches, judgements) {
            // One that cannot be read is as good as none: the newest landing is judged anew.
            let document = try? PlainRemote.decode(WatchDocument.self, content)
            state.watches[target] = RemoteState.Watch(tip: tip, document: document)
        }
        for (name, id) in state.references {
            if let target = RemoteReferences.target(ofReceipts: name) { state.receipts[target] = id }
        }
    }

    /// A fence that cannot be read stops everything: silence must never let a landing through.
    private static func fence(tip: ObjectID, content: [UInt8]?) -> RemoteState.Fence {
        do {
            let document = try decode(EpochDocument.self, content)
            guard document.version <= EpochDocument.currentVersion else {
                throw Unreadable(words: "a newer version wrote it (\(document.version))")
            }
            return RemoteState.Fence(tip: tip, counter: document.counter, stopped: document.stopped)
        } catch {
            let stop = EpochDocument.Stop(
                by: "git-automerge", reason: "the fence cannot be read: \(error)", at: Timestamp(milliseconds: 0))
            return RemoteState.Fence(tip: tip, counter: 0, stopped: stop)
        }
    }

    static func decode<Document: Decodable>(_ type: Document.Type, _ content: [UInt8]?) throws -> Document {
        guard let content else { throw Unreadable(words: "its commit has no such file") }
        do {
            return try JSONText.decode(type, from: String(decoding: content, as: UTF8.self))
        } catch let DecodingError.dataCorrupted(context) {
            throw Unreadable(words: context.debugDescription)
        } catch let DecodingError.keyNotFound(key, _) {
            throw Unreadable(words: "'\(key.stringValue)' is missing")
        } catch let DecodingError.typeMismatch(_, context) {
            throw Unreadable(words: context.debugDescription)
        }
    }

    /// What even a document of another version may tell.
    private struct Title: Decodable {
        let title: String
    }

    private struct Unreadable: Error, CustomStringConvertible {
        let words: String
        var description: String { words }
    }
}
