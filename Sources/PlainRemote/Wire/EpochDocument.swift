package import GitValues

/// `epoch.json`: the fence of one target, at the tip of `refs/automerge/<target>/epoch`.
///
/// Every landing and every stop moves that reference, so a landing that began before a stop loses its lease.
package struct EpochDocument: Hashable, Sendable, Codable {
    /// The newest version this program reads and the one it writes.
    package static let currentVersion = 1
    /// The name of the file in the commit's tree.
    package static let fileName = "epoch.json"

    /// Who stopped the queue, why and when.
    package struct Stop: Hashable, Sendable, Codable {
        package var by: String
        package var reason: String
        package var at: Timestamp

        package init(by: String, reason: String, at: Timestamp) {
            self.by = by
            self.reason = reason
            self.at = at
        }
    }

    package var version = EpochDocument.currentVersion
    /// One more with every commit on the reference, up to the highest number there is; only people read it.
    ///
    /// What tells two fences apart are their commits, so a fence that cannot count on still stops and lands.
    package var counter: Int
    /// Set while nothing may land.
    package var stopped: Stop?

    /// Creates a document.
    package init(counter: Int, stopped: Stop? = nil) {
        self.counter = counter
        self.stopped = stopped
    }

    /// The number of the fence that follows one.
    package static func number(after counter: Int) -> Int { counter == .max ? .max : counter + 1 }
}
