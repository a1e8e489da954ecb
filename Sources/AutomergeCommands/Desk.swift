import ArgumentParser
import Automerge
import CommandOptions
import Console
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

    /// Finds the repository of the current directory and its remote.
    static func open(_ option: RemoteOption) async throws -> Desk {
        let location = try await GitProgram(directory: ".").locate()
        let git = GitProgram(directory: FilePath(location.worktree))
        _ = try await StaleLocks.remove(location)
        async let head = git.run(["symbolic-ref", "--quiet", "--short", "HEAD"])
        let settings = try await Settings.load(git: git, committed: nil)
        let branch = try await head.succeeded ? try await head.text : nil
        let connection = try RemoteConnection.choose(
            named: option.remote, branch: branch, settings: settings, git: git)
        let objects = RepositoryObjects(location: location, git: git)
        return Desk(
            location: location, git: git, remote: PlainRemote(connection: connection, objects: objects), branch: branch,
            settings: settings)
    }

    /// Opens the store of the repository.
    func openStore() throws -> Store { try Store.open(directory: location.storeDirectory) }

    /// The log of this clone's workers.
    var log: EventLog { EventLog(storeDirectory: location.storeDirectory) }

    /// What the remote says now; when it is out of reach, what it said last, with a warning.
    func readOrRecall(_ console: Console) async throws -> RemoteState { try await look(console).state }

    /// The same, with the reason why it is only what was said last.
    func look(_ console: Console) async throws -> (state: RemoteState, offline: RemoteProblem?) {
        do {
            return (try await remote.read(), nil)
        } catch let problem as RemoteProblem {
            guard case .unreachable(let name, let words) = problem else { throw problem }
            console.warning(safeForTerminal("cannot reach remote '\(name)', this is what it said last: \(words)"))
            return (try await remote.recall(), problem)
        }
    }

    /// A worker of this clone; it writes the log.
    func worker(
        jobs: Int? = nil, targets: Set<String>? = nil, report: @escaping @Sendable (WorkerEvent) -> Void = { _ in },
        progress: Progress? = nil
    ) throws -> Worker {
        let log = log
        return try Worker(
            remote: remote, git: git, location: location, settings: settings, onlyTargets: targets,
            report: { event in
                if let entry = EventLog.Entry(event, at: .now()) { log.append(entry) }
                report(event)
            },
            test: Worker.validating(location: location, git: git, jobs: jobs) { progress?.take($0) })
    }

    /// The patch an argument means, as this clone knows it; `nil` when only the remote can know.
    func localPatch(_ text: String?, in store: borrowing Store) throws -> PatchRecord? {
        guard let text else {
            guard let branch else { throw QueueProblem.noPatch("HEAD is on no branch") }
            return try store.openPatch(onBranch: branch)
        }
        let found = try store.patches(matching: text).filter { $0.state != .closed || $0.id.text == text }
        if found.count > 1 { throw RemoteProblem.ambiguousPatch(text, found.map(\.id.text)) }
        return found.first
    }

    /// The patch an argument means, as the remote knows it.
    ///
    /// - Parameter finishedToo: whether the current branch may also mean a patch that landed or was closed.
    func remotePatch(_ text: String?, in state: RemoteState, finishedToo: Bool = false) throws -> RemoteState.Patch {
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

/// What `git automerge` itself refuses.
enum QueueProblem: ProblemReport, Equatable {
    /// No patch was named, and the branch at hand is none.
    case noPatch(String)
    /// The patch was never meant to leave this repository.
    case localPatch(String)
    /// Another worker of this clone runs.
    case busy
    /// The approver made the patch.
    case ownApproval
    /// The patch is landed or closed.
    case finished(title: String, state: String)
    /// There is nothing to stop, resume or audit.
    case noTarget
    /// The remote has no such branch, and nothing was ever to land on it.
    case noSuchTarget(String, known: [String])
    /// One target cannot be resumed while all are stopped.
    case everythingIsStopped
    /// There is nothing to take back; how far that is known.
    case nothingStopped(known: String)
    /// No receipt tells of a landing of the patch.
    case notLanded(String)
    /// The commit is not in the target.
    case notOnTarget(String, String)
    /// The text names no commits.
    case badRange(String)

    var problemCode: String {
        switch self {
        case .noPatch: "no-patch"
        case .localPatch: "local-patch"
        case .busy: "worker-busy"
        case .ownApproval: "own-approval"
        case .finished: "patch-finished"
        case .noTarget: "no-target"
        case .noSuchTarget: "no-such-target"
        case .everythingIsStopped: "everything-is-stopped"
        case .nothingStopped: "nothing-stopped"
        case .notLanded: "not-landed"
        case .notOnTarget: "not-on-target"
        case .badRange: "bad-range"
        }
    }

    var exitStatus: Int32 { self == .busy ? ExitStatus.tryAgain : ExitStatus.refused }

    var description: String {
        switch self {
        case .noPatch(let reason): "no patch is named: \(reason)"
        case .localPatch(let title): "patch '\(title)' is local: it is on no remote"
        case .busy: "another worker of this clone is running"
        case .ownApproval: "an author's own approval does not count"
        case .finished(let title, let state): "patch '\(title)' is \(state)"
        case .noTarget: "the remote has no target yet"
        case .noSuchTarget(let name, _): "the remote has no branch '\(name)'"
        case .everythingIsStopped: "every target is stopped, not one by itself"
        case .nothingStopped(let known): "nothing is stopped \(known)"
        case .notLanded(let title): "no receipt tells of a landing of patch '\(title)'"
        case .notOnTarget(let commit, let target): "commit \(commit) is not in '\(target)', or it is its first"
        case .badRange(let text): "'\(text)' names no commits with one newest among them"
        }
    }

    var hints: [String] {
        switch self {
        case .noPatch: ["type 'git automerge status' to see the patches, then name one"]
        case .localPatch: ["push it with 'git patch' without --local"]
        case .busy: ["wait for it, or type 'git automerge log' to see what it does"]
        case .ownApproval: ["ask somebody else to type 'git automerge approve'"]
        case .finished: []
        case .noSuchTarget(_, let known):
            known.isEmpty
                ? ["type 'git branch --remotes' to see the branches"] : ["targets: \(known.joined(separator: ", "))"]
        case .everythingIsStopped: ["type 'git automerge resume'"]
        case .nothingStopped: []
        case .notLanded: ["type 'git automerge explain' to see where it stands"]
        case .notOnTarget: ["name its target with --target"]
        case .noTarget: ["name one with --target"]
        case .badRange: ["type it as for 'git log': v1.0..main"]
        }
    }
}
