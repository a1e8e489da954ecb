import GitValues

/// Replaces an index in one step, under git's own `index.lock`.
///
/// The lock is made by giving a file of the operation, its record, a second name: that is atomic and exclusive, and after a
/// crash the shared inode proves whose lock it is.
struct IndexSwap {
    /// The path of the index.
    let index: DiskPath
    let folder: OperationFolder

    private var lock: DiskPath { DiskPath(bytes: index.bytes + Array(".lock".utf8)) }

    /// Keeps the present index under a second name, with the shared parts a split index needs.
    ///
    /// Returns its identity; `nil` when there is no index.
    func keepBefore() throws(DiskProblem) -> FileIdentity? {
        guard Disk.exists(index) else { return nil }
        guard try Disk.link(index, to: folder.indexBefore) else { return FileIdentity.of(folder.indexBefore) }
        let shared = Disk.names(in: index.parent).filter { $0.starts(with: Array("sharedindex.".utf8)) }
        for name in shared { _ = try Disk.link(index.parent.appending(name), to: folder.path.appending(name)) }
        return FileIdentity.of(folder.indexBefore)
    }

    /// Gives back the shared parts that git has expired since.
    func restoreSharedParts(from source: OperationFolder) throws(DiskProblem) {
        for name in Disk.names(in: source.path) where name.starts(with: Array("sharedindex.".utf8)) {
            _ = try Disk.link(source.path.appending(name), to: index.parent.appending(name))
        }
    }

    /// The file that becomes `index.lock`: its name must be on the disk before the lock is, or nothing proves whose it is.
    private var proof: DiskPath { folder.record }

    /// Takes `index.lock`, waiting a little for whoever has it, and compares the index with what was captured.
    ///
    /// - Throws: `PatchProblem.locked` naming the lock file, `.changedMeanwhile` when the index is another one.
    func hold(expecting before: FileIdentity?, patience: TimeSpan = TimeSpan(seconds: 1)) async throws {
        var waited = 0.0
        while try !Disk.link(proof, to: lock) {
            if isHeld { break }
            guard waited < patience.seconds else {
                throw PatchProblem(
                    .locked, "the index is locked by another program: '\(lock)' exists",
                    hints: ["wait for that program; if none runs, remove the file and run the command again"])
            }
            try await Task.sleep(for: .milliseconds(20))
            waited += 0.02
        }
        guard FileIdentity.of(index) == before else {
            try release()
            throw PatchProblem(
                .changedMeanwhile, "the index was changed by another program meanwhile",
                hints: ["run the command again"])
        }
    }

    /// Puts the new index in place; `false` when the present one is neither the old nor the new one. The names in its folder,
    /// HEAD's among them, are on the disk then.
    func replace(_ step: IndexStep) throws(DiskProblem) -> Bool {
        let now = FileIdentity.of(index)
        if now == step.before, now != step.after {
            if step.after == nil { try Disk.remove(index) } else { try Disk.rename(folder.indexAfter, to: index) }
        }
        try Disk.synchronise(index.parent)
        return now == step.before || now == step.after
    }

    /// Whether `index.lock` is there and ours.
    var isHeld: Bool {
        guard let held = FileIdentity.of(lock), let ours = FileIdentity.of(proof) else { return false }
        return held.inode == ours.inode
    }

    /// Removes our `index.lock`; says whether there was one.
    @discardableResult
    func release() throws(DiskProblem) -> Bool {
        guard isHeld else { return false }
        try Disk.remove(lock)
        return true
    }
}
