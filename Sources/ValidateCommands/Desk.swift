import GitProcess
import GitValues
import Settings
import SystemPackage
import Validation

/// The repository a command works on.
struct Desk: Sendable {
    let location: RepositoryLocation
    let git: GitProgram

    /// Finds the repository of the current directory.
    static func open() async throws -> Desk {
        let git = GitProgram(directory: ".")
        let location = try await git.locate()
        return Desk(location: location, git: GitProgram(directory: FilePath(location.worktree)))
    }

    /// Finds the repository; `nil` where there is none with a working tree, so that a hook has nothing to say.
    static func openIfPossible() async throws -> Desk? {
        do {
            return try await open()
        } catch is LocationProblem {
            return nil
        }
    }

    /// The absolute path of this program.
    static var ownProgram: String? { runningProgram() }

    /// The absolute path of `git-validate`.
    var program: String { Desk.ownProgram ?? "git-validate" }

    /// The request to judge a revision by its own checks; `path` looks at what changed since a commit, without one since
    /// the merge base with the target.
    func request(for revision: String, tier: Tier, since: String? = nil) async throws -> ValidationRequest {
        let early = VerdictClaim.EarlyLook(location)
        let candidate: Candidate
        do {
            candidate = try await git.candidate(revision)
        } catch ValidationProblem.unknownRevision("HEAD") {
            throw ValidationProblem.unborn
        }
        let settings = try await Settings.load(git: git, committed: candidate.committed)
        var request = ValidationRequest(
            location: location, git: git, commit: candidate.commit, tree: candidate.tree, policy: settings, tier: tier)
        if settings.checks.contains(where: { !$0.paths.isEmpty }), let commit = candidate.commit {
            request.changed = try await git.change(of: commit, since: since, settings: settings)
        } else if let since {
            _ = try await git.base(since)
        }
        if let commit = candidate.commit {
            request.claim = await VerdictClaim(
                [.init(id: commit, since: nil)], settings: settings, location: location, git: git, early: early)
        }
        return request
    }
}
