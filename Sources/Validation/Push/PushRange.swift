package import GitProcess
package import GitValues

/// What a push changes on the remote, as far as `path` is concerned.
extension GitProgram {
    /// The paths that differ between what the remote has and a commit, and the commit of the remote they differ from.
    ///
    /// Where the remote's value is known here and the push only adds to it, that value is the start. Otherwise (a new
    /// reference, a rewritten one, a value never fetched) it is the newest commit that both the remote, as far as it
    /// was last seen, and the pushed history have. When they share none, every file is new.
    package func pushedChange(
        of commit: ObjectID, remote: String, old: ObjectID?
    ) async throws -> (paths: [[UInt8]], since: ObjectID?) {
        if let old, try await isAncestor(old, of: commit) {
            return (try await changedPaths(from: old, to: commit), old)
        }
        let known = try await references(of: remote)
        // With very many references a few commits too many are looked at, which only makes more checks run.
        guard !known.isEmpty,
            let base = try await readOnly.run(["merge-base", commit.hex] + known.prefix(500).map(\.hex)).lines.first,
            let start = ObjectID(hex: base)
        else { return (try await allPaths(of: commit), nil) }
        return (try await changedPaths(from: start, to: commit), nil)
    }

    /// Whether a branch of the remote, as last seen, has the commit.
    func remoteHas(_ commit: ObjectID, remote: String) async throws -> Bool {
        let result = try await readOnly.run([
            "for-each-ref", "--count=1", "--contains", commit.hex, "--format=%(refname)", "refs/remotes/\(remote)/",
        ])
        return result.succeeded && !result.lines.isEmpty
    }

    func isAncestor(_ ancestor: ObjectID, of commit: ObjectID) async throws -> Bool {
        // Exit 1 is "no"; a commit that is not here is exit 128, and no ancestor either.
        try await readOnly.run(["merge-base", "--is-ancestor", ancestor.hex, commit.hex]).succeeded
    }

    /// The commits of the remote's branches as last seen, newest first.
    private func references(of remote: String) async throws -> [ObjectID] {
        let result = try await readOnly.run([
            "for-each-ref", "--sort=-committerdate", "--format=%(objectname)", "refs/remotes/\(remote)/",
        ])
        var seen: Set<ObjectID> = []
        return result.lines.compactMap { ObjectID(hex: $0) }.filter { seen.insert($0).inserted }
    }
}
