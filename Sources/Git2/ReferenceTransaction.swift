package import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension ReferenceFiles {
    /// Moves refs together: all are locked, all old values are looked at under the locks, then all are written.
    ///
    /// Refs that are made or moved come first, then HEAD, then deletions, so that HEAD never names what is not there
    /// yet. Reflogs are written as git does, for HEAD too when its branch moves, and in git's words when HEAD changes
    /// branches. When a lock or an old value is not as expected nothing has changed; when writing breaks off, what
    /// was written is taken back. All of it is on the disk when this returns, unless that is not wanted.
    ///
    /// Several new refs go into `packed-refs` together, where that is short: the disk is waited for twice, not for every
    /// file and every folder.
    ///
    /// - Parameters:
    ///   - isCache: whether an old value after a power cut costs time only: then new values have left for the disk before
    ///     they take their names, and the names are not waited for.
    ///   - folder: a folder whose names the caller waits for, because it is about to change others there.
    ///   - kind: tells the kind of an object; `nil` when it is not there.
    /// - Throws: `.locked` with the lock's path, `.modified` or `.exists` naming the ref, `.nameConflict`.
    package func move(
        _ moves: [ReferenceMove], message: String, by identity: Identity, isCache: Bool = false,
        leaving folder: String? = nil, kind: (ObjectID) throws(GitError) -> StoredKind?
    ) throws(GitError) {
        let ordered = moves.enumerated().sorted { ($0.element.stage, $0.offset) < ($1.element.stage, $1.offset) }.map(
            \.element)
        guard Set(ordered.map(\.name)).count == ordered.count else {
            throw GitError(.invalid, "moving refs", "a ref is named twice")
        }
        var kinds: [StoredKind?] = []
        for move in ordered { kinds.append(try requireTarget(of: move, kind)) }
        var locks = ReferenceLocks()
        for move in ordered {
            do { try locks.lock(move.name, at: path(of: move.name)) } catch { throw explain(error, move) }
        }
        for move in ordered { try requireOldValue(of: move) }
        let entries = try logEntries(ordered, message)
        let fresh = isCache ? [] : ordered.indices.filter { isPackable(ordered[$0], kinds[$0]) }
        var additions = fresh.count > 1 ? try packed.lock(adding: fresh.compactMap { ordered[$0].addition }) : nil
        let together = additions == nil ? [] : fresh
        try locks.write(
            ordered.enumerated().map { together.contains($0) ? nil : $1.new }, isCache ? .ordered : .durable)
        try additions?.settle()
        let order = together + ordered.indices.filter { !together.contains($0) }
        let deleted = ordered.filter { $0.new == .deleted }.map(\.name)
        for (position, index) in order.enumerated() {
            let move = ordered[index]
            do {
                for entry in entries[index] {
                    try Reflogs(files: self).append(
                        entry.name, from: entry.old, to: entry.new, entry.message, by: identity)
                }
                if move.new == .deleted {
                    if move.name == deleted.first {
                        // As in git: a ref without its log is less bad than a log without its ref.
                        for name in deleted { try Reflogs(files: self).remove(name) }
                        if try packed.remove(deleted) { locks.note(changedIn: packed.folder) }
                    }
                    try locks.delete(index, below: directory(of: move.name) + "/refs")
                } else if !together.contains(index) {
                    try locks.commit(index)
                } else if index == together.last {
                    try additions?.commit()
                    locks.note(changedIn: packed.directory)
                    for index in together { try leave(&locks, index, ordered[index]) }
                }
            } catch {
                // This one may be half gone, too, and those to be deleted after it: out of packed-refs, and not as a file.
                // Where nothing of them has moved, their old values stop the way back.
                let reached = move.new == .deleted ? order[...] : order[...position]
                additions = nil
                locks.release()
                takeBack(reached.map { ordered[$0] }, by: identity, kind)
                throw explain(error, move)
            }
        }
        if isCache { return }
        do { try locks.synchronise(leaving: folder) } catch {
            takeBack(order.map { ordered[$0] }, by: identity, kind)
            throw error
        }
    }

    /// Whether a ref can be made in `packed-refs` at once: it is new, is no other worktree's own, and is a commit's, of which
    /// that file tells no more than its id.
    private func isPackable(_ move: ReferenceMove, _ kind: StoredKind?) -> Bool {
        kind == .commit && move.addition != nil && move.name != .head
            && directory(of: move.name) == packed.directory && !isPrivate(move.name)
    }

    /// The lines that reflogs get, for each move.
    private func logEntries(_ moves: [ReferenceMove], _ message: String) throws(GitError) -> [[LogEntry]] {
        let movesHead = moves.contains { $0.name == .head }
        let head = movesHead ? nil : try value(of: .head)
        var result: [[LogEntry]] = []
        for move in moves {
            guard move.new != .deleted else {
                result.append([])
                continue
            }
            let words = move.message ?? move.switchMessage ?? message
            let old: ObjectID? =
                switch move.old {
                case .absent: nil
                case .exactly(let id): id
                case .symbolic(let name): try object(of: name)
                }
            var entries: [LogEntry] = []
            switch move.new {
            case .object(let id):
                entries = [LogEntry(name: move.name, old: old, new: id, message: words)]
                if head == .symbolic(move.name) {
                    entries.append(LogEntry(name: .head, old: old, new: id, message: words))
                }
            case .symbolic(let target):
                // Git writes nothing about a branch that has no commit.
                if let new = try objectAfter(moves, target) {
                    entries = [LogEntry(name: move.name, old: old, new: new, message: words)]
                }
            case .deleted: break
            }
            result.append(entries)
        }
        return result
    }

    /// What a ref points at when the moves are done.
    private func objectAfter(_ moves: [ReferenceMove], _ name: ReferenceName) throws(GitError) -> ObjectID? {
        guard let move = moves.first(where: { $0.name == name }) else { return try object(of: name) }
        if case .object(let id) = move.new { return id }
        return nil
    }

    /// The lock file of a ref, whether it exists or not.
    package func lockPath(of name: ReferenceName) -> String {
        path(of: name) + ".lock"
    }

    /// Removes the locks on `packed-refs` that dead processes of ours left, and says how many.
    ///
    /// - Parameter process: one that is known to be dead, whoever has its number now.
    @discardableResult
    package func removeStalePackedLocks(of process: Int32? = nil) -> Int { packed.removeStaleLocks(of: process) }

    /// Lets go of the lock of a ref that is in `packed-refs` now.
    ///
    /// Whoever makes a ref of a name above it has looked for others below that name under the lock of it, perhaps before this
    /// one was there, and is stopped by a file in the folder only: then the ref gets one.
    private func leave(_ locks: inout ReferenceLocks, _ index: Int, _ move: ReferenceMove) throws(GitError) {
        if move.name.parents.contains(where: { access(lockPath(of: $0), F_OK) == 0 }) {
            try locks.write(index, move.new)
            try locks.commit(index)
        } else {
            locks.leave(index, below: packed.directory + "/refs")
        }
    }

    /// Git lets refs point only at what is there, and branches only at commits. Returns what the ref shall point at.
    private func requireTarget(
        of move: ReferenceMove, _ kind: (ObjectID) throws(GitError) -> StoredKind?
    ) throws(GitError) -> StoredKind? {
        guard case .object(let id) = move.new else { return nil }
        let operation = "moving '\(move.name)'"
        guard let kind = try kind(id) else {
            throw GitError(.notFound, operation, "object \(id) does not exist", subject: move.name.text)
        }
        if kind != .commit && (move.name == .head || move.name.branch != nil) {
            throw GitError(.invalid, operation, "object \(id) is no commit", subject: move.name.text)
        }
        return kind
    }

    private func requireOldValue(of move: ReferenceMove) throws(GitError) {
        let operation = "moving '\(move.name)'"
        let found = try value(of: move.name)
        switch (move.old, found) {
        case (.absent, nil):
            if move.new != .deleted { try requireFreeName(move.name) }
            return
        case (.exactly(let old), .object(let now)) where old == now: return
        case (.symbolic(let old), .symbolic(let now)) where old == now: return
        case (.absent, .some):
            throw GitError(.exists, operation, "it exists", subject: move.name.text)
        default:
            let now =
                switch found {
                case nil: "it does not exist"
                case .object(let id): "it is at \(id.short)"
                case .symbolic(let name): "it points at '\(name)'"
                }
            throw GitError(.modified, operation, now + " by now", subject: move.name.text)
        }
    }

    /// Throws when another ref, loose or packed, needs the name as a folder or is a folder of it.
    private func requireFreeName(_ name: ReferenceName) throws(GitError) {
        if let other = try conflictingName(name) {
            throw GitError(.nameConflict, "making '\(name)'", "'\(other)' exists", subject: other.text)
        }
    }

    private func conflictingName(_ name: ReferenceName) throws(GitError) -> ReferenceName? {
        for parent in name.parents where try value(of: parent) != nil { return parent }
        guard try mayBeFolder(name) else { return nil }
        return try list(under: name.text + "/").first?.name
    }

    /// Whether anything can be below a name; listing refs to find out reads every one of them.
    private func mayBeFolder(_ name: ReferenceName) throws(GitError) -> Bool {
        let loose = [location.commonDirectory, location.gitDirectory].contains { folder in
            access(folder + "/" + name.text, F_OK) == 0
        }
        if loose { return true }
        return try packed.hasSome(under: name.text + "/")
    }

    /// Undoes what a broken-off move had written.
    private func takeBack(
        _ done: [ReferenceMove], by identity: Identity, _ kind: (ObjectID) throws(GitError) -> StoredKind?
    ) {
        for move in done.reversed() {
            // The first error is the one to report; the journal of the operation still knows every old value.
            try? self.move([move.reversed], message: "taking back a broken-off move", by: identity, kind: kind)
        }
    }

    /// Says which lock or which other ref stood in the way.
    private func explain(_ error: GitError, _ move: ReferenceMove) -> GitError {
        var error = error
        error.subject = error.subject ?? move.name.text
        if error.code == .locked {
            error.path = error.path ?? lockPath(of: move.name)
            error.message = "somebody holds its lock"
        } else if error.path == nil, let found = try? conflictingName(move.name) {
            // A failure to look leaves the first error as it is.
            return GitError(.nameConflict, "making '\(move.name)'", "'\(found)' exists", subject: found.text)
        }
        return error.explained(writingTo: lockPath(of: move.name))
    }
}

/// A line of a reflog.
private struct LogEntry {
    var name: ReferenceName
    var old: ObjectID?
    var new: ObjectID
    var message: String
}
