package import GitProcess
package import GitValues
package import PlainRemote
package import Settings
package import Store

/// Lands patches on a plain remote from one clone. Any number of workers in any number of clones may run at once: what
/// decides between them is the remote alone.
package final class Worker {
    let remote: PlainRemote
    let git: GitProgram
    let location: RepositoryLocation
    /// Git's configuration, without a committed file.
    let settings: Settings
    package let store: Store
    let test: CandidateTester
    /// Judges a second candidate while one is judged; `nil` when there is one lane only.
    let alongside: ConcurrentTester?
    let clock: () -> Timestamp
    let report: (WorkerEvent) -> Void
    /// The targets to work on; `nil` for all.
    let onlyTargets: Set<String>?
    /// Tells the next command that this process was killed, if it is.
    private let mark: WorkMark

    /// Creates a worker.
    ///
    /// - Parameters:
    ///   - settings: git's configuration, without a committed file.
    ///   - store: the store of the repository.
    ///   - alongside: judges candidates two at a time; `nil` for one after the other.
    ///   - test: judges candidates.
    ///   - clock: what time it is; tests pass their own.
    ///   - report: told of each thing as it happens.
    package init(
        remote: PlainRemote, git: GitProgram, location: RepositoryLocation, settings: Settings,
        store: consuming Store, onlyTargets: Set<String>? = nil,
        clock: @escaping () -> Timestamp = { .now() }, report: @escaping (WorkerEvent) -> Void = { _ in },
        alongside: ConcurrentTester? = nil, test: @escaping CandidateTester
    ) {
        self.remote = remote
        self.git = git
        self.location = location
        self.settings = settings
        self.onlyTargets = onlyTargets
        self.clock = clock
        self.report = report
        self.test = test
        self.alongside = alongside
        self.store = store
        mark = WorkMark(location)
    }

    /// Takes the lock that lets one worker per clone run; `nil` when another one holds it.
    package static func lock(_ location: RepositoryLocation) throws(FileLockProblem) -> FileLock? {
        try FileLock.take(location.storeDirectory + "/landing")
    }

    /// Looks at every waiting patch once and lands what can land now.
    package func pass() async throws -> PassReport {
        var result = PassReport()
        do {
            let objects = remote.objects
            async let person = objects.committer()
            try await deliverStops()
            var state = try await remote.read()
            if try await recover(state) { state = try await remote.read() }
            state = try await keepHouse(state)
            let committer = try await person
            state = try await watch(state, &result)
            for target in targets(of: state) {
                guard
                    let run = TargetRun(self, target: target, state: state, settings: settings, committer: committer)
                else { continue }
                try await run.perform(&result)
                if result.unreachable != nil { break }
                state = run.state
            }
            if result.unreachable == nil {
                state = try await watch(state, &result)
                try await deleteKeptBranches(state)
            }
            try await describeWaiting(state, settings, &result)
            result.unreadable = state.unreadableInOrder
            for target in state.targets.sorted() where onlyTargets?.contains(target) != false {
                let local = try LocalStop.current(remote: state.remote, target: target, in: store)
                if let stop = state.fence(of: target).stopped ?? local { result.stopped.append((target, stop)) }
            }
            result.titles = state.patches.mapValues(\.document.title)
        } catch let problem as RemoteProblem {
            guard case .unreachable(_, let words) = problem else { throw problem }
            result.unreachable = words
        }
        return result
    }

    /// The targets of patches that want to land, sorted.
    private func targets(of state: RemoteState) -> [String] {
        let armed = state.patches.values.filter { $0.document.state == .armed }
        let names = Set(armed.map(\.document.target))
        return names.filter { onlyTargets?.contains($0) != false }.sorted()
    }

    /// Judges what landed by the checks after landing; before anything else lands, and again after it did.
    private func watch(_ state: RemoteState, _ result: inout PassReport) async throws -> RemoteState {
        var state = state
        for target in state.receipts.keys.sorted() where onlyTargets?.contains(target) != false {
            state = try await WatchLandings(self, target: target).perform(state, &result)
        }
        return state
    }

    /// Brings records up to date on the remote and here; answers with the state as it is then.
    ///
    /// - Parameter branches: branches whose commits must be here in any case.
    func keepHouse(_ state: RemoteState, branches: [String] = []) async throws -> RemoteState {
        let changes = try await Housekeeping(objects: remote.objects, state: state, now: clock()).changes()
        guard !changes.isEmpty else {
            try Delivery.follow(state.patches.values.map(\.document), in: store)
            return state
        }
        let committer = try await remote.objects.committer()
        var updates: [RemoteUpdate] = []
        for change in changes {
            guard let name = RemoteReferences.patch(change.patch.id) else { continue }
            let commit = try await remote.objects.write(
                DocumentCommit(
                    file: PatchDocument.fileName, document: change.document, parent: change.patch.tip,
                    message: PlainRemote.message(of: change.document)), by: committer)
            updates.append(RemoteUpdate(name, from: change.patch.tip, to: commit))
        }
        FaultPoint.reached("house.push")
        let answer = try await remote.connection.push(updates, atomic: false, operation: .make())
        FaultPoint.reached("house.pushed")
        let done = updates.filter { answer.references[$0.name] == .updated }
        try await remote.remember(done)
        // Whoever was faster, or whatever the server refused, is seen by reading again.
        let now = try await remote.read(branches: branches)
        try Delivery.follow(now.patches.values.map(\.document), in: store)
        return now
    }

    /// Says for every patch that is still armed why it did not land.
    private func describeWaiting(_ state: RemoteState, _ settings: Settings, _ result: inout PassReport) async throws {
        // The record of one that landed may still say that it waits, where the server took the target and not the record.
        let told = Set(result.waiting.map(\.patch) + result.landed.flatMap(\.members).map(\.patch))
        let reader = QueueReader(remote: remote, now: clock())
        for entry in try await reader.entries(of: state, settings, in: store) {
            guard entry.document.state == .armed, !told.contains(entry.document.id) else { continue }
            guard onlyTargets?.contains(entry.document.target) != false else { continue }
            let reason = entry.firstObstacle?.evidence ?? "it is looked at again in the next pass"
            result.waiting.append(.init(patch: entry.document.id, reason: reason))
            if entry.firstObstacle?.name == .checks, let obstacle = entry.firstObstacle, obstacle.state == .failed,
                entry.isFlawOfTarget, !result.misconfigured.contains(obstacle.evidence)
            {
                result.misconfigured.append(obstacle.evidence)
            }
        }
    }
}
