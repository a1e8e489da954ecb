/// The tables, as a list of migrations: entry N brings version N to N + 1 and is never changed once released.
///
/// A new word in a column of words (states, kinds) is a new version too: older programs take unknown words for damage.
enum Schema {
    static let version = migrations.count

    static let migrations: [[String]] = [
        [
            """
            CREATE TABLE operations (
                id TEXT PRIMARY KEY, command TEXT NOT NULL, summary TEXT NOT NULL, state TEXT NOT NULL,
                started INTEGER NOT NULL, finished INTEGER, undoable INTEGER NOT NULL, git_directory TEXT NOT NULL,
                pid INTEGER NOT NULL, pid_start TEXT NOT NULL, boot TEXT NOT NULL, intent TEXT NOT NULL,
                sequence INTEGER NOT NULL)
            """,
            "CREATE INDEX operations_by_state ON operations (state)",
            """
            CREATE TABLE steps (
                operation TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE, name TEXT NOT NULL,
                detail TEXT NOT NULL, marked INTEGER NOT NULL, PRIMARY KEY (operation, name))
            """,
            """
            CREATE TABLE patches (
                id TEXT PRIMARY KEY, title TEXT NOT NULL, branch TEXT NOT NULL, base TEXT, target TEXT NOT NULL,
                remote TEXT, commit_id TEXT NOT NULL, tree TEXT NOT NULL, engine TEXT NOT NULL, engine_reason TEXT,
                state TEXT NOT NULL, url TEXT, number INTEGER, landed TEXT, stacked_on TEXT,
                created INTEGER NOT NULL, updated INTEGER NOT NULL)
            """,
            "CREATE INDEX patches_by_branch ON patches (branch)",
            """
            CREATE TABLE requests (
                id TEXT PRIMARY KEY, operation TEXT NOT NULL, patch TEXT, kind TEXT NOT NULL, remote TEXT NOT NULL,
                idempotency_key TEXT NOT NULL UNIQUE, payload TEXT NOT NULL, state TEXT NOT NULL,
                attempts INTEGER NOT NULL, not_before INTEGER, reason TEXT, url TEXT, created INTEGER NOT NULL,
                sequence INTEGER NOT NULL)
            """,
            "CREATE INDEX requests_by_state ON requests (state)",
            """
            CREATE TABLE verdicts (
                key TEXT PRIMARY KEY, check_name TEXT NOT NULL, tree TEXT NOT NULL, passed INTEGER NOT NULL,
                exit_code INTEGER NOT NULL, duration REAL NOT NULL, log TEXT, recorded INTEGER NOT NULL)
            """,
            """
            CREATE TABLE timings (
                check_name TEXT NOT NULL, tree TEXT NOT NULL, outcome TEXT NOT NULL, duration REAL NOT NULL,
                recorded INTEGER NOT NULL)
            """,
            "CREATE INDEX timings_by_check ON timings (check_name, recorded)",
            "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        ],
        [
            "ALTER TABLE verdicts ADD COLUMN origin TEXT", "ALTER TABLE verdicts ADD COLUMN used INTEGER",
            "ALTER TABLE verdicts ADD COLUMN seal TEXT",
            "CREATE INDEX verdicts_by_check ON verdicts (check_name, recorded)",
        ],
        [
            "ALTER TABLE timings ADD COLUMN part TEXT", "ALTER TABLE timings ADD COLUMN cpu REAL",
            "ALTER TABLE timings ADD COLUMN memory INTEGER",
        ],
    ]
}
