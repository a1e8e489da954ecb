import CommandOptions
import Console
import GitValues
import PlainRemote
import Store

/// What `git automerge` itself refuses.
enum QueueProblem: ProblemReport, Equatable {
    /// No patch was named, and the branch at hand is none.
    case noPatch(String)
    /// On a forge, the clone that made a patch knows it, and no other.
    case unknownHere(String)
    /// The patch was never meant to leave this repository.
    case localPatch(String, id: RecordID)
    /// The patch waits here for its remote.
    case notDelivered(String, id: RecordID)
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
    /// Neither the user's home nor this program can be found.
    case noHome
    /// A file cannot be written; the system's reason.
    case cannotWrite(String, String)
    /// There is no open patch.
    case nothingOpen
    /// The text names no commits.
    case badRange(String)
    /// The remote is on a forge, which has its own way for it; the words say which.
    case onForge(String, hint: String)

    var problemCode: String {
        switch self {
        case .noPatch, .unknownHere: "no-patch"
        case .localPatch: "local-patch"
        case .notDelivered: "not-delivered"
        case .busy: "worker-busy"
        case .ownApproval: "own-approval"
        case .finished: "patch-finished"
        case .noTarget: "no-target"
        case .noSuchTarget: "no-such-target"
        case .everythingIsStopped: "everything-is-stopped"
        case .nothingStopped: "nothing-stopped"
        case .notLanded: "not-landed"
        case .notOnTarget: "not-on-target"
        case .noHome: "no-home"
        case .cannotWrite: "cannot-write"
        case .nothingOpen: "nothing-open"
        case .badRange: "bad-range"
        case .onForge: "on-forge"
        }
    }

    var exitStatus: Int32 {
        switch self {
        case .busy: ExitStatus.tryAgain
        case .noHome, .cannotWrite: ExitStatus.unavailable
        default: ExitStatus.refused
        }
    }

    var description: String {
        switch self {
        case .noPatch(let reason): "no patch is named: \(reason)"
        case .unknownHere(let text): "this clone knows no patch '\(text)'"
        case .localPatch(let title, _): "patch '\(title)' is local: it is on no remote"
        case .notDelivered(let title, _): "patch '\(title)' has not reached its remote yet"
        case .busy: "another worker of this clone is running"
        case .ownApproval: "who made a part of a patch cannot approve it"
        case .finished(let title, let state): "patch '\(title)' is \(state)"
        case .noTarget: "the remote has no target yet"
        case .noSuchTarget(let name, _): "the remote has no branch '\(name)'"
        case .everythingIsStopped: "every target is stopped, not one by itself"
        case .nothingStopped(let known): "nothing is stopped \(known)"
        case .notLanded(let title): "no receipt tells of a landing of patch '\(title)'"
        case .notOnTarget(let commit, let target): "commit \(commit) is not in '\(target)', or it is its first"
        case .noHome: "cannot tell where services of the user go"
        case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
        case .nothingOpen: "the remote has no open patch"
        case .onForge(let words, _): words
        case .badRange(let text): "'\(text)' names no commits with one newest among them"
        }
    }

    var hints: [String] {
        switch self {
        case .noPatch: ["type 'git automerge status' to see the patches, then name one"]
        case .unknownHere: ["name one by its id, branch, title or '#number': git patch list --all"]
        case .localPatch(_, let id): ["send it to its remote first: git patch resume \(id.short)"]
        case .notDelivered(_, let id): ["type 'git patch resume \(id.short)' to try it now"]
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
        case .noHome: ["set HOME, or start 'git automerge run --watch' yourself"]
        case .cannotWrite: ["type 'git automerge service install --print' and put it where it belongs"]
        case .nothingOpen: ["make one with 'git patch'"]
        case .onForge(_, let hint): [hint]
        case .badRange: ["type it as for 'git log': v1.0..main"]
        }
    }
}

extension QueueProblem {
    /// What holds for a patch that has landed as a part of a combined one; `nil` for any other.
    static func landedInAnother(_ patch: PatchRecord, in store: borrowing Store) throws -> QueueProblem? {
        guard let id = try ForgeRecord.look(patch.id, in: store).record?.landedIn else { return nil }
        let title = try store.patch(id).map { " of '\($0.title)'" } ?? ""
        return .onForge(
            "patch '\(patch.title)' has landed as a part\(title)",
            hint: "take back all of it: git automerge rollback \(id.short)")
    }
}
