import GitProcess
package import GitValues
package import Store

/// What `undo` did.
package struct UndoOutcome: Sendable {
    package var operation: RecordID
    /// The operation that was taken back, as it was before.
    package var undone: OperationRecord
    /// The patches it was about.
    package var patches: [PatchRecord]
    package var requests: [RequestRecord]
    /// Open patches that are stacked on one that is no longer there.
    package var stranded: [PatchRecord]
    /// What is not done: files that were left as they are.
    package var problem: PatchProblem?

    /// What the user should know about it.
    package var notices: [Notice] {
        guard let first = stranded.first else { return [] }
        return stranded.map { patch in
            .warning("'\(patch.title)' (\(patch.branch)) is stacked on it and waits; it still carries its commits")
        } + [.hint("to land it with them: git automerge enable \(first.id.short) --unstack")]
    }
}

extension Session {
    /// Takes back an operation: references, HEAD, index, the files it wrote, and what it asked of a remote.
    ///
    /// It is an operation itself, the record of the other read backwards, and can be undone in turn.
    ///
    /// - Parameter wish: the id of an operation or its beginning; absent means the newest that can be undone and was
    ///   asked for: what hooks did is undone by name only, and so is what an undo did, which may publish again.
    /// - Throws: a refusal when work made since would be lost, with the paths; then nothing has changed.
    package func undo(_ wish: String?) async throws -> UndoOutcome {
        let (record, done) = try operationToUndo(wish)
        let source = OperationFolder(record.id, in: store.directory)
        let (operation, left) = try await withFolder { operation, folder in
            var intent = Intent(
                references: try await reversed(done, of: record, as: operation), worktree: done.worktree,
                message: "patch undo: \(record.summary)", identity: workspace.mover)
            intent.index = try await reversedIndex(done, source, folder)
            intent.files = try await reversedFiles(done, source, folder)
            intent.patches = try await reversedPatches(done, of: record.id)
            intent.deliveries = try reversedDeliveries(done, of: record.id)
            intent.hooks = done.hooks?.reversed
            intent.undoes = record.id
            intent.revives = done.undoes
            if !intent.files.isEmpty { try Disk.synchronise(folder.filesAfter) }
            return (operation, try await perform(intent, as: operation, .takingBack(record)).map(\.path))
        }
        return UndoOutcome(
            operation: operation, undone: record, patches: done.patches.compactMap { $0.after ?? $0.before },
            requests: try store.requests(ofOperation: operation), stranded: try stranded(by: done),
            problem: .leaving(
                left, again: "'git patch undo \(operation.short)' and then 'git patch undo \(record.id.short)'"))
    }

    /// The open patches that are stacked on one that the operation had made.
    private func stranded(by done: Intent) throws -> [PatchRecord] {
        let gone = Set(done.patches.compactMap { $0.before == nil ? $0.after?.id : nil })
        return try store.patches().filter { patch in
            patch.remote != nil && patch.state != .closed && patch.state != .landed
                && patch.stackedOn.map(gone.contains) == true
        }
    }

    /// The operation a user means with its intent, where it can be taken back from here.
    func operationToUndo(_ wish: String?) throws -> (OperationRecord, Intent) {
        let record = try chooseOperation(wish)
        if wish == nil, let newer = try passedOver(for: record) { workspace.say(.warning(newer)) }
        let done = try intent(of: record)
        try requireSameWorktree(record, done)
        try done.requireChangeOfItsOwn()
        if done.index != nil || done.references.contains(where: { $0.name == .head }) { try requireNothingInProgress() }
        return (record, done)
    }

    /// The operation a user means.
    private func chooseOperation(_ wish: String?) throws -> OperationRecord {
        let all = try store.operations()
        let here = workspace.location.gitDirectory
        guard let wish else {
            let open = all.filter { $0.undoable && $0.state == .done && !$0.isOfHook && !$0.isWayBack }
            if let newest = open.first(where: { $0.gitDirectory == here }) { return newest }
            if let newest = open.first { try requireSameWorktree(newest, intent(of: newest)) }
            let back = all.first { $0.undoable && $0.state == .done && $0.isWayBack && $0.gitDirectory == here }
            throw PatchProblem(
                .notUndoable, "there is no operation to undo",
                hints: back.map { ["to bring back what was undone last: git patch undo \($0.id.short)"] }
                    ?? ["type 'git patch log'"])
        }
        let found = all.filter { !wish.isEmpty && $0.id.text.hasPrefix(wish) }
        guard let record = found.first, found.count == 1 else {
            throw PatchProblem(
                .noSuchOperation,
                found.isEmpty ? "there is no operation '\(wish)'" : "'\(wish)' stands for \(found.count) operations",
                hints: ["type 'git patch log' to see the operations"])
        }
        guard record.undoable, record.state == .done else {
            let reason = record.state == .undone ? "it is undone already" : "it cannot be taken back"
            throw PatchProblem(
                .notUndoable, "cannot undo operation \(record.id.short): \(reason)",
                hints: [record.opposite ?? "type 'git patch log' to see what can be undone"])
        }
        return record
    }

    /// What was typed after the operation that is undone and stays, in words: a person may have meant that.
    private func passedOver(for chosen: OperationRecord) throws -> String? {
        let newer = try store.operations().prefix { $0.id != chosen.id }.first {
            $0.state == .done && !$0.isOfHook && !$0.isWayBack && $0.command != "automerge run"
                && $0.gitDirectory == chosen.gitDirectory
        }
        guard let newer, let opposite = newer.opposite else { return nil }
        // What was asked for the patch goes with it.
        let made = try intent(of: chosen).patches.compactMap { $0.before == nil ? $0.after?.title : nil }
        if ["automerge enable", "automerge disable"].contains(newer.command), made.contains(newer.summary) {
            return nil
        }
        return "\(newer.command) '\(newer.summary)' came later and stays: \(opposite)"
    }

    /// The recorded intent of an operation.
    func intent(of record: OperationRecord) throws -> Intent {
        do { return try JSONText.decode(Intent.self, from: record.intent) } catch {
            throw PatchProblem(.badJournal, "the record of operation \(record.id.short) cannot be read")
        }
    }

    private func requireSameWorktree(_ record: OperationRecord, _ done: Intent) throws {
        guard record.gitDirectory != workspace.location.gitDirectory else { return }
        throw PatchProblem(
            .notUndoable, "operation \(record.id.short) ran in another worktree", paths: [],
            hints: ["git -C '\(done.worktree)' patch undo \(record.id.short)"])
    }
}

extension OperationRecord {
    /// What takes back an operation whose effects are on a remote; `nil` for any other.
    var opposite: String? {
        switch command {
        case "redo": "what it brought back is undone by its own id: git patch log"
        case "automerge enable": "take it back with: git automerge disable"
        case "automerge disable": "take it back with: git automerge enable"
        case "automerge stop": "take it back with: git automerge resume"
        case "automerge resume": "take it back with: git automerge stop --reason TEXT"
        case "automerge run": "take a landing back with: git automerge rollback PATCH"
        case "automerge rollback": "land it again with: git automerge enable PATCH"
        case "automerge consolidate": "give it up by closing its pull request, or by deleting its branch on the remote"
        case "release": "its tag may be on the remote, and others may have it; mend things with a new version"
        default: nil
        }
    }

    /// Whether it is an undo, or the undo of one.
    package var isWayBack: Bool { command == "undo" || command == "redo" }

    /// Whether a hook did it by itself.
    var isOfHook: Bool { command.hasPrefix(OperationTitle.hookPrefix) }
}

extension OperationTitle {
    /// The operation that takes another back: an undo, or, of an undo, a redo of the same.
    fileprivate static func takingBack(_ record: OperationRecord) -> OperationTitle {
        if record.isWayBack {
            // What comes back can be undone itself, by the id it always had.
            return OperationTitle(command: "redo", summary: record.summary, undoable: false)
        }
        return OperationTitle(command: "undo", summary: "\(record.command): \(record.summary)")
    }
}
