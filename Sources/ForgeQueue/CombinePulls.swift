package import Automerge
import Forge
import GitValues
import PlainRemote
import Settings
package import Store

/// Combines patches that are pull requests: looked at first, merged and tested here, opened as one pull request more.
package struct CombinePulls {
    let pass: ForgePass
    let worker: Worker
    let request: ConsolidationRequest
    /// Why patches stay out that are not what they seem.
    var obstacles: [RecordID: String] = [:]
    /// The pull requests as the forge shows them.
    var pulls: [RecordID: PullRequest] = [:]

    /// The patches as they were when this began.
    var known: [RecordID: PatchRecord] = [:]

    var work: ForgeWork { pass.work }

    /// Creates the work of one command.
    ///
    /// - Parameter pass: names the remote that patches are pushed to.
    package init(_ request: ConsolidationRequest, _ pass: ForgePass, worker: Worker) {
        self.request = request
        self.pass = pass
        self.worker = worker
    }

    /// The target of most patches that are open on a remote; `nil` when there is none.
    package static func usualTarget(of remote: String, in store: borrowing Store) throws -> String? {
        let open = try store.patches().filter { try isOpen($0) && isOf(remote, $0, store) }
        let counts = Dictionary(grouping: open, by: \.target).mapValues(\.count)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// Whether the branch of a patch, or its pull request, is on a remote.
    private static func isOf(_ remote: String, _ patch: PatchRecord, _ store: borrowing Store) throws -> Bool {
        try patch.remote == remote || ForgeRecord.look(patch.id, in: store).record?.remote == remote
    }

    static func isOpen(_ patch: PatchRecord) -> Bool { ![.landed, .closed, .local].contains(patch.state) }

    /// Combines, and opens what comes of it; every step that was taken before a kill is found by the next try.
    ///
    /// - Throws: `ForgeProblem`, `RemoteProblem`.
    package mutating func run(in store: borrowing Store) async throws -> ConsolidationOutcome {
        do {
            if !request.isDryRun { try await deliver(in: store) }
            for patch in try store.patches() { self.known[patch.id] = patch }
            let known = try knownPatches(in: store)
            let upstream = try upstream(of: known, in: store)
            var state = try await work.plain(upstream).read(branches: [request.target])
            state.patches = [:]
            for patch in known {
                let document = try await look(at: patch, on: upstream, in: store)
                state.patches[patch.id] = .init(id: patch.id, tip: document.head, document: document)
            }
            try await lookAtForge(known, on: upstream, &state, in: store)
            let fences = try await pass.fences(of: [request.target], at: upstream, in: store)
            if let stop = fences.stops[request.target] {
                state.fences[request.target] = .init(tip: nil, counter: 0, stopped: stop)
            }
            let outcome = try await worker.combine(request, of: state, besides: obstacles, isOnForge: true)
            guard outcome.patch != nil else { return outcome }
            if let unread = fences.unread { return outcome.without(.impossible(unread)) }
            if let end = try await meanwhile(outcome, on: upstream, in: store) { return outcome.without(end) }
            return try await open(outcome, on: upstream, in: store)
        } catch let failure as ForgeFailure {
            throw ForgeProblem(failure: failure)
        }
    }

    /// What waits for patches goes first: a head that is on its way is none that can be combined.
    func deliver(only patch: RecordID? = nil, in store: borrowing Store) async throws {
        _ = try await Delivery.drain(
            store: store, git: work.git, location: work.location, only: patch, ignoringBackoff: patch != nil,
            settings: work.settings, forge: work)
    }

    /// The patches for the target that this clone knows and that are, or are to be, pull requests of its repository.
    private func knownPatches(in store: borrowing Store) throws -> [PatchRecord] {
        try store.patches().filter { patch in
            guard CombinePulls.isOpen(patch), patch.target == request.target else { return false }
            return try CombinePulls.isOf(pass.remote, patch, store)
        }
    }

    /// The remote that most of their pull requests are on: where the branches are, or where those of a fork go.
    private func upstream(of patches: [PatchRecord], in store: borrowing Store) throws -> String {
        let remotes = try patches.filter { $0.remote == pass.remote }
            .compactMap { try ForgeRecord.look($0.id, in: store).record?.remote }
        let counts = Dictionary(grouping: remotes, by: \.self).mapValues(\.count)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? pass.remote
    }

    /// What is known here of a patch, and what keeps it out already.
    private mutating func look(
        at patch: PatchRecord, on upstream: String, in store: borrowing Store
    ) async throws -> PatchDocument {
        let (known, problem) = try ForgeRecord.look(patch.id, in: store)
        let record = known ?? ForgeRecord(remote: upstream, head: patch.commit, at: patch.created)
        var document = work.document(of: patch, record)
        if let below = try patch.stackedOn.flatMap({ try store.patch($0) }), try work.isIn(below, store) {
            document.stackOn = nil
        }
        if let problem {
            obstacles[patch.id] = problem
        } else if let own = patch.remote, own != pass.remote {
            obstacles[patch.id] = "its branch is on '\(own)': type 'git automerge consolidate --remote \(own)'"
        } else if record.remote != upstream {
            obstacles[patch.id] = "its pull request is on '\(record.remote)', those of most others on '\(upstream)'"
        } else if record.pull == nil {
            obstacles[patch.id] = "its pull request is not open yet"
        }
        return document
    }

    /// Looks at the pull requests, as many as one request shows, and takes their heads.
    private mutating func lookAtForge(
        _ known: [PatchRecord], on upstream: String, _ state: inout RemoteState, in store: borrowing Store
    ) async throws {
        var rest = known.filter { obstacles[$0.id] == nil }[...]
        guard !rest.isEmpty else { return }
        let forge = try await work.forge(of: upstream)
        while !rest.isEmpty {
            let batch = try rest.prefix(forge.looksAtOnce).map { patch in
                (patch, try ForgeRecord.read(patch.id, in: store)?.pullReference)
            }
            rest = rest.dropFirst(batch.count)
            let looks = try forge.looks(at: batch.compactMap(\.1))
            for (patch, reference) in batch {
                switch reference.flatMap({ looks[$0.number] }) {
                case nil: obstacles[patch.id] = "the forge does not show its pull request"
                case .failure(let failure)?: obstacles[patch.id] = failure.words
                case .success(let pull)?:
                    guard var document = state.patches[patch.id]?.document else { continue }
                    pulls[patch.id] = pull
                    obstacles[patch.id] = try obstacle(pull, patch, in: store)
                    document.draft = pull.isDraft
                    // Whoever closes a combination has given it up, also before a pass has seen that.
                    if pull.state == .closed, document.combines != nil { document.state = .closed }
                    document.head = pull.head
                    document.author = try await author(of: patch, at: pull.head)
                    state.patches[patch.id]?.document = document
                }
            }
        }
    }

    /// Why a pull request cannot be combined as it is shown; `nil` when it can.
    private func obstacle(_ pull: PullRequest, _ patch: PatchRecord, in store: borrowing Store) throws -> String? {
        let record = try ForgeRecord.look(patch.id, in: store).record
        if pull.state != .open { return "its pull request is \(pull.state.rawValue)" }
        if pull.isMerging { return "the forge is merging it" }
        if pull.isArmed || pull.isQueued || record?.isAtForge == true && !pull.armingIsVisible {
            return "the forge merges it by itself: type 'git automerge disable \(patch.id.short)' first"
        }
        if let veto = pull.veto { return veto }
        if pull.head != patch.commit, try Delivery.pushes(ofPatch: patch.id, in: store).contains(pull.head) {
            return "the forge does not have its newest commit \(patch.commit.short) yet"
        }
        guard pull.base == patch.target || patch.stackedOn != nil else {
            return "its pull request is for '\(pull.base)'"
        }
        return nil
    }

    /// What happened at the remotes while the combination was tested; `nil` when it may be opened.
    private func meanwhile(
        _ combined: ConsolidationOutcome, on upstream: String, in store: borrowing Store
    ) async throws -> ConsolidationOutcome.End? {
        let fences = try await pass.fences(of: [request.target], at: upstream, in: store)
        if let stop = fences.stops[request.target] { return .stopped(stop) }
        if let unread = fences.unread { return .impossible(unread) }
        let forge = try await work.forge(of: upstream)
        var rest = combined.members[...]
        while !rest.isEmpty {
            let batch = rest.prefix(forge.looksAtOnce)
            rest = rest.dropFirst(batch.count)
            let looks = try forge.looks(at: batch.compactMap { pulls[$0.document.id]?.reference })
            for member in batch.map(\.document) {
                guard let reference = pulls[member.id]?.reference, let patch = known[member.id] else { continue }
                var words: String? = "the forge does not show its pull request"
                switch looks[reference.number] {
                case nil: break
                case .failure(let failure)?: words = failure.words
                case .success(let pull)?:
                    words = pull.isDraft ? "it is a draft" : try obstacle(pull, patch, in: store)
                    if pull.head != member.head { words = "its head is \(pull.head.short) now" }
                }
                if let words { return .impossible("'\(patch.title)' changed meanwhile: \(words)") }
            }
        }
        return nil
    }

    /// Who made the head, which is fetched when it is not here; `nil` when it is not to be had.
    private func author(of patch: PatchRecord, at head: ObjectID) async throws -> Person? {
        let plain = work.plain(pass.remote)
        if try await !plain.objects.missing([head]).isEmpty {
            guard let branch = ReferenceName(branch: patch.branch),
                let local = FetchedReferences.head(of: patch.id, on: pass.remote)
            else { return nil }
            _ = try await plain.connection.fetch([(branch, local)])
        }
        guard try await plain.objects.missing([head]).isEmpty else { return nil }
        return Person(try await plain.objects.commit(head).author)
    }
}

extension ConsolidationOutcome {
    /// The same, with nothing opened.
    func without(_ end: End) -> ConsolidationOutcome {
        var outcome = ending(end)
        outcome.patch = nil
        return outcome
    }
}
