package import GitValues
package import Store

/// What this repository knows of one patch on a forge, beside the patch itself; kept among the store's facts.
package struct ForgeRecord: Sendable, Hashable, Codable {
    package var version = 1
    /// The remote whose repository has the pull request.
    package var remote: String
    package var pull: Pull?
    /// The topic by which its commits are pushed, where they are beside the branch: it was opened by a push.
    package var topic: String?
    package var issue: Pull?
    /// Whether the issue was opened by us, so that it is closed with the patch.
    package var ownsIssue = false
    package var comment: String?
    /// What the comment says now.
    package var commentText: String?
    /// The head that may land; any other is somebody else's.
    package var head: ObjectID
    package var headSince: Timestamp
    package var isArmed = false
    package var armedAt: Timestamp?
    package var options = QueueOptions()
    /// Why it is not armed any more.
    package var disarmedBecause: String?
    /// Whether the forge was told to merge by itself; true from before it is told until a look shows that it is not.
    package var isAtForge = false
    package var ticket: String?
    /// The fences under which the forge was told, in words.
    package var toldUnder: String?
    /// The method the forge was asked for; absent while it was not, and where its queue chooses.
    package var asked: LandingMethod?
    /// A merge was asked for and its outcome is not known.
    package var mergeIsUnknown = false
    /// Whether what the forge merged was compared with the patch and is the same; absent before that.
    package var isProven: Bool?
    /// When a look showed first that it is merged.
    package var mergedAt: Timestamp?
    /// The tip of the target on which it landed.
    package var landedOn: ObjectID?
    /// When the forge was asked for a merge last.
    package var askedAt: Timestamp?
    package var attempts = 0
    package var notBefore: Timestamp?
    package var reason: String?
    /// What the last look showed, for `status` without a network.
    package var seen: Seen?
    /// The patches it combines, in the order of its commits; absent for an ordinary one.
    package var combines: [PatchDocument.Combined]?
    /// The combined patch that landed with this one in it.
    package var landedIn: RecordID?

    /// A pull request or an issue.
    package struct Pull: Sendable, Codable, Hashable {
        package var id: String
        package var number: Int
        package var url: String

        package init(id: String, number: Int, url: String) {
            self.id = id
            self.number = number
            self.url = url
        }
    }

    /// What a look showed, in words.
    package struct Seen: Sendable, Hashable, Codable {
        package var at: Timestamp
        /// Names of checks with their states.
        package var checks: [String: String]
        /// Reviewers with what they said.
        package var reviews: [String: String]
        /// What is awaited.
        package var awaited: [String]
        package var wasDraft: Bool

        package init(
            at time: Timestamp, checks: [String: String], reviews: [String: String], awaited: [String], wasDraft: Bool
        ) {
            at = time
            self.checks = checks
            self.reviews = reviews
            self.awaited = awaited
            self.wasDraft = wasDraft
        }
    }

    package init(remote: String, head: ObjectID, at time: Timestamp) {
        self.remote = remote
        self.head = head
        headSince = time
    }

    private static func key(_ patch: RecordID) -> String { "forge.patch.\(patch)" }

    /// Reads the record of a patch; `nil` when it was never on a forge.
    package static func read(_ patch: RecordID, in store: borrowing Store) throws -> ForgeRecord? {
        try store.fact(key(patch)).map { try JSONText.decode(ForgeRecord.self, from: $0) }
    }

    /// The same, with why it cannot be read: then nothing is known of that patch, and of no other less.
    package static func look(
        _ patch: RecordID, in store: borrowing Store
    ) throws -> (record: ForgeRecord?, problem: String?) {
        do { return (try read(patch, in: store), nil) } catch is DecodingError {
            return (nil, "what is known of it here cannot be read")
        }
    }

    /// Writes the record; only in the transaction that has read it, because other processes write it, too.
    package func save(_ patch: RecordID, in store: borrowing Store) throws {
        try store.setFact(ForgeRecord.key(patch), to: try JSONText.encode(self))
    }

    /// A patch does not count as landed with a combined one any more; part of the caller's transaction.
    static func staysOpen(_ patch: RecordID, in store: borrowing Store) throws(StoreError) {
        do {
            guard var record = try look(patch, in: store).record, record.landedIn != nil else { return }
            record.landedIn = nil
            try record.save(patch, in: store)
        } catch let error as StoreError { throw error } catch {
            throw StoreError(code: .failed, operation: "cannot record that a patch stays open", message: "\(error)")
        }
    }

    /// What commands ask for; the rest is what passes find.
    package struct Wish: Hashable, Sendable {
        var isArmed: Bool
        var armedAt: Timestamp?
        var options: QueueOptions
        var disarmedBecause: String?
    }

    /// What commands asked for last.
    package var wish: Wish {
        get { Wish(isArmed: isArmed, armedAt: armedAt, options: options, disarmedBecause: disarmedBecause) }
        set {
            isArmed = newValue.isArmed
            armedAt = newValue.armedAt
            options = newValue.options
            disarmedBecause = newValue.disarmedBecause
        }
    }

    /// A head of ours came: delay and checks start anew there, and nothing of it is proven.
    package mutating func pin(_ commit: ObjectID, at time: Timestamp) {
        guard commit != head else { return }
        head = commit
        headSince = time
        ticket = nil
        isProven = nil
    }
}
