package import Git2
import GitProcess
package import GitValues
import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension RepositoryObjects {
    /// Whether history is cut off somewhere.
    var isShallow: Bool { access(location.commonDirectory + "/shallow", F_OK) == 0 }

    /// The commits of a branch's own line: first parents from the tip, newest first, without those reachable from others.
    package func firstParents(from tip: ObjectID, notIn others: [ObjectID]) async throws -> [ObjectID] {
        let result = try await git.output(
            ["rev-list", "--first-parent", tip.hex, "--not"] + others.map(\.hex) + ["--"])
        return result.lines.compactMap { ObjectID(hex: $0) }
    }

    /// The commits of a chain of documents, newest first; not more of them than `limit`.
    package func chain(from tip: ObjectID, limit: Int = .max) async throws -> [ObjectID] {
        if usesLibrary {
            let isShallow = isShallow
            return try shared.with { (repository) throws(GitError) in
                var chain: [ObjectID] = []
                var next: ObjectID? = tip
                while let commit = next, chain.count < limit {
                    // In a shallow repository it ends where history is cut off; nowhere else may a part be missing.
                    if isShallow, try repository.kind(of: commit) != .commit { break }
                    chain.append(commit)
                    next = try repository.commit(commit).parents.first
                }
                return chain
            }
        }
        return Array(try await firstParents(from: tip, notIn: []).prefix(limit))
    }

    /// The receipt in a commit; `nil` when there is none that can be read.
    package func receipt(in commit: ObjectID) async throws -> Receipt? {
        guard let content = try await contents(of: Receipt.fileName, in: [commit]).first ?? nil else { return nil }
        // What cannot be decoded is as good as absent; audits tell of it.
        return try? JSONText.decode(Receipt.self, from: String(decoding: content, as: UTF8.self))
    }

    /// So many receipts back that of a landing is looked for.
    private static let receiptsLookedAt = 100

    /// The newest commit, among the last hundred receipts of a chain, whose receipt is the one; `nil` when there is none.
    package func newestReceipt(upTo tip: ObjectID, where isMeant: (Receipt) -> Bool) async throws -> ObjectID? {
        for commit in try await chain(from: tip, limit: RepositoryObjects.receiptsLookedAt) {
            if let receipt = try await receipt(in: commit), isMeant(receipt) { return commit }
        }
        return nil
    }

    /// What a path of a commit names, file or folder; `nil` when it is not there.
    package func treeEntry(_ path: String, in commit: ObjectID) async throws -> ObjectID? {
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in
                try repository.entry(at: Array(path.utf8), in: try repository.tree(of: commit))?.id
            }
        }
        let result = try await git.run(["rev-parse", "--verify", "--quiet", "\(commit.hex):\(path)"])
        return result.succeeded ? ObjectID(hex: result.text) : nil
    }

    /// The entry at a path of a commit or tree; `nil` when nothing is there.
    package func entry(_ path: [UInt8], in commit: ObjectID) async throws -> TreeEntry? {
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in
                try repository.entry(at: path, in: try repository.tree(of: commit))
            }
        }
        let words = ["ls-tree", "-z", "--full-tree", commit.hex, "--"].map { Array($0.utf8) }
        let result = try await git.plainPathspecs.output(bytes: words + [Array(":(literal)".utf8) + path])
        for line in result.output.split(separator: 0) {
            let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
            let words = fields.first.map { String(decoding: $0, as: UTF8.self).split(separator: " ") } ?? []
            guard fields.count == 2, Array(fields[1]) == path, words.count == 3,
                let mode = UInt32(words[0], radix: 8), let id = ObjectID(hex: words[2])
            else { continue }
            let name = fields[1].split(separator: UInt8(ascii: "/")).last ?? fields[1]
            return TreeEntry(name: Array(name), mode: FileMode(rawValue: mode), id: id)
        }
        return nil
    }

    /// Writes one tree; the order of the entries does not matter.
    package func writeTree(_ entries: [TreeEntry]) async throws -> ObjectID {
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in try repository.writeTree(entries) }
        }
        let lines = entries.map { entry in
            let kind = entry.mode == .directory ? "tree" : entry.mode == .submodule ? "commit" : "blob"
            let mode = String(entry.mode.rawValue, radix: 8)
            let padded = String(repeating: "0", count: 6 - mode.utf8.count) + mode
            return Array("\(padded) \(kind) \(entry.id.hex)\t".utf8) + entry.name + [0]
        }
        return try await id(["mktree", "-z"], input: lines.flatMap { $0 })
    }

    /// The renames that single commits made on the way from one commit to a later one, earliest first; merges are left out,
    /// and so is what they brought.
    package func stepwiseRenames(
        from old: ObjectID, to new: ObjectID
    ) async throws -> [(before: [UInt8], after: [UInt8])] {
        let commits = try await git.output(
            ["rev-list", "--ancestry-path", "--no-merges", "--topo-order", "--reverse", new.hex, "^" + old.hex])
        let result = try await git.output(
            ["diff-tree", "--stdin", "--no-commit-id", "-r", "-z", "-M", "--diff-filter=R", "--name-status"],
            input: commits.output)
        let fields = result.output.split(separator: 0).map { Array($0) }
        return stride(from: 0, to: fields.count - 2, by: 3).map { (fields[$0 + 1], fields[$0 + 2]) }
    }

    /// Whether a file is or was there, in any commit of a history.
    package func wasEver(_ path: [UInt8], in tip: ObjectID) async throws -> Bool {
        let words = ["rev-list", "--max-count=1", "--full-history", tip.hex, "--"].map { Array($0.utf8) }
        let result = try await git.plainPathspecs.output(bytes: words + [Array(":(top,literal)".utf8) + path])
        return !result.output.isEmpty
    }

    /// The paths that differ between two trees, sorted.
    package func changedPaths(from old: ObjectID, to new: ObjectID) async throws -> [[UInt8]] {
        let result = try await git.output(["diff-tree", "-r", "-z", "--name-only", "--no-renames", old.hex, new.hex])
        return result.output.split(separator: 0).map { Array($0) }
    }
}
