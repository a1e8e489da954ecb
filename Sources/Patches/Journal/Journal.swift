import Git2
import GitValues
import Snapshots
import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the log shows about an operation.
package struct OperationTitle: Sendable {
    /// How the commands of hooks begin.
    package static let hookPrefix = "hook "

    /// The command: `create`.
    package var command: String
    /// One line for people.
    package var summary: String
    /// Whether `undo` can take it back.
    package var undoable = true
}

/// The journal: an operation is recorded completely before its first effect, and every effect can be completed or
/// taken back from the record alone.
///
/// The order is: record; hold the index; move the references, which is the point of no return; move files; replace the
/// index; record the end. References decide because they move together or not at all.
extension Session {
    /// Performs an operation. When it throws, nothing has changed; when the process dies, the next command continues.
    ///
    /// The disk is waited for in few places, one call after the other: a journaling file system writes everything with the
    /// first of them, and the rest cost next to nothing.
    ///
    /// - Parameters:
    ///   - objects: what was captured, whose names are waited for here.
    ///   - hasNewFolders: whether objects may lie in folders whose names are not on the disk yet; neither git nor libgit2
    ///     waits for them.
    /// - Returns: the files that were left as they are, because something changed them meanwhile or the system did not
    ///   let them be moved; all else is done.
    @discardableResult
    func perform(
        _ intent: Intent, as operation: RecordID, _ title: OperationTitle, with objects: CapturedObjects? = nil,
        hasNewFolders: Bool = true
    ) async throws -> [FileSwap.Left] {
        var intent = intent
        let head = try await view.head()
        let place = HeadPlace(branch: head.branch, commit: head.commit)
        intent.before = place
        intent.after = try await self.place(place, after: intent.references)
        let record = OperationRecord(
            id: operation, command: title.command, summary: title.summary, started: .now(), undoable: title.undoable,
            gitDirectory: workspace.location.gitDirectory, owner: .current(), intent: try JSONText.encode(intent))
        let folder = OperationFolder(operation, in: store.directory)
        try OperationCopy(record).write(into: folder)
        FaultPoint.reached("begin")
        try store.begin(record)
        FaultPoint.reached("begun")
        let calm = SignalPause()
        defer { calm.end() }
        do {
            // What moves from here on counts on these.
            if intent.index?.after != nil { try Disk.synchroniseFile(folder.indexAfter) }
            var folders = [folder.path, folder.path.parent]
            if let packs = objects?.folder { folders.append(DiskPath(packs)) }
            if hasNewFolders { folders.append(DiskPath(workspace.location.commonDirectory).appending("objects")) }
            for place in folders { try Disk.synchronise(place) }
            try await holdIndex(intent, record)
            FaultPoint.reached("held")
            try await view.move(
                intent.references, message: intent.message, by: intent.identity, leaving: folderOfIndex(intent))
        } catch {
            // Where git moves them, symbolic references follow in a step of their own, which may fail by itself; and a
            // disk that fails may keep ours from taking back what they moved.
            if try await hasMoved(intent) {
                workspace.say(.warning("the change was made, but not all of it; the next command completes it"))
            } else {
                try await takeBack(record, intent, in: view)
            }
            throw error
        }
        FaultPoint.reached("moved")
        do { return try await complete(record, intent, in: view) } catch {
            workspace.say(.warning("the change was made, but not all of it; the next command completes it"))
            throw error
        }
    }

    /// The folder whose names are waited for when the index is in place, which is at once where no file moves before.
    private func folderOfIndex(_ intent: Intent) -> DiskPath? {
        intent.files.isEmpty ? intent.index.map { DiskPath($0.path).parent } : nil
    }

    /// Where HEAD is when steps are done that begin with it at a place.
    func place(_ place: HeadPlace, after steps: [ReferenceStep]) async throws -> HeadPlace {
        func now(_ name: ReferenceName) -> RecordedReference? { steps.first { $0.name == name }?.new }
        var branch = place.branch
        switch now(.head) {
        case .object(let id): return HeadPlace(commit: id)
        case .symbolic(let name): branch = name
        case .absent, nil: break
        }
        guard let branch else { return place }
        switch now(branch) {
        case .object(let id): return HeadPlace(branch: branch, commit: id)
        case .absent: return HeadPlace(branch: branch)
        case .symbolic, nil: break
        }
        if branch == place.branch { return place }
        return HeadPlace(branch: branch, commit: try await view.reference(branch))
    }

    private func hasMoved(_ intent: Intent) async throws -> Bool {
        for step in intent.references where step.old != step.new {
            if try await view.value(of: step.name) == step.new { return true }
        }
        return false
    }

    /// Does what is still to be done once the references have moved; every part of it may have been done before.
    @discardableResult
    func complete(
        _ record: OperationRecord, _ intent: Intent, in view: RepositoryView
    ) async throws -> [FileSwap.Left] {
        let folder = OperationFolder(record.id, in: store.directory)
        let files = FileSwap(
            worktree: DiskPath(intent.worktree), folder: folder, standing: Array(workspace.location.prefix.utf8))
        let left = try files.run(intent.files)
        FaultPoint.reached("files")
        if let step = intent.index {
            let swap = IndexSwap(index: DiskPath(step.path), folder: folder)
            if try !swap.replace(step) {
                workspace.say(.warning("another program changed the index meanwhile; it was left as it is"))
            }
            FaultPoint.reached("replaced")
        }
        if let step = intent.hooks { _ = try await step.perform(at: view.location, with: view.git) }
        sayWhatIsLeft(left)
        try close(record, intent)
        return left
    }

    /// Records the end of an operation whose effects are all there, and lets go of what only the work itself needed.
    func close(_ record: OperationRecord, _ intent: Intent) throws {
        let folder = OperationFolder(record.id, in: store.directory)
        if let step = intent.index { try IndexSwap(index: DiskPath(step.path), folder: folder).release() }
        FaultPoint.reached("finish")
        try finish(record, intent)
        FaultPoint.reached("finished")
        folder.keepOnlyBefore()
    }

    private func sayWhatIsLeft(_ left: [FileSwap.Left]) {
        let changed = left.filter { $0.problem == nil }
        let names = changed.prefix(5).map { "'\(String(decoding: $0.path, as: UTF8.self))'" }.joined(separator: ", ")
        if !changed.isEmpty { workspace.say(.warning("changed meanwhile and left as they are: \(names)")) }
        for item in left.prefix(5) {
            guard let problem = item.problem else { continue }
            workspace.say(.warning("'\(String(decoding: item.path, as: UTF8.self))' is left as it is: \(problem)"))
        }
    }

    /// Takes back an operation whose references have not moved.
    func takeBack(_ record: OperationRecord, _ intent: Intent, in view: RepositoryView) async throws {
        let folder = OperationFolder(record.id, in: store.directory)
        if let step = intent.index { try IndexSwap(index: DiskPath(step.path), folder: folder).release() }
        try store.finish(record.id, as: .rolledBack, undoable: false)
        folder.discard()
    }

    private func holdIndex(_ intent: Intent, _ record: OperationRecord) async throws {
        guard let step = intent.index else { return }
        let folder = OperationFolder(record.id, in: store.directory)
        try await IndexSwap(index: DiskPath(step.path), folder: folder).hold(expecting: step.before)
    }

    /// Records patches, requests and the end together.
    ///
    /// It is on the disk before success is told: to complete an operation once more, after somebody has gone on from it, would
    /// move what they moved.
    private func finish(_ record: OperationRecord, _ intent: Intent) throws(StoreError) {
        try store.atomically("cannot finish the operation") { () throws(StoreError) in
            for step in intent.patches {
                if let after = step.after {
                    try store.save(after)
                } else if let before = step.before {
                    try store.forget(patch: before.id)
                }
            }
            for delivery in intent.deliveries { try queue(delivery, of: record.id) }
            if let undone = intent.undoes { try store.finish(undone, as: .undone, undoable: false) }
            if let revived = intent.revives { try store.finish(revived, as: .done, undoable: true) }
            try store.finish(record.id, as: .done, undoable: record.undoable)
        }
    }
}

/// Keeps Ctrl-C and its kind from ending the process during the few milliseconds of an operation's effects.
///
/// Dying there would lose nothing, but would leave the repair to the next command.
private struct SignalPause {
    private let signals = [SIGINT, SIGTERM, SIGHUP]
    private let previous: [sigaction]

    init() {
        previous = signals.map { number in
            var old = sigaction()
            var ignore = sigaction()
            #if canImport(Glibc)
                ignore.__sigaction_handler.sa_handler = SIG_IGN
            #else
                ignore.__sigaction_u.__sa_handler = SIG_IGN
            #endif
            sigaction(number, &ignore, &old)
            return old
        }
    }

    func end() {
        for (number, action) in zip(signals, previous) {
            var action = action
            sigaction(number, &action, nil)
        }
    }
}
