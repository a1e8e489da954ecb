import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Takes files out of the working tree and puts others in; run again after a crash it completes what is missing.
///
/// Nothing is overwritten: what leaves the tree moves into the operation's folder, bytes, times and inode unchanged,
/// and what comes in takes a free name only.
struct FileSwap {
    let worktree: DiskPath
    let folder: OperationFolder
    /// A folder that stays even when it becomes empty: where the user stands, relative to the worktree.
    let standing: [UInt8]

    /// Runs all steps and returns the paths that something else changed meanwhile and that were left alone.
    func run(_ steps: [FileStep]) throws(DiskProblem) -> [[UInt8]] {
        guard !steps.isEmpty else { return [] }
        try Disk.makeDirectories(folder.filesBefore)
        try Disk.synchronise(folder.path)
        var left: [[UInt8]] = []
        var touched: Set<DiskPath> = []
        for step in steps where step.before != nil {
            if attempt({ () throws(DiskProblem) in try takeOut(step) }) {
                touched.insert(place(step).parent)
            } else {
                left.append(step.path)
            }
        }
        // What left the tree must be known by its new name before the old one is gone for good.
        try Disk.synchronise(folder.filesBefore)
        for folder in touched { removeIfEmpty(folder) }
        for step in steps where step.after != nil && !left.contains(step.path) {
            if attempt({ () throws(DiskProblem) in try putIn(step) }) {
                touched.insert(place(step).parent)
            } else {
                left.append(step.path)
            }
        }
        for folder in touched where Disk.isDirectory(folder) { try Disk.synchronise(folder) }
        return left
    }

    /// Runs one move; a file the system does not let us move is left where it is, like one that changed.
    private func attempt(_ move: () throws(DiskProblem) -> Bool) -> Bool {
        do { return try move() } catch { return false }
    }

    private func place(_ step: FileStep) -> DiskPath { worktree.appending(step.path) }

    private func takeOut(_ step: FileStep) throws(DiskProblem) -> Bool {
        let kept = folder.filesBefore.appending("\(step.number)")
        if Disk.exists(kept) { return true }
        guard FileIdentity.of(place(step)) == step.before else { return false }
        try move(place(step), to: kept)
        if FileIdentity.of(kept)?.isSameContent(as: step.before) == true { return true }
        // It changed between the look and the move: it belongs where it was.
        try move(kept, to: place(step))
        return false
    }

    private func putIn(_ step: FileStep) throws(DiskProblem) -> Bool {
        let source = folder.filesAfter.appending("\(step.number)")
        guard let coming = FileIdentity.of(source) else { return true }
        guard try makeParents(of: step.path) else { return false }
        guard try linkOrCopy(source, to: place(step)) || FileIdentity.of(place(step))?.inode == coming.inode else {
            return false
        }
        try Disk.remove(source)
        return true
    }

    /// Makes the folders above a path; `false` when a file or a link is in the place of one.
    private func makeParents(of path: [UInt8]) throws(DiskProblem) -> Bool {
        let parts = path.split(separator: 0x2F).dropLast()
        var current = worktree
        for part in parts {
            current = current.appending(Array(part))
            do { try Disk.makeDirectory(current) } catch {
                guard error.number == EEXIST else { throw error }
                return false
            }
        }
        return true
    }

    private func removeIfEmpty(_ directory: DiskPath) {
        var current = directory
        while current.bytes.count > worktree.bytes.count {
            let relative = Array(current.bytes.dropFirst(worktree.bytes.count + 1)) + [0x2F]
            if standing.starts(with: relative) { return }
            guard Disk.removeEmptyDirectory(current) || !Disk.exists(current) else { return }
            current = current.parent
        }
    }

    private func move(_ source: DiskPath, to target: DiskPath) throws(DiskProblem) {
        do { try Disk.rename(source, to: target) } catch {
            guard error.number == EXDEV else { throw error }
            try Disk.copy(source, to: target)
            try Disk.remove(source)
        }
    }

    private func linkOrCopy(_ source: DiskPath, to target: DiskPath) throws(DiskProblem) -> Bool {
        do { return try Disk.link(source, to: target) } catch {
            guard error.number == EXDEV || error.number == EPERM else { throw error }
            if Disk.exists(target) { return false }
            try Disk.copy(source, to: target)
            return true
        }
    }
}

extension FileIdentity {
    /// Whether size, time and kind agree; a copy on another file system has another inode.
    func isSameContent(as other: FileIdentity?) -> Bool {
        guard let other else { return false }
        return kind == other.kind && size == other.size && modifiedSeconds == other.modifiedSeconds
            && modifiedNanoseconds == other.modifiedNanoseconds
    }
}
