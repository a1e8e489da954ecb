import GitValues

/// Why a validation could not begin. The first three are "refused": nothing was judged, so nothing passed.
package enum ValidationProblem: ProblemReport, Equatable {
    /// The commit has no `.gitpatch`.
    case noCommittedFile(String)
    /// There is a `.gitpatch`, but no check in the tier.
    case noChecks(tier: String)
    /// A check was asked for that is not defined; the ones that are.
    case unknownCheck(String, known: [String])
    /// The revision names nothing, or nothing that has a tree.
    case unknownRevision(String)
    /// There is no commit yet.
    case unborn
    /// No pooled worktree could be made ready; why.
    case noWorktree(String)

    package var problemCode: String {
        switch self {
        case .noCommittedFile: "no-checks-defined"
        case .noChecks: "no-checks"
        case .unknownCheck: "unknown-check"
        case .unknownRevision: "unknown-revision"
        case .unborn: "no-commit"
        case .noWorktree: "no-worktree"
        }
    }

    package var exitStatus: Int32 {
        switch self {
        case .noCommittedFile, .noChecks: 78
        case .unknownCheck: 64
        case .unknownRevision, .unborn: 1
        case .noWorktree: 69
        }
    }

    package var description: String {
        switch self {
        case .noCommittedFile(let revision): "no checks are defined: '\(revision)' has no .gitpatch file"
        case .noChecks(let tier): "no check in tier \(tier): nothing was validated"
        case .unknownCheck(let name, _): "no check is named '\(name)'"
        case .unknownRevision(let text): "'\(text)' names no commit"
        case .unborn: "there is no commit yet"
        case .noWorktree(let reason): "cannot prepare a worktree for the checks: \(reason)"
        }
    }

    package var hints: [String] {
        switch self {
        case .noCommittedFile: ["type 'git validate init' to have checks proposed, then commit .gitpatch"]
        case .noChecks: ["type 'git validate list' to see the checks, or give another --tier"]
        case .unknownCheck(_, let known) where known.isEmpty: ["type 'git validate init' to have checks proposed"]
        case .unknownCheck(_, let known): ["defined are: " + known.joined(separator: ", ")]
        case .unknownRevision: ["type 'git log --oneline' to see what there is"]
        case .unborn: ["commit something first: checks run on commits"]
        case .noWorktree: ["type 'git worktree prune' and try again"]
        }
    }
}
