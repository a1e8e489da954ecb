import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Replaces an index in one step, under git's own `index.lock`.
///
/// The lock is made by giving a file of the operation, its record, a second name: that is atomic and exclusive, and after a
/// crash the shared inode proves whose lock it is.
///
/// With `GIT_INDEX_FILE` an index may lie on another file system. There copies stand for second names: they have the size and
/// time of what was copied, and the content of a record, which holds its operation's id, proves whose lock it is.
struct IndexSwap {
    /// The path of the index.
    let index: DiskPath
    let folder: OperationFolder

    private var lock: DiskPath { DiskPath(bytes: index.bytes + Array(".lock".utf8)) }

    /// Keeps the present index under a second name, with the shared parts a split index needs.
    ///
    /// Returns its identity; `nil` when there is no index.
    func keepBefore() throws(DiskProblem) -> FileIdentity? {
        guard let now = FileIdentity.of(index) else { return nil }
        let isNew = try keep(index, as: folder.indexBefore)
        let kept = FileIdentity.of(folder.indexBefore)
        // Without an inode in common, the index has the identity that counts.
        let before = kept != now && now.isSameContent(as: kept) && isElsewhere ? now : kept
        guard isNew else { return before }
        let shared = Disk.names(in: index.parent).filter { $0.starts(with: Array("sharedindex.".utf8)) }
        for name in shared { _ = try keep(index.parent.appending(name), as: folder.path.appending(name)) }
        return before
    }

    /// Gives a file a second name, or a copy where it is on another file system; `false` when the name is taken.
    private func keep(_ source: DiskPath, as target: DiskPath) throws(DiskProblem) -> Bool {
        do { return try Disk.link(source, to: target) } catch {
            guard error.number == EXDEV else { throw error }
            if Disk.exists(target) { return false }
            try Disk.copy(source, to: target)
            return true
        }
    }

    /// Whether the index is on another file system than the operation's folder.
    private var isElsewhere: Bool {
        var (there, here) = (stat(), stat())
        guard stat(index.parent.text, &there) == 0, stat(folder.path.text, &here) == 0 else { return false }
        return there.st_dev != here.st_dev
    }

    /// A name beside the index that nothing but this operation takes.
    private var part: DiskPath {
        DiskPath(bytes: index.bytes + Array(".gitpatch-".utf8) + folder.path.bytes.fileName)
    }

    /// Gives back the shared parts that git has expired since.
    func restoreSharedParts(from source: OperationFolder) throws(DiskProblem) {
        for name in Disk.names(in: source.path) where name.starts(with: Array("sharedindex.".utf8)) {
            _ = try keep(source.path.appending(name), as: index.parent.appending(name))
        }
    }

    /// The file that becomes `index.lock`: its name must be on the disk before the lock is, or nothing proves whose it is.
    private var proof: DiskPath { folder.record }

    /// Takes `index.lock`, waiting a little for whoever has it, and compares the index with what was captured.
    ///
    /// - Throws: `PatchProblem.locked` naming the lock file, `.changedMeanwhile` when the index is another one.
    func hold(expecting before: FileIdentity?, patience: TimeSpan = TimeSpan(seconds: 1)) async throws {
        var waited = 0.0
        while try !takeLock() {
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

    /// Makes `index.lock` a second name of the proof, or of a copy of it; `false` when somebody has it.
    private func takeLock() throws(DiskProblem) -> Bool {
        do { return try Disk.link(proof, to: lock) } catch {
            guard error.number == EXDEV else { throw error }
            try Disk.copy(proof, to: part)
            let isTaken = try Disk.link(part, to: lock)
            try Disk.remove(part)
            return isTaken
        }
    }

    /// Puts the new index in place; `false` when the present one is neither the old nor the new one. The names in its folder,
    /// HEAD's among them, are on the disk then.
    func replace(_ step: IndexStep) throws(DiskProblem) -> Bool {
        let now = FileIdentity.of(index)
        let isDone = now == step.after || (now?.isSameContent(as: step.after) == true && isElsewhere)
        if now == step.before, !isDone {
            if step.after == nil { try Disk.remove(index) } else { try putInPlace() }
        }
        try Disk.synchronise(index.parent)
        return now == step.before || isDone
    }

    private func putInPlace() throws(DiskProblem) {
        do { try Disk.rename(folder.indexAfter, to: index) } catch {
            guard error.number == EXDEV else { throw error }
            try Disk.copy(folder.indexAfter, to: part)
            try Disk.rename(part, to: index)
        }
    }

    /// Whether `index.lock` is there and ours.
    var isHeld: Bool {
        guard let held = FileIdentity.of(lock), let ours = FileIdentity.of(proof) else { return false }
        if held.inode == ours.inode && !isElsewhere { return true }
        // The record may have been made again since, or be on another file system.
        // Losing the error is right: a lock that cannot be read is not known to be ours.
        guard held.size == ours.size, let content = try? Disk.read(lock) else { return false }
        return content == (try? Disk.read(proof))
    }

    /// Removes our `index.lock`; says whether there was one.
    @discardableResult
    func release() throws(DiskProblem) -> Bool {
        guard isHeld else { return false }
        try Disk.remove(lock)
        return true
    }
}
