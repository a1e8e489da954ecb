import CSQLite
import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One connection to one SQLite file; statements are prepared, bound and stepped through `run` and `query` only.
///
/// Not shared between threads: a task that needs the store elsewhere opens a second connection.
struct Database: ~Copyable {
    private let handle: OpaquePointer
    /// The file that is made when something turns out to be damaged, so that the next command looks at all of it.
    private let damageMark: String
    private let log: String

    /// Whether logs are opened without a wait for the name they have had for long.
    private static let opensLogsCalmly = gitpatch_register_files() != 0

    /// How long a log may become before its pages are put into the database, in bytes: what the next command has to read
    /// before it begins.
    private static let longLog = 64 * 4096

    /// Opens or creates the file, with write-ahead logging and full synchronisation.
    static func open(path: String, busyTimeout milliseconds: Int32) throws(StoreError) -> Database {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let status = sqlite3_open_v2(path, &opened, flags, opensLogsCalmly ? "gitpatch" : nil)
        guard status == SQLITE_OK, let opened else {
            let error = Database.error(status, opened, "cannot open the store")
            sqlite3_close_v2(opened)
            throw error
        }
        let isFile = path != ":memory:"
        // The log and its index get the mode that the store has when they are made.
        SharedFiles.settle(path)
        let database = Database(
            handle: opened, damageMark: isFile ? path + ".damaged" : "", log: isFile ? path + "-wal" : "")
        sqlite3_busy_timeout(opened, milliseconds)
        // Log and index are emptied at the end, not removed: the next command would only make them again.
        var keepsFiles: Int32 = 1
        sqlite3_file_control(opened, nil, SQLITE_FCNTL_PERSIST_WAL, &keepsFiles)
        try database.startLog(waiting: .milliseconds(milliseconds))
        for pragma in ["synchronous = FULL", "foreign_keys = ON", "journal_size_limit = 0"] {
            try database.run("PRAGMA \(pragma)", operation: "cannot open the store")
        }
        return database
    }

    /// Switches to write-ahead logging. Of a new file, SQLite may say at once that another process does the same, without
    /// waiting as long as it was told to.
    private func startLog(waiting limit: Duration) throws(StoreError) {
        let clock = SuspendingClock()
        let start = clock.now
        while true {
            do {
                return try run("PRAGMA journal_mode = WAL", operation: "cannot open the store")
            } catch {
                guard error.code == .busy, clock.now - start < limit else { throw error }
                usleep(10_000)
            }
        }
    }

    private init(handle: OpaquePointer, damageMark: String, log: String) {
        self.handle = handle
        self.damageMark = damageMark
        self.log = log
    }

    deinit {
        // To put the log into the database costs two waits, which one command of many pays.
        if !log.isEmpty, fileSize(log) < Database.longLog { gitpatch_keep_log(handle) }
        sqlite3_close_v2(handle)
    }

    /// Runs a statement that returns no rows of interest.
    func run(_ sql: String, _ values: [Value] = [], operation: String) throws(StoreError) {
        _ = try query(sql, values, operation: operation) { _ in () }
    }

    /// Runs a statement and maps each row.
    func query<Result>(
        _ sql: String, _ values: [Value] = [], operation: String, row: (borrowing Row) throws(StoreError) -> Result
    ) throws(StoreError) -> [Result] {
        var prepared: OpaquePointer?
        let status = sqlite3_prepare_v2(handle, sql, -1, &prepared, nil)
        // The statements are ours: when one does not fit, the tables are not those of the version they claim to be.
        if status & 0xff == SQLITE_ERROR {
            markDamage()
            throw StoreError(code: .damaged, operation: operation, message: String(cString: sqlite3_errmsg(handle)))
        }
        try check(status, operation)
        defer { sqlite3_finalize(prepared) }
        guard let prepared else { return [] }
        for (offset, value) in values.enumerated() {
            try check(value.bind(to: prepared, at: Int32(offset + 1)), operation)
        }
        var results: [Result] = []
        while true {
            let status = sqlite3_step(prepared)
            if status == SQLITE_DONE { return results }
            guard status == SQLITE_ROW else { throw error(status, operation) }
            results.append(try row(Row(statement: prepared)))
        }
    }

    /// Whether a transaction has begun and not ended.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// The rows the last statement changed.
    var changedRows: Int { Int(sqlite3_changes(handle)) }

    /// Runs a body inside one immediate transaction: committed when it returns, rolled back when it throws.
    ///
    /// Inside another transaction the body is part of that one, which must not go on after an error.
    func transaction<Result>(
        operation: String, _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        if isInTransaction { return try body() }
        try run("BEGIN IMMEDIATE", operation: operation)
        do {
            let result = try body()
            try run("COMMIT", operation: operation)
            return result
        } catch {
            // The first error is the one to report; a rollback that fails leaves nothing committed either.
            try? run("ROLLBACK", operation: operation)
            throw error
        }
    }

    private func check(_ status: Int32, _ operation: String) throws(StoreError) {
        if status != SQLITE_OK { throw error(status, operation) }
    }

    private func error(_ status: Int32, _ operation: String) -> StoreError {
        let error = Database.error(status, handle, operation)
        if error.code == .damaged { markDamage() }
        return error
    }

    private func markDamage() {
        if !damageMark.isEmpty { makeFile(damageMark) }
    }

    /// The error of a failed call; where SQLite only says that reading or writing failed, the system's reason.
    private static func error(_ status: Int32, _ handle: OpaquePointer?, _ operation: String) -> StoreError {
        let words = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
        let number =
            [SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_FULL].contains(status & 0xff)
            ? handle.map { sqlite3_system_errno($0) } ?? 0 : 0
        let code: StoreError.Code =
            switch number {
            case ENOSPC, EDQUOT: .full
            case EACCES, EPERM, EROFS: .readOnly
            default: code(status)
            }
        // SQLite tries to open what it could not create, and remembers the failure of that: not why, only that.
        let hidesReason = status & 0xff == SQLITE_CANTOPEN && number == ENOENT
        let reason =
            hidesReason
            ? "a file that belongs to it could not be created" : number == 0 ? words : String(cString: strerror(number))
        return StoreError(code: code, operation: operation, message: reason)
    }

    private static func code(_ status: Int32) -> StoreError.Code {
        switch status & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_READONLY, SQLITE_PERM: .readOnly
        case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
        case SQLITE_FULL: .full
        case SQLITE_CANTOPEN: .cannotOpen
        default: .failed
        }
    }
}

/// A value bound to a statement.
enum Value: Sendable {
    case text(String)
    case integer(Int64)
    case real(Double)
    case null

    init(_ text: String?) { self = text.map(Value.text) ?? .null }
    init(_ number: Int64?) { self = number.map(Value.integer) ?? .null }
    init(_ number: Int?) { self = number.map { .integer(Int64($0)) } ?? .null }
    init(_ number: Double?) { self = number.map(Value.real) ?? .null }
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
    init(_ time: Timestamp?) { self.init(time?.milliseconds) }

    fileprivate func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch self {
        case .text(let text): gitpatch_bind_text(statement, index, text, Int32(text.utf8.count))
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .real(let number): sqlite3_bind_double(statement, index, number)
        case .null: sqlite3_bind_null(statement, index)
        }
    }
}

/// One row of a result; columns are counted from zero.
struct Row: ~Copyable {
    fileprivate let statement: OpaquePointer

    func text(_ column: Int32) -> String? {
        guard let bytes = sqlite3_column_text(statement, column) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    func integer(_ column: Int32) -> Int64? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : sqlite3_column_int64(statement, column)
    }

    func real(_ column: Int32) -> Double? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : sqlite3_column_double(statement, column)
    }

    func time(_ column: Int32) -> Timestamp? { integer(column).map { Timestamp(milliseconds: $0) } }
}
