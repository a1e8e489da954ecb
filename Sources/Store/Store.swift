import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The journal and records of one repository: `<common dir>/gitpatch/store.sqlite`, shared by its linked worktrees.
///
/// Every method is one transaction of its own and durable when it returns, unless it says otherwise.
/// One value belongs to one task; open a second store for another.
package struct Store: ~Copyable {
    /// The folder that holds the store and everything beside it: logs, operation folders, verdict files.
    package let directory: String
    let database: Database

    /// Opens the store of a repository, creating or migrating it as needed.
    ///
    /// - Parameters:
    ///   - directory: `<common dir>/gitpatch`; its parent must exist.
    ///   - busyTimeout: how long to wait for another process, in milliseconds, before `busy`.
    package static func open(directory: String, busyTimeout: Int32 = 5000) throws(StoreError) -> Store {
        if createDirectory(directory) == false {
            let number = errno
            throw StoreError(
                code: number == ENOSPC || number == EDQUOT ? .full : .readOnly, operation: "cannot open the store",
                message: "cannot create '\(directory)': \(String(cString: strerror(number)))")
        }
        let path = directory + "/store.sqlite"
        if isFile(path), fileSize(path + "-wal") == 0 { makeFile(directory + "/" + logMark) }
        let database = try Database.open(path: path, busyTimeout: busyTimeout)
        let store = Store(directory: directory, database: database)
        try store.migrate()
        return store
    }

    /// A store of nothing, in memory only: what commands read where no store was made yet.
    package static func empty(directory: String) throws(StoreError) -> Store {
        let store = Store(directory: directory, database: try Database.open(path: ":memory:", busyTimeout: 0))
        try store.migrate()
        return store
    }

    private init(directory: String, database: consuming Database) {
        self.directory = directory
        self.database = database
    }

    /// Whether a store exists, so that commands that only read need not create one.
    package static func exists(in directory: String) -> Bool { isFile(directory + "/store.sqlite") }

    /// The name of a file beside the store that says that somebody could not read it.
    package static let damageMark = "store.sqlite.damaged"

    /// Whether the store was found damaged, or is gone though operations have left their folders.
    package static func isInDoubt(in directory: String) -> Bool {
        if isFile(directory + "/" + damageMark) { return true }
        return !exists(in: directory) && isNonEmptyDirectory(directory + "/ops")
    }

    /// The name of a file beside the store that says that it was opened without a log, or with an empty one: after the log was
    /// put into the store, or because somebody removed it.
    package static let logMark = "store.sqlite.unlogged"

    /// Whether the store was opened without a log since somebody has looked whether it lacks anything.
    package static func mayLackNewest(in directory: String) -> Bool { isFile(directory + "/" + logMark) }

    /// Reads all of the store.
    ///
    /// - Throws: `StoreError.damaged` when a part of it cannot be read or makes no sense.
    package func requireSound() throws(StoreError) {
        let operation = "cannot read the store"
        let words = try database.query("PRAGMA quick_check(1)", operation: operation) { row in row.text(0) ?? "" }
        guard words == ["ok"] else {
            throw StoreError(code: .damaged, operation: operation, message: words.first ?? "it cannot be read")
        }
        _ = try (operations(), patches(), requests())
    }

    /// Runs several changes as one: all of them are durable when it returns, none of them when it throws.
    package func atomically<Result>(
        _ operation: String, _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try database.transaction(operation: operation, body)
    }

    private func migrate() throws(StoreError) {
        let operation = "cannot open the store"
        func currentVersion() throws(StoreError) -> Int {
            let rows = try database.query("PRAGMA user_version", operation: operation) { row in row.integer(0) ?? 0 }
            return Int(rows.first ?? 0)
        }
        if try currentVersion() == Schema.version { return }
        try database.transaction(operation: operation) { () throws(StoreError) in
            let version = try currentVersion()  // Another process may have migrated in between.
            guard version <= Schema.version else {
                throw StoreError(
                    code: .newer, operation: operation,
                    message: "its format is \(version), this program knows \(Schema.version)")
            }
            guard version >= 0 else {
                throw StoreError(code: .damaged, operation: operation, message: "its format is \(version)")
            }
            for step in Schema.migrations[version...] {
                for statement in step { try database.run(statement, operation: operation) }
            }
            try database.run("PRAGMA user_version = \(Schema.version)", operation: operation)
        }
        // The tables are in the store itself: what is lost with its log is no more than what was recorded last.
        _ = try database.query("PRAGMA wal_checkpoint(TRUNCATE)", operation: operation) { _ in () }
    }
}
