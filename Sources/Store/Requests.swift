package import GitValues

/// The outbox: remote effects that wait, run or have ended.
extension Store {
    /// Adds a request; one with the same idempotency key stays as it is.
    package func enqueue(_ request: RequestRecord) throws(StoreError) {
        try database.run(
            """
            INSERT OR IGNORE INTO requests (id, operation, patch, kind, remote, idempotency_key, payload, state,
                attempts, not_before, reason, url, created, sequence)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM requests))
            """,
            [
                .text(request.id.text), .text(request.operation.text), Value(request.patch?.text),
                .text(request.kind.rawValue), .text(request.remote), .text(request.idempotencyKey),
                .text(request.payload), .text(request.state.rawValue), Value(request.attempts),
                Value(request.notBefore), Value(request.reason), Value(request.url), Value(request.created),
            ], operation: "cannot queue the request")
    }

    /// Writes the changing parts of a request: state, attempts, next time, reason and URL.
    package func update(_ request: RequestRecord) throws(StoreError) {
        try database.run(
            "UPDATE requests SET state = ?, attempts = ?, not_before = ?, reason = ?, url = ?, payload = ? WHERE id = ?",
            [
                .text(request.state.rawValue), Value(request.attempts), Value(request.notBefore),
                Value(request.reason), Value(request.url), .text(request.payload), .text(request.id.text),
            ], operation: "cannot record the request")
    }

    /// Begins a try: the request runs and counts one attempt more. Nothing happens to one that has ended meanwhile,
    /// because another process took it back: `nil`.
    package func begin(_ request: RequestRecord) throws(StoreError) -> RequestRecord? {
        try database.run(
            """
            UPDATE requests SET state = 'running', attempts = attempts + 1
            WHERE id = ? AND state IN ('waiting', 'running', 'unknown')
            """, [.text(request.id.text)], operation: "cannot record the request")
        let begun = try requests(where: "id = ?", [.text(request.id.text)]).first
        return begun?.state == .running ? begun : nil
    }

    /// Writes how a try ended, unless the request was taken back while it ran: then that stays.
    package func end(_ request: RequestRecord) throws(StoreError) {
        guard try requests(where: "id = ?", [.text(request.id.text)]).first?.state != .cancelled else { return }
        try update(request)
    }

    /// Requests that are not finished (waiting, running or unknown), in the order they were queued.
    package func openRequests() throws(StoreError) -> [RequestRecord] {
        try requests(where: "state IN ('waiting', 'running', 'unknown')", [])
    }

    /// The requests of an operation, in the order they were queued.
    package func requests(ofOperation operation: RecordID) throws(StoreError) -> [RequestRecord] {
        try requests(where: "operation = ?", [.text(operation.text)])
    }

    /// The requests of a patch, in the order they were queued.
    package func requests(ofPatch patch: RecordID) throws(StoreError) -> [RequestRecord] {
        try requests(where: "patch = ?", [.text(patch.text)])
    }

    /// All requests, in the order they were queued.
    package func requests() throws(StoreError) -> [RequestRecord] { try requests(where: "1 = 1", []) }

    private func requests(where condition: String, _ values: [Value]) throws(StoreError) -> [RequestRecord] {
        try database.query(
            """
            SELECT id, operation, patch, kind, remote, idempotency_key, payload, state, attempts, not_before, reason,
                url, created
            FROM requests WHERE \(condition) ORDER BY sequence
            """, values, operation: "cannot read the requests"
        ) { row throws(StoreError) -> RequestRecord in
            guard let id = RecordID(row.text(0) ?? ""), let operation = RecordID(row.text(1) ?? ""),
                let kind = RequestRecord.Kind(rawValue: row.text(3) ?? ""),
                let state = RequestRecord.State(rawValue: row.text(7) ?? ""), let created = row.time(12)
            else { throw .unreadable("cannot read the requests") }
            return RequestRecord(
                id: id, operation: operation, patch: RecordID(row.text(2) ?? ""), kind: kind,
                remote: row.text(4) ?? "", idempotencyKey: row.text(5) ?? "", payload: row.text(6) ?? "",
                state: state, attempts: Int(row.integer(8) ?? 0), notBefore: row.time(9), reason: row.text(10),
                url: row.text(11), created: created)
        }
    }
}
