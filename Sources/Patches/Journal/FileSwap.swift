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

    /// A file that stays as it is.
    struct Left {
        let path: [UInt8]
        /// Why the system did not let it be moved; `nil` when something else changed it meanwhile.
        let problem: DiskProblem?
    }

    /// Runs all steps and returns the files that were left alone.
    func run(_ steps: [FileStep]) throws(DiskProblem) -> [Left] {
        guard !steps.isEmpty else { return [] }
        try Disk.makeDirectories(folder.filesBefore)
        try Disk.synchronise(folder.path)
        var left: [Left] = []
        var touched: Set<DiskPath> = []
        for step in steps where step.before != nil {
            if let reason = try attempt(step, { () throws(DiskProblem) in try takeOut(step) }) {
                left.append(reason)
            } else {
                touched.insert(place(step).parent)
            }
        }
        // What left the tree must be known by its new name before the old one is gone for good.
        try Disk.synchronise(folder.filesBefore)
        for folder in touched { removeIfEmpty(folder) }
        let stayed = Set(left.map(\.path))
        for step in steps where step.after != nil && !stayed.contains(step.path) {
            if let reason = try attempt(step, { () throws(DiskProblem) in try putIn(step) }) {
                left.append(reason)
            } else {
                touched.insert(place(step).parent)
            }
        }
        for folder in touched where Disk.isDirectory(folder) { try Disk.synchronise(folder) }
        return left
    }

    /// Runs one move; a file the system does not let us move is left where it is, like one that changed.
    ///
    /// - Throws: what has nothing to do with the file, such as a full disk: the next command goes on from here.
    private func attempt(
        _ step: FileStep, _ move: () throws(DiskProblem) -> Bool
    ) throws(DiskProblem) -> Left? {
        do { return try move() ? nil : Left(path: step.path, problem: nil) } catch {
            if [ENOSPC, EDQUOT, EIO, ENOMEM, EMFILE, ENFILE].contains(error.number) { throw error }
            return Left(path: step.path, problem: error)
        }
    }

    private func place(_ step: FileStep) -> DiskPath { worktree.appending(step.path) }

    private func takeOut(_ step: FileStep) throws(DiskProblem) -> Bool {
        let kept = folder.filesBefore.appending("\(step.number)")
        guard let home = try WorktreeFolder.open(holding: step.path, in: worktree) else { return Disk.exists(kept) }
        let place = home.place(step.path.fileName)
        let aside = home.place(asideName(step))
        if FileIdentity.of(aside) != nil { return try moveAcross(aside, to: kept, from: place, step) }
        if Disk.exists(kept) { return true }
        guard FileIdentity.of(place) == step.before else { return false }
        do { try Disk.rename(place, to: Place(kept)) } catch {
            guard error.number == EXDEV else { throw error }
            try Disk.rename(place, to: aside)
            return try moveAcross(aside, to: kept, from: place, step)
        }
        if FileIdentity.of(kept)?.isSameContent(as: step.before) == true { return true }
        // It changed between the look and the move: it belongs where it was, unless something newer is there.
        if try putUnder(Place(kept), place) { try Disk.remove(kept) }
        return false
    }

    /// Moves a file to another file system: it has left its name already, and goes when the copy is complete.
    private func moveAcross(
        _ aside: Place, to kept: DiskPath, from place: Place, _ step: FileStep
    ) throws(DiskProblem) -> Bool {
        let part = folder.filesBefore.appending("\(step.number).part")
        let isSteady: Bool
        do { isSteady = try Disk.copy(aside, through: Place(part)) } catch {
            if try putUnder(aside, place) { try Disk.remove(aside) }
            throw error
        }
        let isKnown = FileIdentity.of(part)?.isSameContent(as: step.before) == true
        if isSteady && isKnown {
            try Disk.rename(part, to: kept)
            try Disk.synchronise(folder.filesBefore)
            if FileIdentity.of(aside)?.isSameContent(as: step.before) == true {
                try Disk.remove(aside)
                return true
            }
        }
        // Somebody has saved it meanwhile: what was saved belongs where it was.
        if try putUnder(aside, place) {
            try Disk.remove(aside)
            try Disk.remove(kept)
        }
        return false
    }

    private func putIn(_ step: FileStep) throws(DiskProblem) -> Bool {
        let source = folder.filesAfter.appending("\(step.number)")
        guard let coming = FileIdentity.of(source) else { return true }
        guard let home = try WorktreeFolder.open(holding: step.path, in: worktree, making: true) else { return false }
        let place = home.place(step.path.fileName)
        if try !linkOrCopy(source, to: place, through: home.place(asideName(step))) {
            // What a killed run has put there is ours; a copy on another file system has the same time.
            guard let there = FileIdentity.of(place), there.isSameContent(as: coming) else { return false }
        }
        try Disk.remove(source)
        return true
    }

    /// A name beside a file that nothing but this operation takes, the same in every run of it.
    private func asideName(_ step: FileStep) -> [UInt8] {
        Array(".gitpatch-".utf8) + folder.path.bytes.fileName + Array("-\(step.number)".utf8)
    }

    /// Gives a file a free name again; `false` when the name is taken.
    private func putUnder(_ source: Place, _ target: Place) throws(DiskProblem) -> Bool {
        do { return try Disk.link(source, to: target) } catch {
            guard error.number == EPERM else { throw error }  // A file system without hard links.
            if FileIdentity.of(target) != nil { return false }
            try Disk.rename(source, to: target)
            return true
        }
    }

    private func linkOrCopy(_ source: DiskPath, to place: Place, through part: Place) throws(DiskProblem) -> Bool {
        do { return try Disk.link(Place(source), to: place) } catch {
            guard error.number == EXDEV || error.number == EPERM else { throw error }
            _ = try Disk.copy(Place(source), through: part)
            let isPut = try putUnder(part, place)
            try Disk.remove(part)
            return isPut
        }
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
}

extension FileIdentity {
    /// Whether size, time and kind agree; a copy on another file system has another inode.
    func isSameContent(as other: FileIdentity?) -> Bool {
        guard let other else { return false }
        return kind == other.kind && size == other.size && modifiedSeconds == other.modifiedSeconds
            && modifiedNanoseconds == other.modifiedNanoseconds
    }
}
