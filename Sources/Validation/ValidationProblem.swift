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
    /// The file is in the tree, and its content is not to be had.
    case unreadableFile(String)
    /// There is no commit yet.
    case unborn
    /// No pooled worktree could be made ready; why.
    case noWorktree(String)
    /// Checks ask for a sandbox, and there is no program for it; their names.
    case noSandbox([String])
    /// A submodule that a check needs has no files here; its path and why.
    case noSubmodule(String, String)
    /// One part was asked for, and no check of the run has parts.
    case notSplit(String)
    /// One part was asked for, and a check needs the others too.
    case needsAllParts(check: String, need: String, choice: String)

    package var problemCode: String {
        switch self {
        case .noCommittedFile: "no-checks-defined"
        case .noChecks: "no-checks"
        case .unknownCheck: "unknown-check"
        case .unknownRevision: "unknown-revision"
        case .unreadableFile: "unreadable-file"
        case .unborn: "no-commit"
        case .noWorktree: "no-worktree"
        case .noSandbox: "no-sandbox"
        case .noSubmodule: "no-submodule"
        case .notSplit: "not-split"
        case .needsAllParts: "needs-all-parts"
        }
    }

    package var exitStatus: Int32 {
        switch self {
        case .noCommittedFile, .noChecks: 78
        case .unknownCheck, .notSplit, .needsAllParts: 64
        case .unknownRevision, .unborn: 1
        case .unreadableFile: 70
        case .noWorktree, .noSandbox, .noSubmodule: 69
        }
    }

    package var description: String {
        switch self {
        case .noCommittedFile(let revision): "no checks are defined: '\(revision)' has no .gitpatch file"
        case .noChecks(let tier): "no check in tier \(tier): nothing was validated"
        case .unknownCheck(let name, _): "no check is named '\(name)'"
        case .unknownRevision(let text): "'\(text)' names no commit"
        case .unreadableFile(let name): "'\(name)' is in the tree and cannot be read"
        case .unborn: "there is no commit yet"
        case .noSandbox(let checks):
            "'sandbox = true' of \(checks.map { "'\($0)'" }.joined(separator: ", ")) needs the program 'bwrap', which is not on PATH"
        case .noSubmodule(let path, let reason): "cannot lay out the submodule '\(path)': \(reason)"
        case .notSplit(let choice): "no check of this run has 'shards', so it has no part \(choice)"
        case .needsAllParts(let check, let need, let choice):
            "'\(check)' needs all parts of '\(need)', and only part \(choice) was asked for"
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
        case .unreadableFile: ["type 'git fsck' to see what is damaged or missing"]
        case .unborn: ["commit something first: checks run on commits"]
        case .noSandbox: ["install bubblewrap (Debian: apt-get install bubblewrap); it exists for Linux only"]
        case .noSubmodule: ["type 'git submodule update --init --recursive' and try again"]
        case .notSplit: ["leave --shard out, or name the check that has 'shards' with --check"]
        case .needsAllParts(_, let need, _): ["type 'git validate --check \(need) --shard I/N' to run one part alone"]
        case .noWorktree: ["type 'git worktree prune' and try again"]
        }
    }
}
