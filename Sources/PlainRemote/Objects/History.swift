import Git2
import GitProcess
package import GitValues

extension RepositoryObjects {
    /// Whether a commit is the other one or lies in its history; `false` too when one of them is no commit here.
    package func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) async throws -> Bool {
        if ancestor == descendant { return true }
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) -> Bool in
                for id in [ancestor, descendant] where try repository.kind(of: id) != .commit { return false }
                return try repository.isAncestor(ancestor, of: descendant)
            }
        }
        return try await git.run(["merge-base", "--is-ancestor", ancestor.hex, descendant.hex]).succeeded
    }

    /// The best common ancestor; `nil` when there is none, or one of them is no commit here.
    package func mergeBase(_ one: ObjectID, _ two: ObjectID) async throws -> ObjectID? {
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) -> ObjectID? in
                for id in [one, two] where try repository.kind(of: id) != .commit { return nil }
                return try repository.mergeBase(one, two)
            }
        }
        let result = try await git.run(["merge-base", one.hex, two.hex])
        return result.succeeded ? ObjectID(hex: result.text) : nil
    }

    /// The common ancestor two commits merge over, when there is exactly one; `nil` for none, for several, and when one of
    /// them is no commit here.
    package func onlyMergeBase(_ one: ObjectID, _ two: ObjectID) async throws -> ObjectID? {
        if usesLibrary {
            let bases = try shared.with { (repository) throws(GitError) -> [ObjectID] in
                for id in [one, two] where try repository.kind(of: id) != .commit { return [] }
                return try repository.mergeBases(one, two)
            }
            return bases.count == 1 ? bases[0] : nil
        }
        let result = try await git.run(["merge-base", "--all", one.hex, two.hex])
        let bases = result.succeeded ? result.lines : []
        return bases.count == 1 ? ObjectID(hex: bases[0]) : nil
    }

    /// The commit a reference of this repository points at; `nil` when there is none.
    package func localReference(_ name: ReferenceName) async throws -> ObjectID? {
        if let files = shared.references { return try files.object(of: name) }
        let result = try await git.run(["rev-parse", "--verify", "--quiet", name.text])
        return result.succeeded ? ObjectID(hex: result.text) : nil
    }

    /// Whether a commit is in a branch or a tag of this repository.
    package func isOnBranch(_ commit: ObjectID) async throws -> Bool {
        let result = try await git.output([
            "for-each-ref", "--count=1", "--contains", commit.hex, "refs/heads", "refs/tags",
        ])
        return !result.output.isEmpty
    }

    /// The messages of a chain, newest first, along first parents.
    package func chainMessages(from tip: ObjectID) async throws -> [String] {
        let result = try await git.output(["log", "-z", "--first-parent", "--format=%B", tip.hex, "--"])
        return result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
