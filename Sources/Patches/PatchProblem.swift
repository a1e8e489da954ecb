import GitValues

/// Why a workflow on patches did not do its work. Nothing is changed when one is thrown, unless its text says so.
package struct PatchProblem: ProblemReport, Equatable {
    /// What went wrong; the raw values are the stable words of `--json`.
    package enum Code: String, Sendable {
        case nothingToDo = "nothing-to-do"
        case noDescription = "no-description"
        case branchExists = "branch-exists"
        case badBranchName = "bad-branch-name"
        case noSuchRevision = "no-such-revision"
        case noTarget = "no-target"
        case noRemote = "no-remote"
        case needsForge = "needs-forge"
        case nothingToStackOn = "nothing-to-stack-on"
        case stackedOnLocal = "stacked-on-local"
        case operationInProgress = "operation-in-progress"
        case conflict = "merge-conflict"
        case hookRefused = "hook-refused"
        case testFailed = "test-failed"
        case commandFailed = "command-failed"
        case signingFailed = "signing-failed"
        case noIdentity = "no-identity"
        case emptyMessage = "empty-message"
        case badMessage = "bad-message"
        case busy = "busy"
        case locked = "locked"
        case changedMeanwhile = "changed-meanwhile"
        case wouldLoseWork = "would-lose-work"
        /// Some files could not be put where they belong; all else is done.
        case filesLeft = "files-left"
        case notUndoable = "not-undoable"
        case noSuchOperation = "no-such-operation"
        case noSuchPatch = "no-such-patch"
        case ambiguousPatch = "ambiguous-patch"
        case noSuchSnapshot = "no-such-snapshot"
        case remoteRefused = "remote-refused"
        case remoteUnreachable = "remote-unreachable"
        /// No version by the rules, or one that is not higher than the last.
        case badVersion = "bad-version"
        /// The version file or the changelog does not hold what is to be replaced.
        case badRelease = "bad-release"
        case tagExists = "tag-exists"
        case notLanded = "not-landed"
        case checksFailed = "checks-failed"
        /// Nothing is defined that could prove a release.
        case noChecks = "no-checks"
        /// The checks or their program cannot be asked.
        case checksUnavailable = "checks-unavailable"
        case badJournal = "bad-journal"
        case unsupported = "unsupported"
    }

    package let code: Code
    /// A lower-case fragment that names the step and quotes what the user typed.
    package let message: String
    package var problemPaths: [String]
    package var hints: [String]

    /// Creates a problem.
    package init(_ code: Code, _ message: String, paths: [String] = [], hints: [String] = []) {
        self.code = code
        self.message = message
        self.problemPaths = paths
        self.hints = hints
    }

    package var problemCode: String { code.rawValue }

    package var exitStatus: Int32 {
        switch code {
        case .noDescription, .badBranchName: 64
        case .busy, .locked: 75
        case .remoteUnreachable, .unsupported, .noIdentity, .noRemote, .checksUnavailable: 69
        case .badJournal: 70
        case .noChecks: 78
        default: 1
        }
    }

    package var description: String { message }

    /// The problem of files that were left as they are; `nil` when there is none.
    ///
    /// - Parameter again: what to type once nothing is in the way.
    static func leaving(_ paths: [[UInt8]], again: String) -> PatchProblem? {
        guard !paths.isEmpty else { return nil }
        let names = paths.map { String(decoding: $0, as: UTF8.self) }
        return PatchProblem(
            .filesLeft, paths.count == 1 ? "1 file was left as it is" : "\(paths.count) files were left as they are",
            paths: names, hints: ["see to what is in the way, then type \(again)"])
    }
}
