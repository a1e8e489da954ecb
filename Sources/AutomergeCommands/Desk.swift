import ArgumentParser
import Automerge
import CommandOptions
import Console
import ForgeQueue
import GitProcess
import GitValues
import PlainRemote
import Settings
import Store
import SystemPackage

/// The option that names the remote.
struct RemoteOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The remote whose queue is meant; default: the one patches are pushed to.", valueName: "name"))
    var remote: String?

    init() {}

    init(named remote: String?) { self.remote = remote }
}

/// The repository and the remote a command works on.
struct Desk: Sendable {
    let location: RepositoryLocation
    let git: GitProgram
    let remote: PlainRemote
    /// The short name of the branch HEAD is on; `nil` when it is on none.
    let branch: String?
    /// Git's configuration, without a committed file.
    let settings: Settings
    /// What was opened to find the remote, for whoever opens the store next.
    private let store: IdleStore
    /// Whether the remote was named by the user: then patches of others are not meant.
    private let isChosen: Bool

    /// Finds the repository of the current directory and its remote.
    ///
    /// - Parameter patch: the patch an argument names: the remote it is on counts.
    static func open(_ option: RemoteOption, for patch: String? = nil) async throws -> Desk {
        let location = try await GitProgram(directory: ".").locate()
        let git = GitProgram(directory: FilePath(location.worktree))
        _ = try await StaleLocks.remove(location, git: git)
        async let head = git.currentBranch(location)
        let settings = try await Settings.load(git: git, committed: nil)
        if let shared = settings.string("core.sharedrepository") {
            SharedFiles.note(shared, of: location.commonDirectory)
        }
        let branch = try await head
        let store = IdleStore(directory: location.storeDirectory)
        let connection = try RemoteConnection.choose(
            named: option.remote, branch: branch, recorded: try recordedRemotes(patch, branch, location, store),
            settings: settings, git: git)
        let objects = RepositoryObjects(location: location, git: git)
        return Desk(
            location: location, git: git, remote: PlainRemote(connection: connection, objects: objects), branch: branch,
            settings: settings, store: store, isChosen: option.remote != nil)
    }

    private static func recordedRemotes(
        _ patch: String?, _ branch: String?, _ location: RepositoryLocation, _ store: IdleStore
    ) throws -> RecordedRemotes {
        guard Store.exists(in: location.storeDirectory) else { return RecordedRemotes() }
        return try store.look { (store) throws(StoreError) in
            let record: PatchRecord?
            if let patch {
                let found = try store.patches(matching: patch)
                record = found.count == 1 ? found.first : nil
            } else {
                record = try branch.flatMap { (branch) throws(StoreError) in try store.openPatch(onBranch: branch) }
            }
            return try RecordedRemotes(of: record, in: store)
        }
    }

    /// Whether the remote is on a forge: then pull requests are the queue, and the forge merges.
    var isOnForge: Bool { settings.forgeSite(ofRemote: remote.connection.name) != nil }

    /// The way to forges; nothing is contacted yet.
    func forgeWork() -> ForgeWork { ForgeWork(git: git, location: location, settings: settings) }

    /// Opens the store of the repository, unless one is open that nobody uses.
    func openStore() throws(StoreError) -> Store { try store.take() }

    /// Makes sure that there is a store.
    func requireStore() throws(StoreError) { try store.look { _ in () } }

    /// The same place with another remote.
    private func at(_ name: String) -> Desk {
        let connection = RemoteConnection(name: name, git: git)
        return Desk(
            location: location, git: git, remote: PlainRemote(connection: connection, objects: remote.objects),
            branch: branch, settings: settings, store: store, isChosen: isChosen)
    }

    /// Delivers stops that wait for other remotes, by `--remote`; why some wait still.
    func deliverStopsElsewhere() async throws -> [RemoteProblem] {
        var problems: [RemoteProblem] = []
        let names = Set(try LocalStop.queued(in: try openStore()).map(\.remote))
        for name in names.subtracting([remote.connection.storedName]).sorted() where settings.hasRemote(name) {
            problems += try await at(name).worker().deliverQueuedStops()
        }
        return problems
    }

    /// The log of this clone's workers.
    var log: EventLog { EventLog(storeDirectory: location.storeDirectory) }

    /// What the remote says now; when it is out of reach, what it said last, with a warning.
    func readOrRecall(_ console: Console) async throws -> RemoteState {
        try await look(console, withTracked: true).state
    }

    /// The same, with the reason why it is only what was said last.
    ///
    /// - Parameter tracked: whether branches count that only git has seen.
    func look(
        _ console: Console, withTracked tracked: Bool = false
    ) async throws -> (state: RemoteState, offline: RemoteProblem?) {
        do {
            return (try await remote.read(), nil)
        } catch let problem as RemoteProblem {
            guard case .unreachable(let name, let words) = problem else { throw problem }
            console.warning(safeForTerminal("cannot reach remote '\(name)', this is what it said last: \(words)"))
            return (try await remote.recall(withBranchesThatGitTracks: tracked), problem)
        }
    }

    /// A worker of this clone; it writes the log.
    func worker(
        jobs: Int? = nil, targets: Set<String>? = nil, notifier: Notifier? = nil,
        report: @escaping @Sendable (WorkerEvent) -> Void = { _ in },
        progress: Progress? = nil
    ) throws -> Worker {
        let log = log
        return Worker(
            remote: remote, git: git, location: location, settings: settings, store: try openStore(),
            onlyTargets: targets,
            report: { event in
                if let entry = EventLog.Entry(event, at: .now()) {
                    log.append(entry)
                    if entry.isNews { notifier?.tell(entry) }
                }
                report(event)
            },
            alongside: jobs.flatMap { $0 > 1 ? validating(max(1, $0 / 2), progress) : nil },
            test: validating(jobs, progress))
    }

    /// Tells what happens to whoever `automerge.notify` names; `nil` when nobody is to be told. Must be finished.
    func notifier(_ console: Console) -> Notifier? {
        Notifier(settings: settings, remote: remote.connection.displayName, location: location) {
            console.warning(safeForTerminal($0))
        }
    }

    private func validating(_ jobs: Int?, _ progress: Progress?) -> ConcurrentTester {
        Worker.validating(location: location, git: git, jobs: jobs) { progress?.take($0) }
    }

    /// The patch an argument means, as this clone knows it; `nil` when only the remote can know.
    ///
    /// - Parameter finished: whether one that is finished is meant rather than an open one.
    func localPatch(
        _ text: String?, preferringFinished finished: Bool = false, in store: borrowing Store
    ) throws -> PatchRecord? {
        guard let text else {
            guard let branch else { throw QueueProblem.noPatch("HEAD is on no branch") }
            return try store.openPatch(onBranch: branch)
        }
        // A number says which patch only together with a repository.
        let number = Int(text.hasPrefix("#") || text.hasPrefix("!") ? String(text.dropFirst()) : text)
        let meant = try store.patches().filter { patch in
            if patch.id.text == text || !isChosen && (number == nil || patch.number != number) { return true }
            return try isHere(patch, in: store)
        }
        let found = meant.matching(text, preferringFinished: finished)
        if found.count > 1 { throw RemoteProblem.ambiguousPatch(text, candidates: found.map(\.candidate)) }
        return found.first
    }

    /// Whether a patch, or its pull request, is on the remote; one that is local may be.
    private func isHere(_ patch: PatchRecord, in store: borrowing Store) throws -> Bool {
        guard let own = patch.remote else { return true }
        let names = [remote.connection.name, remote.connection.storedName]
        if names.contains(own) { return true }
        return try ForgeRecord.look(patch.id, in: store).record.map { names.contains($0.remote) } ?? false
    }

    /// Why an argument means no patch that this clone knows.
    func unknown(_ text: String?) -> QueueProblem {
        text.map { .unknownHere($0) } ?? .noPatch("branch '\(branch ?? "HEAD")' is no open patch")
    }

    /// The patch an argument means, as the remote knows it.
    ///
    /// - Parameter finishedToo: whether the current branch may also mean a patch that landed or was closed.
    func remotePatch(_ text: String?, in state: RemoteState, finishedToo: Bool = false) throws -> RemoteState.Patch {
        do { return try knownPatch(text, in: state, finishedToo: finishedToo) } catch {
            guard let waiting = try localPatch(text, in: try openStore()), state.patches[waiting.id] == nil,
                waiting.state != .landed, waiting.state != .closed
            else { throw error }
            if waiting.state == .local { throw QueueProblem.localPatch(waiting.title, id: waiting.id) }
            throw QueueProblem.notDelivered(waiting.title, id: waiting.id)
        }
    }

    private func knownPatch(_ text: String?, in state: RemoteState, finishedToo: Bool) throws -> RemoteState.Patch {
        if let text { return try state.patch(matching: text) }
        guard let branch else { throw QueueProblem.noPatch("HEAD is on no branch") }
        let all = state.patches.values.filter { $0.document.branch == branch }
        let ended = all.filter { finishedToo && $0.document.isFinished }
            .sorted { $0.document.changedAt > $1.document.changedAt }
        guard let patch = all.first(where: { !$0.document.isFinished }) ?? ended.first else {
            throw QueueProblem.noPatch("branch '\(branch)' is no open patch")
        }
        return patch
    }
}
