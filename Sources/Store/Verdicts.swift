package import GitValues

/// Verdicts, timings and small named facts.
extension Store {
    /// Records a verdict under its key; the newest one wins.
    package func save(_ verdict: VerdictRecord) throws(StoreError) {
        try database.run(
            """
            INSERT OR REPLACE INTO verdicts
                (key, check_name, tree, passed, exit_code, duration, log, recorded, origin, seal)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(verdict.key), .text(verdict.check), .text(verdict.tree.hex), Value(verdict.passed),
                .integer(Int64(verdict.exitCode)), .real(verdict.duration), Value(verdict.log),
                Value(verdict.recorded), Value(verdict.origin), .text(verdict.seal),
            ], operation: "cannot record the verdict")
    }

    /// The verdict under a key; `nil` when there is none, or a damaged file made something else of it: a bit decides
    /// between a failure and a pass, so every record carries a digest of itself.
    package func verdict(_ key: String) throws(StoreError) -> VerdictRecord? {
        try verdicts(where: "key = ?", [.text(key)]).first
    }

    /// The newest verdicts of a check first.
    package func verdicts(ofCheck check: String, limit: Int = 50) throws(StoreError) -> [VerdictRecord] {
        try verdicts(where: "check_name = ?", [.text(check)], limit: limit)
    }

    /// Whether any check passed on a tree.
    package func hasPass(forTree tree: ObjectID) throws(StoreError) -> Bool {
        try verdicts(where: "tree = ? AND passed = 1", [.text(tree.hex)], limit: 1).first != nil
    }

    /// Removes the verdict under a key.
    package func forget(verdict key: String) throws(StoreError) {
        try database.run("DELETE FROM verdicts WHERE key = ?", [.text(key)], operation: "cannot remove the verdict")
    }

    /// Removes every verdict of a check.
    package func forget(verdictsOf check: String) throws(StoreError) {
        try database.run(
            "DELETE FROM verdicts WHERE check_name = ?", [.text(check)], operation: "cannot remove the verdicts")
    }

    /// Notes that a verdict was used, at most once a day, so that reading stays cheap.
    package func noteUse(ofVerdict key: String, at time: Timestamp = .now()) throws(StoreError) {
        let old =
            try database.query(
                "SELECT max(recorded, ifnull(used, 0)) FROM verdicts WHERE key = ?", [.text(key)],
                operation: "cannot read the verdicts"
            ) { row in row.time(0) }.first ?? nil
        guard let old, time.seconds(since: old) > 86_400 else { return }
        try database.run(
            "UPDATE verdicts SET used = ? WHERE key = ?", [Value(time), .text(key)],
            operation: "cannot note the use of the verdict")
    }

    /// Removes verdicts neither recorded nor used since a time, those least recently used beyond a number, timings
    /// recorded before the time, failures already when recorded before another, the facts named `key/<key>` that
    /// belonged to verdicts that are gone, and what tools said (`tool/…`), which is not believed for long anyway.
    package func pruneVerdicts(
        before time: Timestamp, failuresBefore failures: Timestamp, keeping most: Int = 100_000
    ) throws(StoreError) {
        let operation = "cannot remove old verdicts"
        try database.transaction(operation: operation) { () throws(StoreError) in
            try database.run(
                """
                DELETE FROM verdicts WHERE max(recorded, ifnull(used, 0)) < ?1 OR (passed = 0 AND recorded < ?2)
                    OR key NOT IN (SELECT key FROM verdicts ORDER BY max(recorded, ifnull(used, 0)) DESC LIMIT \(most))
                """, [Value(time), Value(failures)], operation: operation)
            try database.run("DELETE FROM timings WHERE recorded < ?", [Value(time)], operation: operation)
            try database.run(
                "DELETE FROM facts WHERE name LIKE 'key/%' AND substr(name, 5) NOT IN (SELECT key FROM verdicts)",
                operation: operation)
            try database.run("DELETE FROM facts WHERE name LIKE 'tool/%'", operation: operation)
        }
    }

    /// Records one finished run of a check, or of a part of it.
    package func save(_ timing: TimingRecord) throws(StoreError) {
        try database.run(
            """
            INSERT INTO timings (check_name, tree, outcome, duration, recorded, part, cpu, memory)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(timing.check), .text(timing.tree.hex), .text(timing.outcome), .real(timing.duration),
                Value(timing.recorded), Value(timing.part), Value(timing.cpu), Value(timing.memory),
            ], operation: "cannot record the timing")
    }

    /// Records several finished runs at once: one wait for the disk instead of one for each.
    package func save(_ timings: [TimingRecord]) throws(StoreError) {
        guard !timings.isEmpty else { return }
        try database.transaction(operation: "cannot record the timings") { () throws(StoreError) in
            for timing in timings { try save(timing) }
        }
    }

    /// The newest timings first; of one check, or of all when `check` is `nil`.
    ///
    /// - Parameter part: the part of a check that is split; `nil` for runs of whole checks.
    package func timings(
        ofCheck check: String? = nil, part: String? = nil, limit: Int = 100
    ) throws(StoreError) -> [TimingRecord] {
        try database.query(
            """
            SELECT check_name, tree, outcome, duration, recorded, part, cpu, memory FROM timings
            WHERE (?1 IS NULL OR check_name = ?1) AND part IS ?2 ORDER BY recorded DESC, rowid DESC LIMIT \(limit)
            """, [Value(check), Value(part)], operation: "cannot read the timings"
        ) { row throws(StoreError) -> TimingRecord in
            guard let tree = ObjectID(hex: row.text(1) ?? ""), let recorded = row.time(4) else {
                throw .unreadable("cannot read the timings")
            }
            return TimingRecord(
                check: row.text(0) ?? "", part: row.text(5), tree: tree, outcome: row.text(2) ?? "",
                duration: row.real(3) ?? 0, cpu: row.real(6), memory: row.integer(7), recorded: recorded)
        }
    }

    /// A named fact; `nil` when it was never set.
    package func fact(_ name: String) throws(StoreError) -> String? {
        try database.query(
            "SELECT value FROM facts WHERE name = ?", [.text(name)], operation: "cannot read the store"
        ) { row in row.text(0) ?? "" }.first
    }

    /// The facts whose names begin with a text, with the rest of their names.
    ///
    /// Two of them may look alike: for the store letters with an accent and letters followed by one are not the same.
    package func facts(under prefix: String) throws(StoreError) -> [(name: String, value: String)] {
        try database.query(
            "SELECT name, value FROM facts WHERE substr(name, 1, ?) = ? ORDER BY name",
            [.integer(Int64(prefix.unicodeScalars.count)), .text(prefix)], operation: "cannot read the store"
        ) { row in
            (name: String(Substring((row.text(0) ?? "").utf8.dropFirst(prefix.utf8.count))), value: row.text(1) ?? "")
        }
    }

    /// Sets a named fact, or removes it with `nil`.
    package func setFact(_ name: String, to value: String?) throws(StoreError) {
        if let value {
            try database.run(
                "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", [.text(name), .text(value)],
                operation: "cannot write the store")
        } else {
            try database.run(
                "DELETE FROM facts WHERE name = ?", [.text(name)], operation: "cannot write the store")
        }
    }

    private func verdicts(
        where condition: String, _ values: [Value], limit: Int = Int.max
    ) throws(StoreError) -> [VerdictRecord] {
        try database.query(
            """
            SELECT key, check_name, tree, passed, exit_code, duration, log, recorded, origin, seal
            FROM verdicts
            WHERE \(condition) ORDER BY recorded DESC LIMIT \(limit)
            """, values, operation: "cannot read the verdicts"
        ) { row -> VerdictRecord? in
            guard let tree = ObjectID(hex: row.text(2) ?? ""), let recorded = row.time(7) else { return nil }
            let verdict = VerdictRecord(
                key: row.text(0) ?? "", check: row.text(1) ?? "", tree: tree, passed: row.integer(3) == 1,
                exitCode: Int32(truncatingIfNeeded: row.integer(4) ?? -1), duration: row.real(5) ?? 0,
                log: row.text(6), recorded: recorded, origin: row.text(8))
            return verdict.seal == row.text(9) ? verdict : nil
        }.compactMap { $0 }
    }
}
