package import Store

/// Stops and resumes of the queue that were asked for while the remote was out of reach; the queue's own commands tell them.
package enum StopsToTell {
    /// The fact of the store that lists them; it is there while there are some.
    package static let fact = "automerge.stops"

    /// Whether some wait.
    package static func wait(in store: borrowing Store) throws(StoreError) -> Bool { try store.fact(fact) != nil }
}
