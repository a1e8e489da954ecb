import Git2
import GitProcess
package import GitValues
import Snapshots
import Store
import SystemPackage

/// What a restore takes from a snapshot.
struct RestoreChoice {
    /// What is staged again.
    struct Staged {
        /// The tree that was staged.
        var tree: ObjectID
        /// What differs between it and the index as it is.
        var changes: [TreeChange]
    }

    var title: String
    /// The tree of the files that are kept.
    var tree: ObjectID
    var files: FilesBack
    /// Absent when nothing is.
    var staged: Staged?
}

/// What `restore` would do.
package struct RestorePreview: Sendable {
    /// One path of the working tree.
    package struct Effect: Sendable {
        package var path: [UInt8]
        /// Whether it goes rather than getting the version that is kept.
        package var isRemoved: Bool
    }

    package var snapshot: RecordID
    /// What would be written or removed, sorted by path.
    package var effects: [Effect]
    /// Whether what was staged would be staged again.
    package var restoresIndex: Bool
}

extension Session {
    /// Finds what `restore` would do; nothing is written in the repository, not even an object.
    ///
    /// - Throws: the refusals of `restore`; whether git's filters give the files is known when it writes them.
    package func previewRestore(_ wish: String, pathspecs: [String]) async throws -> RestorePreview {
        let snapshot = try await chooseSnapshot(wish)
        let captured = try await workspace.capture(.everything, force: true, dryRun: true, allowsNothing: true)
        let scratch = pathspecs.isEmpty ? nil : try Disk.makeTemporaryDirectory()
        defer { if let scratch { Disk.removeTree(scratch) } }
        let choice = try await chooseRestore(of: snapshot, pathspecs, scratch: scratch) { kept in
            try await view.changes(from: kept, to: captured)
        }
        let effects = choice.files.entries.map { RestorePreview.Effect(path: $0.path, isRemoved: $0.old == nil) }
        return RestorePreview(snapshot: snapshot.id, effects: effects, restoresIndex: choice.staged != nil)
    }

    /// Chooses files and staged contents; a look and the real restore agree because both ask here.
    ///
    /// - Parameters:
    ///   - scratch: a folder outside of the working tree for an index to match pathspecs with; needed for those only.
    ///   - differences: what differs between a tree and the working tree, as it was captured.
    /// - Throws: `PatchProblem.nothingToDo`, `PatchProblem.wouldLoseWork`, or the refusal of a bad pathspec.
    func chooseRestore(
        of snapshot: (id: RecordID, commit: ObjectID), _ pathspecs: [String], scratch: DiskPath?,
        differences: (ObjectID) async throws -> [TreeChange]
    ) async throws -> RestoreChoice {
        let head = try await view.head()
        let kept = try await view.commit(snapshot.commit)
        let was = kept.parents.count == 2 ? kept.parents[0] : nil
        var before: ObjectID?
        if let was { before = try await view.commit(was).tree }
        let changed = try await view.changes(from: before, toTree: kept.tree)
        var chosen = Set(changed.map(\.path))
        if !pathspecs.isEmpty, let scratch {
            chosen = try await paths(matching: pathspecs, in: kept.tree, changed, scratch)
        }
        let changes = try await differences(kept.tree).filter { chosen.contains($0.path) }
        var choice = RestoreChoice(title: kept.title, tree: kept.tree, files: try chooseFilesBack(changes))
        if pathspecs.isEmpty, was == head.commit, let staged = kept.parents.last {
            let tree = try await view.commit(staged).tree
            let touched = Set(try await view.changes(from: before, toTree: tree).map(\.path)).union(chosen)
            let changes = try await view.changes(from: tree, toIndex: workspace.index).filter {
                touched.contains($0.path)
            }
            if !changes.isEmpty { choice.staged = RestoreChoice.Staged(tree: tree, changes: changes) }
        }
        guard !choice.files.steps.isEmpty || choice.staged != nil else {
            throw PatchProblem(
                .nothingToDo, "there is nothing to do: everything is as in snapshot \(snapshot.id.short)")
        }
        return choice
    }

    /// The snapshot whose id begins with a text.
    func chooseSnapshot(_ wish: String) async throws -> (id: RecordID, commit: ObjectID) {
        let prefix = "refs/gitpatch/snapshots/"
        let found = try await view.references(under: prefix).filter {
            !wish.isEmpty && $0.name.text.dropFirst(prefix.count).hasPrefix(wish)
        }
        guard found.count == 1, let match = found.first,
            let id = RecordID(match.name.text.dropFirst(prefix.count))
        else {
            let undone = try store.operations().first {
                found.isEmpty && !wish.isEmpty && $0.command == "snapshot" && $0.state == .undone
                    && $0.id.text.hasPrefix(wish)
            }
            if let undone, let undo = try undoing(undone.id) {
                throw PatchProblem(
                    .noSuchSnapshot, "snapshot '\(wish)' was undone",
                    hints: ["bring it back with: git patch undo \(undo.short)"])
            }
            throw PatchProblem(
                .noSuchSnapshot,
                found.isEmpty ? "there is no snapshot '\(wish)'" : "'\(wish)' stands for \(found.count) snapshots",
                hints: ["type 'git patch log' to see the snapshots"])
        }
        return (id, match.id)
    }

    /// The operation that took another one back, while it can be taken back itself.
    private func undoing(_ operation: RecordID) throws -> RecordID? {
        try store.operations().first { record in
            guard record.undoable, record.state == .done, record.command == "undo" else { return false }
            return try intent(of: record).undoes == operation
        }?.id
    }

    /// The paths of the snapshot, and those that were deleted in it, that pathspecs match; git does the matching.
    private func paths(
        matching pathspecs: [String], in tree: ObjectID, _ changed: [TreeChange], _ scratch: DiskPath
    ) async throws -> Set<[UInt8]> {
        try Disk.makeDirectories(scratch)
        var git = workspace.git.using(indexFile: scratch.appending("match").filePath)
        git.settings += ["core.fsmonitor=false", "core.splitIndex=false"]
        _ = try await git.output(["read-tree", tree.hex])
        var deleted: [UInt8] = []
        for change in changed where change.new == nil {
            guard let old = change.old else { continue }
            deleted += Array("\(change.oldMode) \(old)\t".utf8) + change.path + [0]
        }
        if !deleted.isEmpty { _ = try await git.output(["update-index", "-z", "--index-info"], input: deleted) }
        git.directory = git.directory.appending(workspace.location.prefix)
        let listed = try await git.run(["ls-files", "-z", "--full-name", "--"] + pathspecs)
        // Git has just read this index; what it refuses are the words.
        guard listed.succeeded else { throw CaptureRefusal.badPathspec(listed.firstErrorLine) }
        let matched = Set(listed.output.split(separator: 0).map { Array($0) })
        if matched.isEmpty {
            throw PatchProblem(
                .nothingToDo, "the snapshot has nothing at \(pathspecs.map { "'\($0)'" }.joined(separator: ", "))")
        }
        return matched
    }
}
