import GitProcess
import GitValues

/// The folder of one operation, `<common dir>/gitpatch/ops/<id>`: index files and file contents, before and after.
struct OperationFolder: Sendable {
    /// The folder of all operation folders.
    static func all(in storeDirectory: String) -> DiskPath { DiskPath(storeDirectory).appending("ops") }

    let path: DiskPath

    init(_ operation: RecordID, in storeDirectory: String) {
        path = OperationFolder.all(in: storeDirectory).appending(operation.text)
    }

    /// Makes the folder and those above it; the names of those above are on the disk then.
    func make() throws(DiskProblem) {
        let all = path.parent
        if !Disk.isDirectory(all) {
            try Disk.makeDirectories(all)
            for place in [all.parent, all.parent.parent] { try Disk.synchronise(place) }
        }
        try Disk.makeDirectory(path)
    }

    /// A second name of the index as it was before the operation; git replaces an index by renaming, so it keeps its bytes.
    var indexBefore: DiskPath { path.appending("index.before") }
    /// The index the operation puts in place; it leaves this name when it does.
    var indexAfter: DiskPath { path.appending("index") }
    /// What the operation takes out of the working tree, one file per number.
    var filesBefore: DiskPath { path.appending("before") }
    /// What the operation puts into the working tree, one file per number.
    var filesAfter: DiskPath { path.appending("after") }
    /// A copy of the journal's record, for the day the store is lost. The `index.lock` that the operation holds is a second
    /// name of it: proof after a crash that the lock is ours.
    var record: DiskPath { path.appending("record.json") }
    /// Room for git children: checked out files, private indexes, a worktree for tests.
    var scratch: DiskPath { path.appending("scratch") }

    /// Removes what only the work itself needed, locks of killed children included, and keeps what an undo needs.
    func keepOnlyBefore() {
        for name in Disk.names(in: path) {
            let child = path.appending(name)
            let isNeeded =
                [indexBefore, filesBefore, record].contains(child) || name.starts(with: Array("sharedindex.".utf8))
            if !isNeeded { Disk.removeTree(child) }
        }
    }

    /// Makes git forget worktrees that lay in this folder: what `git worktree prune` would do, and for no other one.
    func forgetWorktrees(in commonDirectory: String) {
        let all = DiskPath(commonDirectory).appending("worktrees")
        for name in Disk.names(in: all) {
            let entry = all.appending(name)
            // An entry that cannot be read is not known to be ours.
            guard let pointer = try? Disk.read(entry.appending("gitdir")), pointer.starts(with: path.bytes + [0x2F])
            else { continue }
            LinkedWorktree.remove(entry.text, staging: path.appending("forgotten").text)
        }
    }

    /// Removes the folder.
    func discard() { Disk.removeTree(path) }
}
