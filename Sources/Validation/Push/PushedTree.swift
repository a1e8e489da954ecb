package import GitProcess
package import GitValues
package import Settings

/// A tree that a push would put on the remote, with the checks it has to pass.
package struct PushedTree: Sendable {
    /// The references of the remote that get it, for messages: short branch names, full names of others.
    package var names: [String]
    package let candidate: Candidate
    /// The user's configuration with the checks committed in the tree.
    package let settings: Settings
    /// The deepest tier that one of the references asks for.
    package var tier: Tier
    /// The changed paths; `nil` when every check is concerned.
    package var changed: [[UInt8]]?
    package var objects: [VerdictClaim.Object]

    /// The names, for messages; of many, the first and how many more.
    package var name: String {
        let shown = names.prefix(4).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 4) more" : names.joined(separator: ", ")
    }
}

extension GitProgram {
    /// The trees that a push has to answer for: one for each distinct tree, whatever the number of references.
    ///
    /// Left out are deletions, objects that hold no commit, tags of commits that the remote has, and commits without
    /// `.gitpatch`.
    ///
    /// - Parameter settings: the user's configuration.
    /// - Throws: `SettingsError` naming file, line and key when a pushed `.gitpatch` is broken.
    package func pushedTrees(
        _ updates: [PushUpdate], remote: String, settings: Settings
    ) async throws -> [PushedTree] {
        var trees: [PushedTree] = []
        for update in updates {
            guard let object = update.localID else { continue }
            let branch = update.remoteRef.hasPrefix("refs/heads/") ? String(update.remoteRef.dropFirst(11)) : nil
            let name = branch ?? update.remoteRef
            guard let candidate = try await pushedCandidate(object, calling: update.localRef ?? name),
                let commit = candidate.commit, let committed = candidate.committed
            else { continue }
            if update.remoteRef.hasPrefix("refs/tags/"), try await remoteHas(commit, remote: remote) { continue }
            let policy = try settings.with(committed: committed)
            let tier = branch.map { policy[ValidateKeys.prePush, $0] } ?? policy[ValidateKeys.prePush]
            var change: (paths: [[UInt8]]?, since: ObjectID?) = (nil, nil)
            if policy.checks.contains(where: { !$0.paths.isEmpty }) {
                change = try await pushedChange(of: commit, remote: remote, old: update.remoteID)
            }
            let claim = VerdictClaim.Object(id: object, since: change.since)
            if let index = trees.firstIndex(where: { $0.candidate.tree == candidate.tree }) {
                trees[index].join(name, tier, change.paths, claim)
            } else {
                trees.append(
                    PushedTree(
                        names: [name], candidate: candidate, settings: policy, tier: tier, changed: change.paths,
                        objects: [claim]))
            }
        }
        return trees
    }

    private func pushedCandidate(_ object: ObjectID, calling name: String) async throws -> Candidate? {
        do {
            return try await candidate(object.hex, calling: name)
        } catch let problem as ValidationProblem {
            guard case .unknownRevision = problem else { throw problem }
            // A blob, or a tag of one: there is nothing to check. Anything else should have been read.
            let type = try await readOnly.run(["cat-file", "-t", object.hex + "^{}"])
            if type.succeeded, type.text == "blob" { return nil }
            throw problem
        }
    }
}

extension PushedTree {
    /// Another reference gets the same tree: the deeper tier counts, and what changes on either.
    fileprivate mutating func join(_ name: String, _ tier: Tier, _ paths: [[UInt8]]?, _ claim: VerdictClaim.Object) {
        names.append(name)
        self.tier = max(self.tier, tier)
        // What passes for the union was not shown to cover each start alone, so only full coverage is claimed.
        var claim = claim
        if let paths, let known = changed {
            if paths != known {
                changed = (known + paths.filter { !known.contains($0) })
                claim.since = nil
            }
        } else {
            changed = nil
        }
        if !objects.contains(claim) { objects.append(claim) }
    }
}
