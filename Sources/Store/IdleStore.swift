import Synchronization

/// A store that was looked into and that nobody uses since: whoever needs one takes it. Opening costs more than most of
/// what is asked.
package final class IdleStore: Sendable {
    private let directory: String
    private let held = Mutex<Store?>(nil)

    /// Creates the place for the store of a repository; nothing is opened yet.
    ///
    /// - Parameter directory: `<common dir>/gitpatch`.
    package init(directory: String) { self.directory = directory }

    /// Looks into the store, which stays open.
    package func look<Result: Sendable>(
        _ body: (borrowing Store) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try held.withLock { (held: inout Store?) throws(StoreError) -> Result in
            if held == nil { held = try Store.open(directory: directory) }
            switch held {
            case let store?: return try body(store)
            case nil: return try body(try Store.open(directory: directory))
            }
        }
    }

    /// The store, for whoever takes it; opened where it is not.
    package func take() throws(StoreError) -> Store {
        if let store = held.withLock({ $0.take() }) { return store }
        return try Store.open(directory: directory)
    }
}
