package import GitProcess
package import GitValues
package import Settings

/// What changed, as far as `path` is concerned.
extension GitProgram {
    /// The paths a commit changes since the merge base with the target branch, sorted.
    ///
    /// Every file counts as changed where there is nothing to compare with: no target, no common history, or a commit
    /// that the target has already.
    ///
    /// - Parameter since: another commit to compare with, in words of git.
    /// - Throws: `ValidationProblem.unknownRevision` when there is no such commit.
    package func change(of commit: ObjectID, since: String? = nil, settings: Settings) async throws -> [[UInt8]] {
        if let since { return try await changedPaths(from: try await base(since), to: commit) }
        guard let target = try await targetCommit(settings), let base = try await mergeBase(commit, target),
            base != commit
        else { return try await allPaths(of: commit) }
        return try await changedPaths(from: base, to: commit)
    }

    /// The commit that a change is compared with.
    package func base(_ since: String) async throws -> ObjectID {
        guard let commit = try await commitID(since) else { throw ValidationProblem.unknownRevision(since) }
        return commit
    }

    /// The commit of the target: as the remote had it last, else the local branch of that name.
    func targetCommit(_ settings: Settings) async throws -> ObjectID? {
        let remote = settings.string("remote.pushDefault") ?? "origin"
        if let name = settings.string("patch.target") {
            for reference in ["refs/remotes/\(remote)/\(name)", "refs/heads/\(name)"] {
                if let id = try await commitID(reference) { return id }
            }
            return nil
        }
        for reference in ["refs/remotes/\(remote)/HEAD", "refs/heads/main", "refs/heads/master"] {
            if let id = try await commitID(reference) { return id }
        }
        return nil
    }
}
