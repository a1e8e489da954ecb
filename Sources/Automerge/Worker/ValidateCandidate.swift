package import GitProcess
package import GitValues
import PlainRemote
import Settings
import Store
package import Validation

extension Worker {
    /// Judges candidates by running the checks of the target, in pooled worktrees, on exactly the candidate's tree.
    ///
    /// A required check that is skipped, cancelled or not there has not passed; `path` filters leave none out here.
    ///
    /// - Parameters:
    ///   - jobs: how many checks run at once; `nil` for what the settings say.
    ///   - events: told what the checks do, from any thread.
    package static func validating(
        location: RepositoryLocation, git: GitProgram, jobs: Int?,
        events: @escaping @Sendable (ValidationEvent) -> Void = { _ in }
    ) -> ConcurrentTester {
        { candidate in
            var request = ValidationRequest(
                location: location, git: git, commit: candidate.commit, tree: candidate.tree,
                policy: candidate.settings,
                tier: .complete)
            request.only = candidate.required
            request.jobs = jobs
            request.failFast = true
            request.useCache = !candidate.fresh
            request.purpose = .landing
            request.events = events
            do {
                let store = try Store.open(directory: location.storeDirectory)
                let report = try await validate(request, calling: candidate.commit.short, store: store)
                return verdict(on: report, required: candidate.required)
            } catch let problem as ValidationProblem {
                switch problem {
                case .noCommittedFile, .noChecks, .unknownCheck, .notSplit, .needsAllParts:
                    return CandidateVerdict(outcome: .misconfigured(problem.description))
                case .unknownRevision, .unreadableFile, .unborn, .noWorktree, .noSandbox, .noSubmodule:
                    return CandidateVerdict(outcome: .impossible(problem.description))
                }
            }
        }
    }

    /// Reads a report: every required check must have passed, not merely not failed.
    static func verdict(on report: ValidationReport, required: [String]) -> CandidateVerdict {
        let verdicts = report.checks.map {
            Receipt.Verdict(
                check: $0.name, tree: report.tree, state: $0.inContract.outcome.rawValue,
                duration: $0.duration)
        }
        let passed: Set<CheckReport.Outcome> = [.passed, .flaky, .cached]
        let red: Set<CheckReport.Outcome> = [.failed, .timeout]
        let missing = required.filter { name in
            !report.checks.contains { $0.name == name && passed.contains($0.outcome) }
        }
        if missing.isEmpty && report.outcome == .passed {
            return CandidateVerdict(outcome: .passed, verdicts: verdicts)
        }
        let failed = report.checks.filter { red.contains($0.outcome) }.map(\.name)
        if !failed.isEmpty { return CandidateVerdict(outcome: .failed(failed), verdicts: verdicts) }
        let reasons = report.checks.filter { !passed.contains($0.outcome) }
            .map { "'\($0.name)' was \($0.outcome.rawValue)" + ($0.reason.map { " (\($0))" } ?? "") }
        let words =
            reasons.isEmpty ? "no verdict on \(missing.joined(separator: ", "))" : reasons.joined(separator: ", ")
        return CandidateVerdict(outcome: .impossible(words), verdicts: verdicts)
    }
}
