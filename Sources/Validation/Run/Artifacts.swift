import Environments
import GitProcess
import GitValues
import Settings

/// What the checks of one run make (`check.NAME.artifact`): kept beside their verdicts, and put where it is needed
/// without running them again.
struct Artifacts: Sendable {
    let store: ArtifactStore
    let keys: [String: CheckKey]
    /// The folder of this run's logs.
    let logs: String
    let tree: ObjectID
    let git: GitProgram

    /// The name under which artifacts are kept: the verdict key, or for a check without one a name of this run's own.
    static func id(key: String?, log: String) -> String { key ?? SHA256.hex(Array(log.utf8)) }

    private func id(_ check: CheckDefinition) -> String {
        Artifacts.id(key: keys[check.name]?.hex, log: logs + "/" + LogName.of(check.name))
    }

    /// Whether all that a check makes is kept; not for a check that says nothing of what it makes.
    func areKept(of check: CheckDefinition) -> Bool { !check.artifacts.isEmpty && store.contains(id(check)) }

    /// Keeps what a check that passed has made; without it the check has not passed.
    ///
    /// - Returns: what was in the way when it was made but could not be kept.
    func keep(of check: CheckDefinition, from worktree: String, _ report: inout CheckReport) async -> String? {
        guard report.isGood, !check.artifacts.isEmpty else { return nil }
        do {
            for path in check.artifacts where try await isTracked(path) {
                report.outcome = .failed
                report.reason = "its artifact '\(path)' is in the tree: name what only the check makes"
                return nil
            }
            try store.keep(
                id(check), check: check.name, from: worktree, paths: check.artifacts, seconds: report.duration ?? 0)
            return nil
        } catch EnvironmentProblem.notMade(let path) {
            report.outcome = .failed
            report.reason = "it did not make its artifact '\(path)'"
        } catch EnvironmentProblem.oddFile(let path) {
            report.outcome = .failed
            report.reason = "in its artifacts '\(path)' is no file, folder or link"
        } catch {
            return Odd.unkept(check.name, (error as? any ProblemReport)?.description ?? "\(error)")
        }
        return nil
    }

    private func isTracked(_ path: String) async throws -> Bool {
        try await git.readOnly.run(["rev-parse", "--verify", "--quiet", "\(tree.hex):\(path)"]).succeeded
    }

    /// Puts what a check has made into a worktree; `false` when it is not kept whole, or something is in the way.
    func restore(of check: CheckDefinition, into worktree: String) -> Bool {
        do {
            try store.restore(id(check), into: worktree, paths: check.artifacts)
            return true
        } catch {
            // The check runs again, and what it makes then is kept.
            store.remove(id(check))
            return false
        }
    }

    /// Forgets what a check has made while something disturbed it.
    func drop(of check: CheckDefinition) { store.remove(id(check)) }
}

/// Something of a validation that was written to a folder.
package struct WrittenArtifact: Sendable, Codable, Hashable {
    package let check: String
    /// Relative to that folder, as the check names it.
    package let path: String
}

/// Why artifacts could not be written to a folder.
package enum ArtifactProblem: ProblemReport {
    case notEmpty(String)
    case unwritten(check: String, folder: String, reason: String)

    package var problemCode: String {
        switch self {
        case .notEmpty: "not-empty"
        case .unwritten: "cannot-write"
        }
    }

    package var exitStatus: Int32 {
        switch self {
        case .notEmpty: 1
        case .unwritten: 69
        }
    }

    package var description: String {
        switch self {
        case .notEmpty(let folder): "cannot write artifacts to '\(folder)': it is there and not an empty folder"
        case .unwritten(let check, let folder, let reason):
            "cannot write the artifacts of '\(check)' to '\(folder)': \(reason)"
        }
    }

    package var hints: [String] {
        switch self {
        case .notEmpty: ["name a new folder after --artifacts"]
        case .unwritten: []
        }
    }
}

/// Makes sure that a folder can take artifacts: it is empty, or not there.
package func checkArtifactFolder(_ folder: String) throws(ArtifactProblem) {
    switch Files.kind(folder) {
    case .nothing: break
    case .folder where Files.names(in: folder).isEmpty: break
    default: throw .notEmpty(folder)
    }
}

/// Writes what the good checks of a report have made to a folder.
package func writeArtifacts(
    of report: ValidationReport, for request: ValidationRequest, to folder: String
) throws(ArtifactProblem) -> [WrittenArtifact] {
    let store = ArtifactStore(request.location.storeDirectory)
    var written: [WrittenArtifact] = []
    for check in report.checks where check.isGood && check.outcome != .skipped {
        let paths = request.policy.checks.first { $0.name == check.name }?.artifacts ?? []
        guard !paths.isEmpty else { continue }
        do {
            try store.restore(Artifacts.id(key: check.key, log: check.log ?? ""), into: folder, paths: paths)
        } catch {
            let reason = (error as? any ProblemReport)?.description ?? "\(error)"
            throw .unwritten(check: check.name, folder: folder, reason: reason)
        }
        written += paths.map { WrittenArtifact(check: check.name, path: $0) }
    }
    return written
}
