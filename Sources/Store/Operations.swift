package import GitValues

/// The journal: operations and their marked steps.
extension Store {
    /// Records the intent of an operation before its first effect.
    package func begin(_ operation: OperationRecord) throws(StoreError) {
        try database.run(
            """
            INSERT INTO operations (id, command, summary, state, started, finished, undoable, git_directory, pid,
                pid_start, boot, intent, sequence)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM operations))
            """,
            [
                .text(operation.id.text), .text(operation.command), .text(operation.summary),
                .text(operation.state.rawValue), Value(operation.started), Value(operation.finished),
                Value(operation.undoable), .text(operation.gitDirectory), .integer(Int64(operation.owner.pid)),
                .text(String(operation.owner.start)), .text(operation.owner.boot), .text(operation.intent),
            ], operation: "cannot record the operation")
    }

    /// Records an operation that is done as soon as it is recorded, because all its effects are requests of the same
    /// transaction. It cannot be undone but by its opposite.
    package func record(
        _ command: String, _ summary: String, as operation: RecordID, gitDirectory: String,
        _ effects: () throws(StoreError) -> Void
    ) throws(StoreError) {
        try database.transaction(operation: "cannot record the operation") { () throws(StoreError) in
            try begin(
                OperationRecord(
                    id: operation, command: command, summary: summary, state: .done, started: .now(), finished: .now(),
                    undoable: false, gitDirectory: gitDirectory, owner: .current(), intent: "{}"))
            try effects()
        }
    }

    /// Marks a step as done; marking twice keeps the first detail.
    package func mark(_ step: String, of operation: RecordID, detail: String = "") throws(StoreError) {
        try database.run(
            "INSERT OR IGNORE INTO steps (operation, name, detail, marked) VALUES (?, ?, ?, ?)",
            [.text(operation.text), .text(step), .text(detail), Value(Timestamp.now())],
            operation: "cannot record a step")
    }

    /// The steps marked so far, by name, with their details.
    package func steps(of operation: RecordID) throws(StoreError) -> [String: String] {
        let rows = try database.query(
            "SELECT name, detail FROM steps WHERE operation = ?", [.text(operation.text)],
            operation: "cannot read the journal"
        ) { row in (row.text(0) ?? "", row.text(1) ?? "") }
        return Dictionary(rows) { first, _ in first }
    }

    /// Ends an operation.
    package func finish(
        _ operation: RecordID, as state: OperationRecord.State, undoable: Bool
    ) throws(StoreError) {
        try database.run(
            "UPDATE operations SET state = ?, finished = ?, undoable = ? WHERE id = ?",
            [.text(state.rawValue), Value(Timestamp.now()), Value(undoable), .text(operation.text)],
            operation: "cannot finish the operation")
    }

    /// Replaces what an operation needs to finish or take back its work.
    package func setIntent(_ intent: String, of operation: RecordID) throws(StoreError) {
        try database.run(
            "UPDATE operations SET intent = ? WHERE id = ?", [.text(intent), .text(operation.text)],
            operation: "cannot record the operation")
    }

    /// One operation; `nil` when there is none of that id.
    package func operation(_ id: RecordID) throws(StoreError) -> OperationRecord? {
        try operations(where: "id = ?", [.text(id.text)]).first
    }

    /// The newest operations first; `limit` of them at most.
    package func operations(limit: Int = Int.max) throws(StoreError) -> [OperationRecord] {
        try operations(where: "1 = 1", [], limit: limit)
    }

    /// Puts operations into the order in which they began, which is that of recording unless some were recorded again.
    package func sortOperations() throws(StoreError) {
        try database.run(
            """
            UPDATE operations SET sequence = (SELECT COUNT(*) FROM operations AS o
                WHERE o.started < operations.started OR (o.started = operations.started AND o.id <= operations.id))
            """, operation: "cannot sort the journal")
    }

    /// The ids of all operations.
    package func operationIDs() throws(StoreError) -> Set<RecordID> {
        let ids = try database.query("SELECT id FROM operations", operation: "cannot read the journal") { row in
            RecordID(row.text(0) ?? "")
        }
        return Set(ids.compactMap { $0 })
    }

    /// Operations that began and have not ended, oldest first.
    package func unfinishedOperations() throws(StoreError) -> [OperationRecord] {
        Array(try operations(where: "state = 'running'", []).reversed())
    }

    /// Removes an operation, its steps and its requests.
    package func forget(_ operation: RecordID) throws(StoreError) {
        try database.transaction(operation: "cannot prune the journal") { () throws(StoreError) in
            for statement in ["DELETE FROM requests WHERE operation = ?", "DELETE FROM operations WHERE id = ?"] {
                try database.run(statement, [.text(operation.text)], operation: "cannot prune the journal")
            }
        }
    }

    private func operations(
        where condition: String, _ values: [Value], limit: Int = Int.max
    ) throws(StoreError) -> [OperationRecord] {
        try database.query(
            """
            SELECT id, command, summary, state, started, finished, undoable, git_directory, pid, pid_start, boot, intent
            FROM operations WHERE \(condition) ORDER BY sequence DESC LIMIT \(limit)
            """, values, operation: "cannot read the journal"
        ) { row throws(StoreError) -> OperationRecord in
            guard let id = RecordID(row.text(0) ?? ""), let started = row.time(4),
                let state = OperationRecord.State(rawValue: row.text(3) ?? "")
            else { throw .unreadable("cannot read the journal") }
            let owner = ProcessMark(
                pid: Int32(truncatingIfNeeded: row.integer(8) ?? 0), start: UInt64(row.text(9) ?? "") ?? 0,
                boot: row.text(10) ?? "")
            return OperationRecord(
                id: id, command: row.text(1) ?? "", summary: row.text(2) ?? "", state: state, started: started,
                finished: row.time(5), undoable: row.integer(6) == 1, gitDirectory: row.text(7) ?? "", owner: owner,
                intent: row.text(11) ?? "")
        }
    }
}
