import Git2
import GitProcess
import GitValues
import PlainRemote
import Snapshots
import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Finishes what killed commands left: forward when the references of the operation moved, else back.
extension Session {
    /// Looks at every unfinished operation whose process is gone. Needs the lock.
    ///
    /// - Parameter afterCrash: whether preparations of an operation that was never recorded may lie about.
    func recover(afterCrash: Bool) async throws {
        for record in try store.unfinishedOperations() where !record.owner.isAlive {
            try await recover(record)
        }
        if afterCrash {
            view.files?.removeStalePackedLocks()
            try discardOrphans()
            CapturedObjects.letGoOfStale(in: workspace.location)
        }
        try await removeLocksOfKilledChildren()
    }

    /// Removes reference locks that git children left when they were killed with the command that started them.
    func removeLocksOfKilledChildren() async throws {
        let removed = try await StaleLocks.remove(workspace.location, git: workspace.git)
        if !removed.isEmpty {
            workspace.say(.done("removed \(counted(removed.count, "stale lock")) of a command that was killed"))
        }
    }

    private func recover(_ record: OperationRecord) async throws {
        guard let intent = try? JSONText.decode(Intent.self, from: record.intent), intent.version == 1 else {
            throw PatchProblem(
                .badJournal, "operation \(record.id.short) was interrupted and its record cannot be read",
                hints: ["type 'git patch doctor'"])
        }
        let name = "'git patch \(record.command)' (\(record.summary))"
        guard Disk.isDirectory(DiskPath(record.gitDirectory)) else {
            let kept = OperationFolder(record.id, in: store.directory).filesBefore
            guard Disk.names(in: kept).isEmpty else {
                try store.finish(record.id, as: .rolledBack, undoable: false)
                return workspace.say(
                    .warning("forgot the interrupted \(name): its worktree is gone; files it held are in '\(kept)'"))
            }
            try await takeBack(record, intent, in: view)
            return workspace.say(.done("forgot the interrupted \(name): its worktree is gone"))
        }
        let folder = OperationFolder(record.id, in: store.directory)
        // It is the proof of the lock on the index, and may be gone where the folder was copied, or tidied by hand.
        if Disk.isDirectory(folder.path), !Disk.exists(folder.record) { try OperationCopy(record).write(into: folder) }
        let view = view(of: record, intent)
        let stale = try await removeStaleLocks(record, intent, in: view)
        var pending: [ReferenceStep] = []
        var moved = false
        for step in intent.references where step.old != step.new {
            let now = try await view.value(of: step.name)
            if now == step.new { moved = true } else { pending.append(step) }
        }
        guard moved || intent.hooks != nil else {
            try await takeBack(record, intent, in: view)
            return workspace.say(.done("took back the interrupted \(name)\(stale)"))
        }
        if wasGoneOnFrom(intent, folder) {
            try close(record, intent)
            return workspace.say(.done("recorded the end of the interrupted \(name)\(stale)"))
        }
        var lost: [ReferenceStep] = []
        for step in pending where try await view.value(of: step.name) != step.old { lost.append(step) }
        pending.removeAll { lost.contains($0) }
        try await view.move(pending, message: intent.message, by: intent.identity)
        for step in lost { workspace.say(.warning("'\(step.name)' was moved by something else and left there")) }
        if let step = intent.index, FileIdentity.of(DiskPath(step.path)) == step.before {
            try await IndexSwap(index: DiskPath(step.path), folder: folder).hold(expecting: step.before)
        }
        try await complete(record, intent, in: view)
        workspace.say(.done("completed the interrupted \(name)\(stale)"))
    }

    /// Whether all effects were there, and somebody has written the index since: what they moved back stays where it is.
    private func wasGoneOnFrom(_ intent: Intent, _ folder: OperationFolder) -> Bool {
        // The index is the last thing that changes.
        guard let step = intent.index, step.after != nil, !Disk.exists(folder.indexAfter) else { return false }
        let now = FileIdentity.of(DiskPath(step.path))
        return now != step.before && now != step.after
    }

    /// The repository as the operation saw it: it may have run in another linked worktree.
    private func view(of record: OperationRecord, _ intent: Intent) -> RepositoryView {
        let here = workspace.location
        if record.gitDirectory == here.gitDirectory { return view }
        let location = RepositoryLocation(
            gitDirectory: record.gitDirectory, commonDirectory: here.commonDirectory, worktree: intent.worktree,
            prefix: "")
        var git = GitProgram(directory: DiskPath(intent.worktree).filePath)
        git.environment = git.environment.withoutRepository()
        return RepositoryView(location, git: git, reflogs: workspace.reflogs)
    }

    /// Removes reference locks that the dead process left, and says so; an index lock of ours is known by its inode.
    ///
    /// A lock is taken for ours only when the record names its reference, it is younger than the operation, and it is
    /// empty or holds the value we meant to write. A live process finishes within the short wait.
    private func removeStaleLocks(
        _ record: OperationRecord, _ intent: Intent, in view: RepositoryView
    ) async throws -> String {
        var candidates: [(path: DiskPath, contents: Set<[UInt8]>)] = []
        for step in intent.references {
            var contents: Set<[UInt8]> = [[]]
            for value in [step.old, step.new] {
                switch value {
                case .object(let id): contents.insert(Array("\(id.hex)\n".utf8))
                case .symbolic(let name): contents.insert(Array("ref: \(name)\n".utf8))
                case .absent: break
                }
            }
            candidates.append((DiskPath(view.lockPath(of: step.name)), contents))
        }
        // Known by its inode; one that is held meanwhile is somebody else's.
        let packed = view.files?.removeStalePackedLocks(of: record.owner.pid) ?? 0
        let present = candidates.filter { Disk.exists($0.path) }
        guard packed > 0 || !present.isEmpty else { return "" }
        if !present.isEmpty { try await Task.sleep(for: .milliseconds(300)) }
        var removed = packed
        for candidate in present {
            guard let identity = FileIdentity.of(candidate.path), identity.kind == .file,
                identity.modifiedSeconds >= record.started.seconds - 2,
                let bytes = try Disk.read(candidate.path),
                candidate.contents.contains(where: { $0.starts(with: bytes) })
            else { continue }
            try Disk.remove(candidate.path)
            removed += 1
        }
        return removed == 0 ? "" : removed == 1 ? ", removed its stale lock" : ", removed its \(removed) stale locks"
    }

    /// Removes folders of operations that died before they were recorded: they hold nothing but preparations.
    ///
    /// A folder that holds files of the user is kept whatever the store says: the store may have been lost.
    private func discardOrphans() throws {
        let all = OperationFolder.all(in: store.directory)
        for name in Disk.names(in: all) {
            guard let id = RecordID(String(decoding: name, as: UTF8.self)) else { continue }
            let folder = OperationFolder(id, in: store.directory)
            guard try store.operation(id) == nil, !Disk.exists(folder.filesBefore) else { continue }
            // Its record is the proof of the lock on the index that it may hold.
            if let copy = OperationCopy.read(from: folder),
                let step = try? JSONText.decode(Intent.self, from: copy.intent).index
            {
                try IndexSwap(index: DiskPath(step.path), folder: folder).release()
            }
            folder.forgetWorktrees(in: workspace.location.commonDirectory)
            folder.discard()
        }
        // Objects that were never moved to their place: captures run under the lock, so none is at work.
        let objects = DiskPath(workspace.location.commonDirectory).appending("objects")
        for name in Disk.names(in: objects) where name.starts(with: Array("tmp_objdir-gitpatch-".utf8)) {
            Disk.removeTree(objects.appending(name))
        }
    }
}

extension RepositoryView {
    /// The lock file of a reference, whether it exists or not.
    func lockPath(of name: ReferenceName) -> String {
        if let path = files?.lockPath(of: name) { return path }
        let directory = name.text.hasPrefix("refs/") ? location.commonDirectory : location.gitDirectory
        return directory + "/" + name.text + ".lock"
    }
}
