package import Automerge
import Forge
import GitProcess
import GitValues
import PlainRemote
import Settings
package import Store

/// One look at every patch of a remote on a forge: what became of it is recorded, what may land is told to the forge.
package final class ForgePass {
    let work: ForgeWork
    let remote: String
    let tell: (EventLog.Entry) -> Void

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

    /// Looks once and acts.
    ///
    /// - Parameter acts: false: only look, for `status`.
    package func run(
        in store: borrowing Store, targets: Set<String>? = nil, acts: Bool = true
    ) async throws -> (report: PassReport, entries: [QueueEntry]) {
        if acts { try ForgeNews.tell(in: store, by: tell) }
        var result = PassReport()
        var entries: [QueueEntry] = []
        let patches = try store.patches().filter { $0.remote == remote && $0.state != .landed && $0.state != .closed }
            .filter { targets?.contains($0.target) != false }.reversed()
        var groups: [String: [(PatchRecord, StoredRecord)]] = [:]
        var unseen: [RecordID: String] = [:]
        for patch in patches {
            result.titles[patch.id] = patch.title
            let (known, problem) = try StoredRecord.look(patch.id, in: store)
            if let problem {
                unseen[patch.id] = problem
                result.waiting.append(.init(patch: patch.id, reason: problem))
                continue
            }
            guard let record = known, record.pull != nil else {
                unseen[patch.id] = "its pull request is not open yet"
                let waiting = try store.requests(ofPatch: patch.id).filter { [.waiting, .unknown].contains($0.state) }
                if waiting.contains(where: { $0.kind == .arm }) {
                    let why = waiting.lazy.compactMap(\.reason).first.map { ": \($0)" } ?? ""
                    result.waiting.append(.init(patch: patch.id, reason: "its pull request is not open yet\(why)"))
                }
                continue
            }
            groups[record.remote, default: []].append((patch, record))
        }
        for (remote, items) in groups.sorted(by: { $0.key < $1.key }) {
            do {
                let forge = try await work.forge(of: remote)
                let found = try forge.looks(at: items.compactMap { $0.1.pullReference })
                let fences = try await self.fences(of: Set(items.map { $0.0.target }), at: remote, in: store)
                for (patch, record) in items {
                    guard let number = record.pull?.number, let look = found[number] else {
                        unseen[patch.id] = "the forge does not show its pull request"
                        result.waiting.append(.init(patch: patch.id, reason: unseen[patch.id] ?? ""))
                        continue
                    }
                    guard case .success(let pull) = look else {
                        guard case .failure(let failure) = look else { continue }
                        unseen[patch.id] = failure.words
                        result.waiting.append(.init(patch: patch.id, reason: failure.words))
                        result.add(failure)
                        continue
                    }
                    let item = ForgeItem(self, forge, patch, record, pull, fences)
                    do {
                        if let entry = try await item.advance(in: store, acts: acts, &result) { entries.append(entry) }
                    } catch let failure as ForgeFailure {
                        unseen[patch.id] = failure.words
                        if acts { try item.note(failure, in: store, &result) }
                    }
                }
            } catch let failure as ForgeFailure {
                if case .unreachable(let words) = failure { result.unreachable = words }
                for (patch, record) in items {
                    unseen[patch.id] = failure.words
                    guard record.isArmed else { continue }
                    result.waiting.append(.init(patch: patch.id, reason: failure.words))
                }
                result.add(failure)
            } catch let problem as RemoteProblem {
                guard case .unreachable(_, let words) = problem else { throw problem }
                result.unreachable = words
                let seen = Set(entries.map(\.document.id))
                for (patch, _) in items where !seen.contains(patch.id) {
                    unseen[patch.id] = "the remote cannot be reached: \(words)"
                }
            }
        }
        if acts { try await FetchedReferences.prune(git: work.git, in: store) }
        if !acts { entries += try await recalled(Array(patches), because: unseen, in: store) }
        return (result, entries)
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
    }

    /// The fences on the remotes, as every clone sees them, and the wishes of this clone.
    ///
    /// A patch of a fork has two remotes, that of its branch and that of its pull request. A stop on either holds.
    ///
    /// - Parameter recalls: only what the remotes said last: nothing is contacted.
    func fences(
        of targets: Set<String>, at upstream: String, recalls: Bool = false, in store: borrowing Store
    ) async throws -> Fences {
        var fences = Fences()
        for name in Set([upstream, remote]).sorted() {
            let plain = work.plain(name)
            let state = try await recalls ? plain.recall() : plain.read(withCommits: false)
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
        let told = Failure(.needsHuman, failure.words)
        if !failures.contains(told) { failures.append(told) }
    }
}
