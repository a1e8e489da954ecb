import GitValues
import Store

/// Why something asked of a remote did not happen.
package enum RemoteProblem: ProblemReport, Equatable {
    /// There is no remote, or several and none is preferred.
    case noRemote(candidates: [String])
    /// The named remote does not exist.
    case unknownRemote(String)
    /// The remote cannot be reached or does not let us in; git's own words.
    case unreachable(remote: String, words: String)
    /// References kept moving while they were read.
    case unstable(remote: String)
    /// No name or mail address is configured.
    case noIdentity(String)
    /// The patch is not known on the remote.
    case noSuchPatch(String)
    /// The text fits several patches.
    case ambiguousPatch(String, candidates: [String])
    /// A document on the remote cannot be read.
    case unreadable(reference: String, words: String)
    /// The remote refused a change; its own words.
    case refused(what: String, words: String)

    package var problemCode: String {
        switch self {
        case .noRemote: "no-remote"
        case .unknownRemote: "unknown-remote"
        case .unreachable: "remote-unreachable"
        case .unstable: "remote-busy"
        case .noIdentity: "no-identity"
        case .noSuchPatch: "no-such-patch"
        case .ambiguousPatch: "ambiguous-patch"
        case .unreadable: "remote-unreadable"
        case .refused: "remote-refused"
        }
    }

    package var exitStatus: Int32 {
        switch self {
        case .noRemote, .unknownRemote, .unreachable, .noIdentity, .unreadable: 69
        case .unstable: 75
        case .noSuchPatch, .ambiguousPatch, .refused: 1
        }
    }

    package var description: String {
        switch self {
        case .noRemote(let names) where names.isEmpty: "this repository has no remote"
        case .noRemote(let names):
            "it is not clear which remote is meant: " + names.map { "'\($0)'" }.joined(separator: ", ")
        case .unknownRemote(let name): "there is no remote '\(name)'"
        case .unreachable(let remote, let words): "cannot reach remote '\(remote)': \(words)"
        case .unstable(let remote): "the references of remote '\(remote)' kept moving while they were read"
        case .noIdentity(let words): "git does not know who you are: \(words)"
        case .noSuchPatch(let text): "there is no patch '\(text)' on the remote"
        case .ambiguousPatch(let text, _): "'\(text)' fits several patches"
        case .unreadable(let reference, let words): "cannot read '\(reference)' of the remote: \(words)"
        case .refused(let what, let words): "the remote refused \(what): \(words)"
        }
    }

    package var hints: [String] {
        switch self {
        case .noRemote(let names) where names.isEmpty: ["add one with 'git remote add origin URL'"]
        case .noRemote(let names):
            ["name it with --remote, or prefer one with 'git config remote.pushDefault \(names.first ?? "origin")'"]
        case .unknownRemote: ["type 'git remote -v' to see the remotes"]
        case .unreachable: ["type 'git fetch' to see whether git reaches it"]
        case .unstable: ["try again in a moment"]
        case .noIdentity: ["type 'git config user.name NAME' and 'git config user.email MAIL'"]
        case .noSuchPatch: ["type 'git automerge status' to see the patches there"]
        case .ambiguousPatch(_, let candidates):
            [NamedPatches.hint(candidates)]
        case .unreadable: ["a newer version of this program may be needed"]
        case .refused: []
        }
    }
}
