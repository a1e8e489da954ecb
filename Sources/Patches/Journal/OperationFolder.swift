import GitValues

/// The folder of one operation, `<common dir>/gitpatch/ops/<id>`: index files and file contents, before and after.
struct OperationFolder: Sendable {
    /// The folder of all operation folders.
    static func all(in storeDirectory: String) -> DiskPath { DiskPath(storeDirectory).appending("ops") }

    let path: DiskPath

    init(_ operation: RecordID, in storeDirectory: String) {
        path = OperationFolder.all(in: storeDirectory).appending(operation.text)
    }

    /// Makes the folder and those above it.
    func make() throws(DiskProblem) { try Disk.makeDirectories(path) }

    /// A second name of the index as it was before the operation; git replaces an index by renaming, so it keeps its bytes.
    var indexBefore: DiskPath { path.appending("index.before") }
    /// The index the operation puts in place; it leaves this name when it does.
    var indexAfter: DiskPath { path.appending("index") }
    /// An empty file whose second name is the `index.lock` we hold: proof after a crash that the lock is ours.
    var indexHold: DiskPath { path.appending("index.hold") }
    /// What the operation takes out of the working tree, one file per number.
    var filesBefore: DiskPath { path.appending("before") }
    /// What the operation puts into the working tree, one file per number.
    var filesAfter: DiskPath { path.appending("after") }
    /// Room for git children: checked out files, private indexes, a worktree for tests.
    var scratch: DiskPath { path.appending("scratch") }

    /// Removes what only the work itself needed, locks of killed children included, and keeps what an undo needs.
    func keepOnlyBefore() {
        for name in Disk.names(in: path) {
            let child = path.appending(name)
            let isNeeded = child == indexBefore || child == filesBefore || name.starts(with: Array("sharedindex.".utf8))
            if !isNeeded { Disk.removeTree(child) }
        }
    }

    /// Removes the folder.
    func discard() { Disk.removeTree(path) }
}
