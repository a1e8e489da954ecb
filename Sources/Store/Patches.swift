package import GitValues

/// The patches this repository knows.
extension Store {
    /// Adds a patch or replaces the one with its id.
    package func save(_ patch: PatchRecord) throws(StoreError) {
        try database.run(
            """
            INSERT OR REPLACE INTO patches (id, title, branch, base, target, remote, commit_id, tree, engine,
                engine_reason, state, url, number, landed, stacked_on, created, updated)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(patch.id.text), .text(patch.title), .text(patch.branch), Value(patch.base?.hex),
                .text(patch.target), Value(patch.remote), .text(patch.commit.hex), .text(patch.tree.hex),
                .text(patch.engine.rawValue), Value(patch.engineReason), .text(patch.state.rawValue),
                Value(patch.url), Value(patch.number), Value(patch.landed?.hex),
                Value(patch.stackedOn?.text), Value(patch.created), Value(patch.updated),
            ], operation: "cannot record the patch")
    }

    /// One patch; `nil` when there is none of that id.
    package func patch(_ id: RecordID) throws(StoreError) -> PatchRecord? {
        try patches(where: "id = ?", [.text(id.text)]).first
    }

    /// All patches, newest first.
    package func patches() throws(StoreError) -> [PatchRecord] { try patches(where: "1 = 1", []) }

    /// The newest patch on a branch that is neither landed nor closed; `nil` when there is none.
    package func openPatch(onBranch branch: String) throws(StoreError) -> PatchRecord? {
        try patches(where: "branch = ? AND state NOT IN ('landed', 'closed')", [.text(branch)]).first
    }

    /// The patches a user may mean by a text, newest first: one when it is clear.
    package func patches(
        matching text: String, preferringFinished finished: Bool = false
    ) throws(StoreError) -> [PatchRecord] {
        try patches().matching(text, preferringFinished: finished)
    }

    /// Removes a patch and its requests.
    package func forget(patch: RecordID) throws(StoreError) {
        try database.transaction(operation: "cannot remove the patch") { () throws(StoreError) in
            try database.run("DELETE FROM requests WHERE patch = ?", [.text(patch.text)], operation: "cannot remove")
            try database.run("DELETE FROM patches WHERE id = ?", [.text(patch.text)], operation: "cannot remove")
        }
    }

    private func patches(where condition: String, _ values: [Value]) throws(StoreError) -> [PatchRecord] {
        try database.query(
            """
            SELECT id, title, branch, base, target, remote, commit_id, tree, engine, engine_reason, state, url, number,
                landed, stacked_on, created, updated
            FROM patches WHERE \(condition) ORDER BY created DESC, rowid DESC
            """, values, operation: "cannot read the patches"
        ) { row throws(StoreError) -> PatchRecord in
            guard let id = RecordID(row.text(0) ?? ""), let commit = ObjectID(hex: row.text(6) ?? ""),
                let tree = ObjectID(hex: row.text(7) ?? ""), let created = row.time(15), let updated = row.time(16),
                let engine = PatchRecord.Engine(rawValue: row.text(8) ?? ""),
                let state = PatchRecord.State(rawValue: row.text(10) ?? "")
            else { throw .unreadable("cannot read the patches") }
            return PatchRecord(
                id: id, title: row.text(1) ?? "", branch: row.text(2) ?? "", base: ObjectID(hex: row.text(3) ?? ""),
                target: row.text(4) ?? "", remote: row.text(5), commit: commit, tree: tree, engine: engine,
                engineReason: row.text(9), state: state, url: row.text(11), number: row.integer(12).map(Int.init),
                landed: ObjectID(hex: row.text(13) ?? ""), stackedOn: RecordID(row.text(14) ?? ""), created: created,
                updated: updated)
        }
    }
}
