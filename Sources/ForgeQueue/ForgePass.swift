package import Automerge
import Forge
import GitProcess
import GitValues
import PlainRemote
import Settings
package import Store

/// One look at every patch of a remote on a forge: what became of it is recorded, what may land is told to the forge.
package final class ForgePass {
    /// What looks again once a person has done what a pass asks for.
    static let command = "git automerge run"

    let work: ForgeWork
    let remote: String
    let tell: (EventLog.Entry) -> Void
    /// The combined patches that land by themselves, by their members, with the heads that are in them.
    private var wholes: [RecordID: (head: ObjectID, patch: PatchRecord)] = [:]

    /// The pull requests that this pass has seen.
    private(set) var pulls: [RecordID: PullRequest] = [:]

    /// Creates a pass.
    ///
    /// - Parameters:
    ///   - remote: the remote the branches are pushed to.
    ///   - tell: gets the line of the log for what happens.
    package init(_ work: ForgeWork, remote: String, tell: @escaping (EventLog.Entry) -> Void = { _ in }) {
        self.work = work
        self.remote = remote
        self.tell = tell
    }

    /// What one look at a remote has found so far.
    private struct Found {
        var report = PassReport()
        var entries: [QueueEntry] = []
        /// Patches nothing new is known of, and why.
        var unseen: [RecordID: String] = [:]

        /// Nothing is known of a patch; whoever waits for it is told.
        mutating func miss(_ patch: RecordID, _ words: String, isAwaited: Bool = true) {
            unseen[patch] = words
            if isAwaited { report.waiting.append(.init(patch: patch, reason: words)) }
        }
    }

    private typealias Item = (patch: PatchRecord, record: StoredRecord)

    /// Looks once and acts.
    ///
    /// - Parameter acts: false: only look, for `status`.
    package func run(
        in store: borrowing Store, targets: Set<String>? = nil, acts: Bool = true
    ) async throws -> (report: PassReport, entries: [QueueEntry]) {
        if acts { try ForgeNews.tell(in: store, by: tell) }
        var found = Found()
        let patches = try store.patches().filter {
            try $0.state != .landed && $0.state != .closed && isOfHere($0, store)
        }
        .filter { targets?.contains($0.target) != false }.reversed()
        let groups = try groups(of: Array(patches), &found, in: store)
        wholes = [:]
        pulls = [:]
        for (patch, record) in groups.values.joined() where record.isArmed {
            for part in record.combines ?? [] { wholes[part.patch] = (part.head, patch) }
        }
        for (remote, items) in groups.sorted(by: { $0.key < $1.key }) {
            try await look(at: items, on: remote, acts: acts, &found, in: store)
        }
        if acts { try await FetchedReferences.prune(git: work.git, in: store) }
        if !acts { found.entries += try await recalled(Array(patches), because: found.unseen, in: store) }
        return (found.report, found.entries)
    }

    /// The combined patch that a patch lands with, at this very head; `nil` when it lands by itself.
    func whole(of patch: RecordID, at head: ObjectID) -> PatchRecord? {
        wholes[patch].flatMap { $0.head == head ? $0.patch : nil }
    }

    /// Whether a patch was pushed to this remote, or from a fork that is no remote any more has its pull request here.
    private func isOfHere(_ patch: PatchRecord, _ store: borrowing Store) throws -> Bool {
        guard let own = patch.remote, own != remote else { return patch.remote == remote }
        guard !work.settings.hasRemote(own) else { return false }
        return try ForgeRecord.look(patch.id, in: store).record?.remote == remote
    }

    /// The patches that have a pull request, by the remote it is on.
    private func groups(
        of patches: [PatchRecord], _ found: inout Found, in store: borrowing Store
    ) throws -> [String: [Item]] {
        var groups: [String: [Item]] = [:]
        for patch in patches {
            found.report.titles[patch.id] = patch.title
            let (known, problem) = try StoredRecord.look(patch.id, in: store)
            if let problem {
                found.miss(patch.id, problem)
            } else if let record = known, record.pull != nil {
                groups[record.remote, default: []].append((patch, record))
            } else {
                found.unseen[patch.id] = "its pull request is not open yet"
                let waiting = try store.requests(ofPatch: patch.id).filter { [.waiting, .unknown].contains($0.state) }
                if waiting.contains(where: { $0.kind == .arm }) {
                    let why = waiting.lazy.compactMap(\.reason).first.map { ": \($0)" } ?? ""
                    found.report.waiting.append(
                        .init(patch: patch.id, reason: "its pull request is not open yet\(why)"))
                }
            }
        }
        return groups
    }

    /// Looks at the pull requests of one remote, as many as one request shows, and does what follows from them before it
    /// looks at more. Where the forge then wants to be left alone, the next pass begins with those not reached.
    private func look(
        at items: [Item], on remote: String, acts: Bool, _ found: inout Found, in store: borrowing Store
    ) async throws {
        let key = "forge.next.\(self.remote) \(remote)"
        let begin = try store.fact(key)
        let first = items.firstIndex { $0.patch.id.text == begin } ?? 0
        var rest = items[first...] + items[..<first]
        var limited: RecordID?
        do {
            let forge = try await work.forge(of: remote)
            let fences = try await fences(of: Set(items.map(\.patch.target)), at: remote, in: store)
            while !rest.isEmpty {
                let batch = rest.prefix(forge.looksAtOnce)
                let looks = try forge.looks(at: batch.compactMap(\.record.pullReference))
                for (patch, record) in batch {
                    switch record.pull.flatMap({ looks[$0.number] }) {
                    case nil: found.miss(patch.id, "the forge does not show its pull request")
                    case .failure(let failure)?:
                        found.miss(patch.id, failure.words(thenType: ForgePass.command))
                        found.report.add(failure)
                    case .success(let pull)?:
                        pulls[patch.id] = pull
                        let item = ForgeItem(self, forge, patch, record, pull, fences)
                        limited = patch.id
                        try await advance(item, acts: acts, &found, in: store)
                        limited = nil
                    }
                    rest.removeFirst()
                }
            }
            if acts, begin != nil { try store.setFact(key, to: nil) }
        } catch let failure as ForgeFailure {
            if case .unreachable(let words) = failure { found.report.unreachable = words }
            for (patch, record) in rest where patch.id != limited {
                found.miss(patch.id, failure.words(thenType: ForgePass.command), isAwaited: record.isArmed)
            }
            found.report.add(failure)
            if acts, case .rateLimited = failure {
                // Who meets the limit with all of a pass before it would meet it again: the others go first.
                let next = limited != nil && rest.count == items.count ? rest.dropFirst().first : rest.first
                try store.setFact(key, to: next?.patch.id.text)
            }
        } catch RemoteProblem.unreachable(_, let words) {
            found.report.unreachable = words
            for (patch, _) in rest { found.unseen[patch.id] = "the remote cannot be reached: \(words)" }
        }
    }

    /// Takes the next step of one patch.
    ///
    /// - Throws: a limit of the forge, which every other patch would meet, too.
    private func advance(
        _ item: ForgeItem, acts: Bool, _ found: inout Found, in store: borrowing Store
    ) async throws {
        do {
            if let entry = try await item.advance(in: store, acts: acts, &found.report) { found.entries.append(entry) }
        } catch let failure as ForgeFailure {
            found.unseen[item.patch.id] = failure.words(thenType: ForgePass.command)
            if acts { try item.note(failure, in: store, &found.report) }
            if case .rateLimited = failure { throw failure }
        }
    }

    /// What is known here of patches whose pull requests could not be looked at.
    private func recalled(
        _ patches: [PatchRecord], because reasons: [RecordID: String], in store: borrowing Store
    ) async throws -> [QueueEntry] {
        var entries: [QueueEntry] = []
        for patch in patches {
            guard let reason = reasons[patch.id] else { continue }
            let record =
                try ForgeRecord.look(patch.id, in: store).record
                ?? ForgeRecord(remote: remote, head: patch.commit, at: patch.created)
            let fences = try await fences(of: [patch.target], at: record.remote, recalls: true, in: store)
            entries.append(
                QueueEntry.recalled(
                    work.document(of: patch, record), record, stop: fences.stops[patch.target], because: reason))
        }
        return entries
    }

    /// The fences of targets as one look at them showed them.
    struct Fences {
        var stops: [String: EpochDocument.Stop] = [:]
        /// The commits of the fences in words: others when anybody has stopped something in between.
        var marks: [String: String] = [:]
        /// Why it is not known whether the fork that the patches are on is stopped.
        var unread: String?
    }

    /// The fences on the remotes, as every clone sees them, and the wishes of this clone.
    ///
    /// A patch of a fork has two remotes, that of its branch and that of its pull request. A stop on either holds; where
    /// the fork cannot be asked, those that it told of last.
    ///
    /// - Parameter recalls: only what the remotes said last: nothing is contacted.
    func fences(
        of targets: Set<String>, at upstream: String, recalls: Bool = false, in store: borrowing Store
    ) async throws -> Fences {
        var fences = Fences()
        for name in Set([upstream, remote]).sorted() {
            let plain = work.plain(name)
            let state: RemoteState
            do {
                state = try await recalls ? plain.recall() : plain.read(withCommits: false)
            } catch RemoteProblem.unreachable(_, let words) where name != upstream {
                state = try await plain.recall()
                fences.unread =
                    "whether '\(name)' is stopped cannot be read: \(words); "
                    + "if that fork is gone for good, type 'git remote remove \(name)'"
            }
            for target in targets {
                let tips = [target, RemoteReferences.everyTarget].map { state.ownFence(of: $0).tip?.short ?? "-" }
                fences.marks[target, default: ""] += tips.joined(separator: " ") + " "
                guard fences.stops[target] == nil else { continue }
                let local = try LocalStop.current(
                    remote: plain.connection.storedName, target: target, in: store)
                fences.stops[target] = state.fence(of: target).stopped ?? local
            }
        }
        return fences
    }
}

extension PassReport {
    /// Tells once what a person must do.
    mutating func add(_ failure: ForgeFailure) {
        guard case .needsHuman = failure else { return }
        let told = Failure(.needsHuman, failure.words(thenType: ForgePass.command))
        if !failures.contains(told) { failures.append(told) }
    }
}
