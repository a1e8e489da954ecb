import CGit2
import GitValues

extension Repository {
    /// Runs a body on a second handle that keeps every object it writes in memory and forgets it at the end.
    ///
    /// For questions ("would it merge?") that must leave nothing in the store and work when it cannot be written.
    package func speculating<Result>(
        _ body: (borrowing Repository) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        let second = try Repository.open(location)
        let operation = "keeping objects in memory"
        let database: Handle<DatabaseKind> = try make(operation) { git_repository_odb($0, second.pointer) }
        var memory: UnsafeMutablePointer<git_odb_backend>?
        try check(operation, git_mempack_new(&memory))
        // The highest priority takes all writes; from here on the database owns the backend.
        let status = git_odb_add_backend(database.pointer, memory, 999)
        if status < 0 { memory?.pointee.free(memory) }
        try check(operation, status)
        return try body(second)
    }
}
