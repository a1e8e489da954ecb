import Git2
import GitValues
import Settings
import Snapshots
import Store

/// Forgets operations that nobody can want back.
extension Session {
    /// Removes finished operations older than `patch.keepOperations`, once a day at most. Needs the lock.
    ///
    /// An operation stays while something refers to it: a patch that is still open, a request that is not finished, or an
    /// undo that stays.
    func pruneWhenDue(now: Timestamp = .now()) async throws {
        let fact = "journal.pruned"
        // A clock that was set back must not put it off for long, so the distance counts in both directions.
        if let last = try store.fact(fact).flatMap({ Timestamp($0) }), abs(now.seconds(since: last)) < 86_400 { return }
        try await prune(before: now.adding(seconds: -workspace.settings[PatchKeys.keepOperations].seconds))
        try store.setFact(fact, to: now.description)
    }

    /// Puts the packs of earlier patches together when there are many.
    func tidyPacks() {
        let limit = workspace.settings.string("gc.autopacklimit").flatMap { Int($0) }
        let packs = SmallPacks(workspace.location, limit: limit)
        guard packs.areMany else { return }
        do {
            let count = try packs.combine()
            if count > 0 { workspace.say(.detail("put \(counted(count, "pack")) of earlier patches together")) }
        } catch {
            workspace.say(.detail("the packs of earlier patches stay as they are: \(error)"))
        }
    }

    private func prune(before limit: Timestamp) async throws {
        let all = try store.operations()
        func isOld(_ record: OperationRecord) -> Bool {
            record.state != .running && (record.finished ?? record.started) < limit
        }
        guard all.contains(where: isOld) else { return }
        let open = Set(try store.patches().filter { $0.state != .landed && $0.state != .closed }.map(\.id))
        var referred = Set(
            try store.requests().filter { $0.state != .done && $0.state != .cancelled }.map(\.operation))
        // Newest first, so that what an operation refers to is known before it is looked at.
        var old: [OperationRecord] = []
        for record in all {
            // What cannot be read refers to nothing that could be found.
            let intent = try? JSONText.decode(Intent.self, from: record.intent)
            let isHeldByPatch = intent?.patches.contains { $0.after.map { open.contains($0.id) } == true } == true
            if isOld(record), !referred.contains(record.id), !isHeldByPatch {
                old.append(record)
            } else {
                referred.formUnion([intent?.undoes, intent?.revives].compactMap { $0 })
            }
        }
        for record in old {
            let holder = ReferenceName.holder(of: record.id)
            let value = try await view.value(of: holder)
            if value != .absent {
                try await view.move(
                    [ReferenceStep(holder, from: value, to: .absent)], message: "patch: operation pruned",
                    by: workspace.mover)
            }
            FaultPoint.reached("pruned")
            OperationFolder(record.id, in: store.directory).discard()
            try store.forget(record.id)
        }
        if !old.isEmpty { workspace.say(.detail("forgot \(counted(old.count, "operation")) from before \(limit)")) }
    }
}
