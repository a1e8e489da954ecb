package import GitValues

/// `watch.json`: how far the landings of one target were judged by the checks after landing, at the tip of
/// `refs/automerge/<target>/watch`.
///
/// It is on the remote, so that any worker goes on where another one left off, and none judges twice.
package struct WatchDocument: Hashable, Sendable, Codable {
    /// The newest version this program reads and the one it writes.
    package static let currentVersion = 1
    /// The name of the file in the commit's tree.
    package static let fileName = "watch.json"

    /// What the checks after landing came to.
    package enum Outcome: String, Sendable, Codable {
        case passed
        /// Red first, green when run again on the same tree.
        case flaky
        /// Red before the landings that were watched.
        case inherited
        /// The culprits were found and taken back.
        case reverted
        /// Red, and nothing could be taken back by itself: somebody must look.
        case stuck
        /// Too long ago to be taken back.
        case expired
    }

    package var version = WatchDocument.currentVersion
    /// The commit of the target up to which landings were judged.
    package var judged: ObjectID
    package var outcome: Outcome
    /// One line for people.
    package var text: String
    package var at: Timestamp

    package init(judged: ObjectID, outcome: Outcome, text: String, at time: Timestamp) {
        self.judged = judged
        self.outcome = outcome
        self.text = text
        self.at = time
    }
}
