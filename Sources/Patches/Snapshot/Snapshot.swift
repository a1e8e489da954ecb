import Git2
import GitProcess
package import GitValues
import Snapshots

/// What `snapshot` did.
package struct SnapshotOutcome: Sendable {
    /// The id by which `restore` knows it.
    package var id: RecordID
    package var commit: ObjectID
    package var title: String
    package var paths: Int
}

extension Session {
    /// Keeps the working tree and the index under an id and touches neither.
    ///
    /// The commit has the tree of the working tree; its parents are HEAD, where there is one, and a commit with the tree
    /// of the index. `refs/gitpatch/snapshots/<id>` holds it.
    package func snapshot(_ text: String?, force: Bool) async throws -> SnapshotOutcome {
        try await withFolder { operation, folder in
            let head = try await view.head()
            let people = try await workspace.people()
            let captured = try await workspace.capture(.everything, force: force, allowsNothing: true)
            let title = text.map { CommitMessage.title(of: CommitMessage.clean($0)) } ?? "snapshot on \(head.label)"
            let staged = try await stagedTree(in: folder)
            if captured.changes.isEmpty {
                // What is staged and nowhere else is work, too.
                let before: ObjectID
                if let tree = captured.headTree { before = tree } else { before = try await view.emptyTree() }
                if staged == before { throw workspace.nothingToDo(.everything) }
            }
            let commit = try await snapshotCommit(
                of: captured.tree, staged: staged, head: head.commit, message: text ?? title, people)
            var references = [ReferenceStep(.snapshot(operation), from: .absent, to: .object(commit))]
            references.append(ReferenceStep(.holder(of: operation), from: .absent, to: .object(commit)))
            let intent = Intent(
                references: references, worktree: workspace.location.worktree, message: "patch snapshot: \(title)",
                identity: people.committer)
            try await perform(
                intent, as: operation, OperationTitle(command: "snapshot", summary: title), with: captured.objects)
            captured.objects?.letGo()
            return SnapshotOutcome(id: operation, commit: commit, title: title, paths: captured.changes.count)
        }
    }

    /// The commit of a snapshot.
    func snapshotCommit(
        of tree: ObjectID, staged: ObjectID, head: ObjectID?, message: String, _ people: People
    ) async throws -> ObjectID {
        let parents = head.map { [$0] } ?? []
        let index = try await make(
            NewCommit(tree: staged, parents: parents, message: "index\n", people: people, signing: .never))
        return try await make(
            NewCommit(
                tree: tree, parents: parents + [index], message: CommitMessage.clean(message), people: people,
                signing: .never))
    }

    /// The tree of the index, by git on a copy: `git write-tree` may write the index it works on.
    func stagedTree(in folder: OperationFolder) async throws -> ObjectID {
        let index = workspace.index
        let copy = folder.scratch.appending("staged")
        try Disk.makeDirectories(folder.scratch)
        if Disk.exists(index) { try Disk.copy(index, to: copy) }
        for name in Disk.names(in: index.parent) where name.starts(with: Array("sharedindex.".utf8)) {
            _ = try Disk.link(index.parent.appending(name), to: folder.scratch.appending(name))
        }
        let text = try await workspace.git.using(indexFile: copy.filePath).output(["write-tree"]).text
        guard let tree = ObjectID(hex: text) else { throw PatchProblem(.unsupported, "git write-tree gave no tree") }
        return tree
    }
}

extension ReferenceName {
    /// The reference of a snapshot: `refs/gitpatch/snapshots/<id>`.
    static func snapshot(_ id: RecordID) -> ReferenceName {
        ReferenceName("refs/gitpatch/snapshots/\(id)") ?? .head  // Hexadecimal digits are always a valid name.
    }
}
