import Git2
import GitProcess
import GitValues
import PlainRemote
import Store

/// Fills a new store from what outlives it: the folders and references of operations, branches, and the remote.
extension Session {
    /// Rebuilds journal and patches, and says in one line what came of it. Needs the lock.
    func rebuild(after loss: OpenedStore.Loss) async throws {
        let all = try await rebuildJournal()
        let operations = all.filter(\.isNew)
        try rebuildPatches(all)
        let reached = try await askRemotes()
        var newest: [RecordID: RecordID] = [:]
        for operation in operations {
            for delivery in operation.intent?.deliveries ?? [] { newest[delivery.patch.id] = operation.record.id }
        }
        for operation in operations where operation.record.state == .done {
            for delivery in operation.intent?.deliveries ?? [] {
                guard let patch = try store.patch(delivery.patch.id) else { continue }
                let isLast = newest[patch.id] == operation.record.id
                guard let isThere = reached.has(delivery, of: patch, isLast: isLast) else { continue }
                try queue(delivery, of: operation.record.id)
                if isThere { try settle(operation.record.id) }
            }
        }
        let patches = try store.patches().count
        let what = "\(counted(operations.count, "operation")) and \(counted(patches, "patch", "patches"))"
        let cause =
            switch loss {
            case .damaged(let aside): "the store was damaged and is kept as '\(aside)'"
            case .missing: "the store was gone"
            case .cut: "a part of the store was gone"
            }
        workspace.say(.warning("\(cause); rebuilt \(what) from references"))
    }

    /// Whether operations have happened that the store does not know: their references and folders are there.
    func lacksOperations() async throws -> Bool {
        let known = try store.operationIDs()
        for name in Disk.names(in: OperationFolder.all(in: store.directory)) {
            guard let id = RecordID(String(decoding: name, as: UTF8.self)), !known.contains(id) else { continue }
            if try await view.reference(.holder(of: id)) != nil { return true }
        }
        return false
    }

    /// Ends requests whose effect the remote shows, so that an undo knows what there is to take back.
    private func settle(_ operation: RecordID) throws {
        for var request in try store.requests(ofOperation: operation) {
            request.state = .done
            request.attempts = 1
            try store.update(request)
        }
    }

    private struct Rebuilt {
        var record: OperationRecord
        var intent: Intent?
        /// Whether the store did not know it.
        var isNew = true
    }

    /// Records the operations again that the store does not know, and returns all, oldest first: those whose reference is there
    /// have happened.
    private func rebuildJournal() async throws -> [Rebuilt] {
        let prefix = "refs/gitpatch/ops/"
        let held = try await view.references(under: prefix).compactMap { reference in
            RecordID(reference.name.text.dropFirst(prefix.count)).map { ($0, reference.id) }
        }
        var found: [Rebuilt] = []
        for (id, commit) in held {
            let folder = OperationFolder(id, in: store.directory)
            if let copy = OperationCopy.read(from: folder) {
                // A record that cannot be read is still shown.
                let intent = try? JSONText.decode(Intent.self, from: copy.intent)
                let holdsIndex =
                    intent?.index.map { IndexSwap(index: DiskPath($0.path), folder: folder).isHeld } ?? false
                let isCut = holdsIndex || [folder.indexAfter, folder.filesAfter].contains { Disk.exists($0) }
                let record = OperationRecord(
                    id: id, command: copy.command, summary: copy.summary, state: isCut ? .running : .done,
                    started: copy.started, finished: isCut ? nil : copy.started, undoable: copy.undoable,
                    gitDirectory: copy.gitDirectory, owner: ProcessMark(pid: 1, start: 1, boot: "lost"),
                    intent: copy.intent)
                found.append(Rebuilt(record: record, intent: intent))
            } else {
                let record = OperationRecord(
                    id: id, command: "unknown", summary: try await view.commit(commit).title, state: .done,
                    started: .now(), finished: .now(), undoable: false, gitDirectory: workspace.location.gitDirectory,
                    owner: ProcessMark(pid: 1, start: 1, boot: "lost"), intent: "{}")
                found.append(Rebuilt(record: record, intent: nil))
            }
        }
        found.sort { ($0.record.started, $0.record.id.text) < ($1.record.started, $1.record.id.text) }
        let known = try store.operationIDs()
        var changed: Set<RecordID> = []
        for position in found.indices where found[position].record.state == .done {
            guard !known.contains(found[position].record.id), let undone = found[position].intent?.undoes else {
                continue
            }
            let revived = found[position].intent?.revives
            for other in found.indices where found[other].record.id == undone || found[other].record.id == revived {
                found[other].record.state = found[other].record.id == undone ? .undone : .done
                found[other].record.undoable = found[other].record.id == revived
                changed.insert(found[other].record.id)
            }
        }
        let records = found.map(\.record)
        try store.atomically("cannot rebuild the journal") { () throws(StoreError) in
            for record in records where !known.contains(record.id) { try store.begin(record) }
            for record in records where known.contains(record.id) && changed.contains(record.id) {
                try store.finish(record.id, as: record.state, undoable: record.undoable)
            }
        }
        if !known.isEmpty { try store.sortOperations() }
        for position in found.indices { found[position].isNew = !known.contains(found[position].record.id) }
        return found
    }

    /// The patches that new operations name, as all operations left them, the newest word last. What has ended stays so.
    private func rebuildPatches(_ operations: [Rebuilt]) throws {
        let past = operations.filter { $0.record.state != .running }
        let named = Set(
            past.filter(\.isNew).flatMap { $0.intent?.patches ?? [] }.compactMap { ($0.after ?? $0.before)?.id })
        let ended = Set(try store.patches().filter { $0.state == .landed || $0.state == .closed }.map(\.id))
        try store.atomically("cannot rebuild the patches") { () throws(StoreError) in
            for step in past.flatMap({ $0.intent?.patches ?? [] }) {
                guard let id = (step.after ?? step.before)?.id, named.contains(id), !ended.contains(id) else {
                    continue
                }
                if let after = step.after {
                    try store.save(after)
                } else {
                    try store.forget(patch: id)
                }
            }
        }
    }

    /// What remotes said about the patches.
    private struct Reached {
        var remotes: Set<String> = []
        /// The heads that are there.
        var heads: [RecordID: ObjectID] = [:]

        /// Whether a delivery has arrived; `nil` where it need not be known or made again.
        ///
        /// - Parameter isLast: whether no later operation delivers the same patch.
        func has(_ delivery: DeliveryStep, of patch: PatchRecord, isLast: Bool) -> Bool? {
            let isOpen = patch.state != .landed && patch.state != .closed
            let isReached = patch.remote.map { remotes.contains($0) } == true
            let head = heads[patch.id]
            switch delivery.kind {
            case .create:
                if head != nil { return true }
                // Where the remote cannot be asked, the delivery itself finds out.
                let waits = isReached ? patch.state == .queued : isOpen
                return waits ? false : nil
            case .update:
                if !isLast || (isReached && head == delivery.patch.commit) { return true }
                return isOpen ? false : nil
            case .deleteBranch, .withdraw, .recall: return nil
            }
        }
    }

    /// Brings patches up to what their remotes say; patches of branches here that only a remote knows are added.
    private func askRemotes() async throws -> Reached {
        var reached = Reached()
        let named = try store.patches().compactMap(\.remote)
        let configured = try await workspace.git.run(["remote"]).lines
        for name in Set(named + configured).sorted() where configured.contains(name) {
            let remote = PlainRemote(
                connection: RemoteConnection(name: name, git: workspace.git),
                objects: RepositoryObjects(location: workspace.location, git: workspace.git))
            let state: RemoteState
            do {
                state = try await remote.read(withCommits: false)
                reached.remotes.insert(name)
            } catch RemoteProblem.unreachable {
                state = try await remote.recall()
            }
            for document in state.patches.values.map(\.document) { reached.heads[document.id] = document.head }
            for document in state.patches.values.map(\.document) where try store.patch(document.id) == nil {
                guard let branch = ReferenceName(branch: document.branch),
                    try await view.reference(branch) == document.head
                else { continue }
                let tree = try await view.commit(document.head).tree
                try store.save(
                    PatchRecord(
                        id: document.id, title: document.title, branch: document.branch, base: document.base,
                        target: document.target, remote: name, commit: document.head, tree: tree, engine: .git,
                        state: .queued, created: document.changedAt, updated: .now()))
            }
            try Delivery.follow(state.patches.values.map(\.document), in: store)
        }
        return reached
    }
}
