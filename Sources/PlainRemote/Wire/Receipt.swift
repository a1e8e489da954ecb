package import GitValues

/// `receipt.json`: the record of one landing, at the tip of `refs/automerge/<target>/receipts`; one per move of the target.
package struct Receipt: Hashable, Sendable, Codable {
    /// The newest version this program reads and the one it writes.
    package static let currentVersion = 1
    /// The name of the file in the commit's tree.
    package static let fileName = "receipt.json"
    /// The folder beside it that holds the tree of each member's head under the patch's id.
    ///
    /// Heads of squashed patches are on no branch afterwards; their trees must stay for as long as a receipt can be audited.
    package static let headsFolder = "heads"

    /// One patch of the landing.
    package struct Member: Hashable, Sendable, Codable {
        package var patch: RecordID
        /// The head that landed.
        package var head: ObjectID
        /// How this one landed.
        package var method: LandingMethod?
        /// The commit of the target that completes this member.
        package var landed: ObjectID?
        /// Merging the change from here to the head gives what landed; absent where it takes more than one merge base.
        package var from: ObjectID?

        package init(
            patch: RecordID, head: ObjectID, method: LandingMethod? = nil, landed: ObjectID? = nil,
            from: ObjectID? = nil
        ) {
            self.patch = patch
            self.head = head
            self.method = method
            self.landed = landed
            self.from = from
        }
    }

    /// One check's result on the tree that landed.
    package struct Verdict: Hashable, Sendable, Codable {
        package var check: String
        package var tree: ObjectID
        /// An outcome of `git validate`: `passed`, `cached`, …
        package var state: String
        /// Seconds.
        package var duration: Double?

        package init(check: String, tree: ObjectID, state: String, duration: Double?) {
            self.check = check
            self.tree = tree
            self.state = state
            self.duration = duration
        }
    }

    package var version = Receipt.currentVersion
    package var target: String
    /// The tip of the target before.
    package var base: ObjectID
    /// The commit that was tested.
    package var candidate: ObjectID
    /// The tip of the target after.
    package var landed: ObjectID
    package var tree: ObjectID
    package var members: [Member]
    /// `squash`, `merge`, `rebase`; `mixed` when the members differ; `revert` for a rollback.
    package var method: String
    package var verdicts: [Verdict]
    /// The patches this landing takes back; absent for an ordinary one.
    package var reverts: [RecordID]?
    /// The commit of the target whose change this landing takes back; absent for an ordinary one.
    package var takesBack: ObjectID?
    /// Of a revert: the tip of the target before what it takes back; with `takesBack` the whole change.
    package var takesBackTo: ObjectID?
    /// Whether a worker decided by itself to take it back; absent means no.
    package var isAutomatic: Bool?
    /// Whether a forge made it: its checks ran on the head of the patch, not on what landed. Absent means no.
    package var isByForge: Bool?
    /// The `.gitpatch` of the base that said what to check; absent when there was none.
    package var policy: ObjectID?
    package var at: Timestamp

    package init(
        target: String, base: ObjectID, candidate: ObjectID, landed: ObjectID, tree: ObjectID, members: [Member],
        method: String, verdicts: [Verdict], reverts: [RecordID]? = nil, policy: ObjectID?, at time: Timestamp
    ) {
        self.target = target
        self.base = base
        self.candidate = candidate
        self.landed = landed
        self.tree = tree
        self.members = members
        self.method = method
        self.verdicts = verdicts
        self.reverts = reverts
        self.policy = policy
        self.at = time
    }
}
