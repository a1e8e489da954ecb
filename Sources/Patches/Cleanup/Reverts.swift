import GitProcess
import GitValues
import Store

/// What the history of a target says was taken back: `git revert` and `git automerge rollback` leave it in their messages.
///
/// A revert hides that its patch is no longer there: the commits that landed are in the history all the same.
struct Reverts {
    private struct Revert {
        let commit: ObjectID
        let commits: [ObjectID]
        let patches: Set<String>
    }

    private let view: RepositoryView
    /// Newest first; those that were reverted themselves are left out.
    private let reverts: [Revert]

    /// Reads the messages of a target's commits since a moment, none older than which can be of interest.
    init(in target: ObjectID, since: Timestamp, _ view: RepositoryView) async throws {
        self.view = view
        let log = try await view.git.output([
            "log", "-z", "--format=%H%n%B", "--since=@\(since.seconds)", "--grep=This reverts commit ",
            "--grep=This takes back ", "--grep=^Reverts-Patch: ", target.hex,
        ])
        var found: [Revert] = []
        var undone: Set<ObjectID> = []
        for record in log.output.split(separator: 0) {
            let text = String(decoding: record, as: UTF8.self)
            let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard lines.count == 2, let id = ObjectID(hex: lines[0]), !undone.contains(id) else { continue }
            let commits = Reverts.commits(namedIn: lines[1])
            undone.formUnion(commits)
            let patches = CommitMessage.trailers(of: String(lines[1])).filter { $0.key == "Reverts-Patch" }
            found.append(Revert(commit: id, commits: commits, patches: Set(patches.map(\.value))))
        }
        reverts = found
    }

    /// The full ids that follow `This reverts commit ` and the two dots of `This takes back `.
    private static func commits(namedIn text: Substring) -> [ObjectID] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            let isRevert = line.hasPrefix("This reverts commit ") && words.count >= 4
            guard isRevert || (line.hasPrefix("This takes back ") && words.count == 4) else { return nil }
            return words[3].split(separator: ".").last.flatMap { ObjectID(hex: $0.prefix { $0.isHexDigit }) }
        }
    }

    /// Whether what a patch landed as was taken back after it had landed.
    ///
    /// - Parameter landing: the target's commits that have the patch's change, or the branch's tip when it is one of them.
    func takeBack(_ patch: PatchRecord, landedAs landing: [ObjectID]) async throws -> Bool {
        guard let last = landing.last else { return false }
        for revert in reverts {
            guard try await view.isAncestor(last, of: revert.commit) else { continue }
            if revert.patches.contains(patch.id.text) { return true }
            for commit in revert.commits {
                if landing.contains(commit) { return true }
                // A merge commit brought it in: in its history, and not in that of its first parent.
                guard try await view.isAncestor(last, of: commit),
                    let parent = try await view.commit(commit).parents.first,
                    try await !view.isAncestor(last, of: parent)
                else { continue }
                return true
            }
        }
        return false
    }
}
