package import GitProcess
package import GitValues
import HookInput
import Settings
package import Store

/// Validation of a commit as soon as it exists, so that its push finds a verdict.
package struct Speculation: Sendable {
    package let location: RepositoryLocation
    package let git: GitProgram
    private let token: SpeculationToken

    /// Announces that this process speculates for the worktree: an older one ends what this one does not need.
    package init(location: RepositoryLocation, git: GitProgram) {
        self.location = location
        self.git = git
        token = SpeculationToken(location)
    }

    /// Validates HEAD at the tier that a push of its branch needs. Says nothing; what it finds is recorded.
    ///
    /// Nothing happens in the middle of a rebase, am, cherry-pick, revert or bisection, or without checks.
    package func run(store: borrowing Store) async throws {
        let repository = HookRepository(
            gitDirectory: location.gitDirectory, commonDirectory: location.commonDirectory)
        let token = token
        guard !repository.isInSequence, await Rest.wait({ token.isReplaced }) else { return }
        let early = VerdictClaim.EarlyLook(location)
        let candidate = try await git.candidate("HEAD")
        guard let commit = candidate.commit, let committed = candidate.committed else { return }
        let settings = try await Settings.load(git: git, committed: committed)
        let branch = try await git.readOnly.run(["symbolic-ref", "--quiet", "--short", "HEAD"]).lines.first
        var request = ValidationRequest(
            location: location, git: git, commit: commit, tree: candidate.tree, policy: settings,
            tier: branch.map { settings[ValidateKeys.prePush, $0] } ?? settings[ValidateKeys.prePush])
        var since: ObjectID?
        if settings.checks.contains(where: { !$0.paths.isEmpty }) {
            let remote = Speculation.remote(of: branch, settings)
            var old: ObjectID?
            if let branch { old = try await git.commitID("refs/remotes/\(remote)/\(branch)") }
            let change = try await git.pushedChange(of: commit, remote: remote, old: old)
            request.changed = change.paths
            since = change.since
        }
        request.claim = await VerdictClaim(
            [.init(id: commit, since: since)], settings: settings, location: location, git: git, early: early)
        request.purpose = .speculation
        request.superseded = { token.wantedByNewer() }
        request.events = { event in
            if case .planned(_, _, let keys) = event { token.announce(keys) }
        }
        do {
            _ = try await validate(request, store: store)
        } catch ValidationProblem.noChecks {
            return
        }
    }

    /// git-config(1): where a plain `git push` of the branch goes.
    private static func remote(of branch: String?, _ settings: Settings) -> String {
        let own = branch.flatMap { settings.string("branch.\($0).pushRemote") }
        return own ?? settings.string("remote.pushDefault") ?? branch.flatMap { settings.string("branch.\($0).remote") }
            ?? "origin"
    }
}
