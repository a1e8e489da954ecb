import Git2
import GitProcess
import GitValues

extension RepositoryView {
    /// Proves that a branch has landed; `nil` when there is no proof, which is not a proof of the contrary.
    func containment(of branch: ObjectID, in target: ObjectID) async throws -> Containment? {
        if let library { return try library.repository.containment(of: branch, in: target) }
        return try await GitContainment(view: self, branch: branch, target: target).find()
    }
}

/// The same proofs by git alone, for repositories that libgit2 cannot read.
private struct GitContainment {
    let view: RepositoryView
    let branch: ObjectID
    let target: ObjectID
    /// How many of the target's newest commits since the branch point are looked at.
    var limit = 1000

    func find() async throws -> Containment? {
        if try await view.isAncestor(branch, of: target) { return .ancestor }
        guard let base = try await view.mergeBase(branch, target) else { return nil }
        // Of what changes nothing in the end, the target's content tells nothing.
        if try await view.commit(base).tree == view.commit(branch).tree { return nil }
        if try await mergeIsNoOp() { return .content }
        // Git's patch ids tell binary files apart in some versions only.
        if try await hasBinaries(from: base) { return nil }
        let landed = try await patchIDs(["log", "-n", "\(limit)", "--no-merges", target.hex, "^\(branch.hex)"])
        let whole = try await ids(of: view.git.output(["diff", base.hex, branch.hex].withPlainDiff).output)
        if let id = whole.first?.id, let commit = landed.first(where: { $0.id == id })?.commit {
            return .squashed(commit)
        }
        let count = try await view.git.output(["rev-list", "--count", branch.hex, "^\(target.hex)"]).text
        let own = try await patchIDs(["log", "--reverse", "--no-merges", branch.hex, "^\(target.hex)"])
        guard !own.isEmpty, Int(count) == own.count else { return nil }
        let replayed = own.compactMap { mine in landed.first { $0.id == mine.id }?.commit }
        return replayed.count == own.count ? .replayed(replayed) : nil
    }

    private func mergeIsNoOp() async throws -> Bool {
        let merged = try await view.git.run(["merge-tree", "--write-tree", target.hex, branch.hex])
        guard merged.succeeded else { return false }
        return ObjectID(hex: merged.text) == (try await view.commit(target).tree)
    }

    private func hasBinaries(from base: ObjectID) async throws -> Bool {
        let log = ["log", "--format=", "--numstat", "--no-merges", branch.hex, "^\(target.hex)"]
        var lines = try await view.git.output(["diff", "--numstat", base.hex, branch.hex]).lines
        lines += try await view.git.output(log).lines
        return lines.contains { $0.hasPrefix("-\t-\t") }
    }

    private func patchIDs(_ log: [String]) async throws -> [(id: String, commit: ObjectID?)] {
        try await ids(of: view.git.output(log.withPlainDiff).output)
    }

    /// What `git patch-id` makes of diffs, white space included; nothing where git cannot do that yet (before 2.39).
    private func ids(of diff: [UInt8]) async throws -> [(id: String, commit: ObjectID?)] {
        if diff.isEmpty { return [] }
        let result = try await view.git.run(["patch-id", "--verbatim"], input: diff)
        guard result.succeeded else { return [] }
        return result.lines.compactMap { line in
            let parts = line.split(separator: " ")
            return parts.count == 2 ? (String(parts[0]), ObjectID(hex: parts[1])) : nil
        }
    }
}

extension [String] {
    /// The same diff or log with its text as patch ids need it, whatever is configured.
    fileprivate var withPlainDiff: [String] {
        guard let command = first else { return [] }
        let options = ["-p", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index", "-U3", "--no-renames"]
        return [command] + (command == "log" ? ["--format=commit %H"] : []) + options + dropFirst()
    }
}
