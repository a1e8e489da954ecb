extension Store {
    /// Runs changes that need not be on the disk when this returns, unless that is asked for: what the remote tells as well.
    ///
    /// A crash of the process takes none of them. A power cut may take the newest, and never leaves a part of one.
    package func writing<Result>(
        durably isWaitedFor: Bool, _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let operation = "cannot write the store"
        // SQLite changes it between transactions only; inside of one, that one decides.
        if isWaitedFor || database.isInTransaction { return try body() }
        try database.run("PRAGMA synchronous = NORMAL", operation: operation)
        let result: Swift.Result<Result, StoreError>
        do { result = .success(try body()) } catch { result = .failure(error) }
        do { try database.run("PRAGMA synchronous = FULL", operation: operation) } catch {
            // What the body says went wrong first.
            if case .success = result { throw error }
        }
        return try result.get()
    }
}
