import Git2
import GitProcess
package import GitValues

/// A commit as the queue needs it; the message is UTF-8 whatever encoding it was written in.
package struct CommitFacts: Hashable, Sendable {
    package var id: ObjectID
    package var tree: ObjectID
    package var parents: [ObjectID]
    package var author: Identity
    package var message: String

    /// The first paragraph on one line.
    package var title: String { CommitMessage.title(of: message) }
}

extension RepositoryObjects {
    /// The commits reachable from a tip and from none of the others, parents before children.
    package func commits(from tip: ObjectID, notIn others: [ObjectID]) async throws -> [CommitFacts] {
        if usesLibrary {
            let commits = try shared.with { (repository) throws(GitError) in
                try repository.commits(from: tip, notIn: others)
            }
            let isPlain = commits.allSatisfy { commit in
                commit.encoding == nil || commit.encoding?.uppercased() == "UTF-8"
            }
            if isPlain {
                return commits.reversed().map { commit in
                    CommitFacts(
                        id: commit.id, tree: commit.tree, parents: commit.parents, author: commit.author,
                        message: commit.text)
                }
            }
        }
        let format = "--format=%H%n%T%n%P%n%an <%ae> %ad%n%B"
        let result = try await git.output(
            ["log", "-z", "--reverse", "--topo-order", "--encoding=UTF-8", "--date=raw", format, tip.hex, "--not"]
                + others.map(\.hex) + ["--"])
        return try result.output.split(separator: 0).map { try RepositoryObjects.parseCommit($0) }
    }

    /// One commit.
    package func commit(_ id: ObjectID) async throws -> CommitFacts {
        if usesLibrary {
            let commit = try shared.with { (repository) throws(GitError) in try repository.commit(id) }
            return CommitFacts(
                id: commit.id, tree: commit.tree, parents: commit.parents, author: commit.author, message: commit.text)
        }
        let format = "--format=%H%n%T%n%P%n%an <%ae> %ad%n%B"
        let result = try await git.output(
            ["log", "-z", "-1", "--encoding=UTF-8", "--date=raw", format, id.hex, "--"])
        return try RepositoryObjects.parseCommit(result.output.split(separator: 0).first ?? [])
    }

    /// The tree of a commit.
    package func tree(of commit: ObjectID) async throws -> ObjectID {
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in try repository.tree(of: commit) }
        }
        return try await id(["rev-parse", "--verify", "\(commit.hex)^{tree}"], input: "")
    }

    /// The tree without an entry; it is written, so that git finds it too.
    package func emptyTree() async throws -> ObjectID {
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in try repository.writeTree([]) }
        }
        return try await id(["mktree"], input: "")
    }

    private static func parseCommit(_ bytes: ArraySlice<UInt8>) throws -> CommitFacts {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 4, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count == 5, let id = ObjectID(hex: lines[0]), let tree = ObjectID(hex: lines[1]),
            let author = Identity(lines[3])
        else {
            throw GitProcessError(
                code: .failed, operation: "git log", message: "it printed something else than a commit")
        }
        return CommitFacts(
            id: id, tree: tree, parents: lines[2].split(separator: " ").compactMap { ObjectID(hex: $0) },
            author: author, message: lines[4])
    }
}
