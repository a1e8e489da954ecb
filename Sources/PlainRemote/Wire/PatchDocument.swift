package import GitValues

/// `patch.json`: what a plain remote knows of one patch, at the tip of `refs/patches/<id>`.
///
/// Each change of state is one commit on that reference, moved by lease.
package struct PatchDocument: Hashable, Sendable {
    /// The newest version this program reads and the one it writes.
    package static let currentVersion = 1
    /// The name of the file in the commit's tree.
    package static let fileName = "patch.json"

    /// Where a patch stands on a plain remote.
    package enum State: String, Sendable, Codable {
        /// Known, not asked to land by itself.
        case queued
        /// Lands as soon as every gate is open.
        case armed
        case landed
        /// Taken out of the queue, with a reason.
        case ejected
        case closed
    }

    /// One approval; it counts for its head only.
    package struct Approval: Hashable, Sendable, Codable {
        package var by: Person
        package var head: ObjectID
        package var at: Timestamp

        package init(by: Person, head: ObjectID, at: Timestamp) {
            self.by = by
            self.head = head
            self.at = at
        }
    }

    /// One patch that another one combines: the way back.
    package struct Combined: Hashable, Sendable, Codable {
        package var patch: RecordID
        /// Its head when it was combined.
        package var head: ObjectID
        /// The commit of the combined branch that holds its change.
        package var commit: ObjectID

        package init(patch: RecordID, head: ObjectID, commit: ObjectID) {
            self.patch = patch
            self.head = head
            self.commit = commit
        }
    }

    package var version = PatchDocument.currentVersion
    package var id: RecordID
    package var title: String
    /// The short name of its branch on the remote.
    package var branch: String
    /// The commit the patch starts from; absent for a root commit.
    package var base: ObjectID?
    /// The short name of the branch it should land on.
    package var target: String
    /// The tip that may land; anything else on the branch is a new head.
    package var head: ObjectID
    package var author: Person?
    package var state: State
    /// How it lands; absent means that the target's configuration decides.
    package var method: LandingMethod?
    /// Seconds to wait after the last push before it may land; absent means that the target's configuration decides.
    package var delay: Double?
    /// Checks that must pass beside those the target requires.
    package var requiredChecks: [String] = []
    /// Approvals that are needed; absent means that the target's configuration decides.
    package var approvals: Int?
    package var priority: PatchPriority = .normal
    package var draft = false
    /// Since when `head` is the head: the delay counts from here.
    package var headSince: Timestamp
    /// Since when it is armed: the order of the queue.
    package var queuedAt: Timestamp?
    /// The patch it is stacked on; it waits until that one has landed.
    package var stackOn: RecordID?
    /// The patch it was stacked on, once that one has landed.
    package var wasOn: RecordID?
    /// The newest commit of its history that the target had when the patch was opened.
    package var fork: ObjectID?
    /// The head of the patch below behind which its own change starts, when that one has landed in another form: commits up
    /// to here are not ours to land.
    package var replayFrom: ObjectID?
    package var approvalsGiven: [Approval] = []
    /// The commit that landed it.
    package var landed: ObjectID?
    /// Why it is ejected or closed.
    package var reason: String?
    /// The checks that were red when the queue ejected it; absent when it was for another reason.
    package var failedChecks: [String]?
    /// The head that did not merge into the target when the queue ejected it; absent when it was for another reason.
    package var conflictsAt: ObjectID?
    /// The patches it combines, in the order of its commits; absent for an ordinary one.
    package var combines: [Combined]?
    package var changedAt: Timestamp

    /// Creates the document of a patch that was just opened.
    package init(
        id: RecordID, title: String, branch: String, base: ObjectID?, target: String, head: ObjectID, author: Person?,
        state: State = .queued, at time: Timestamp
    ) {
        self.id = id
        self.title = title
        self.branch = branch
        self.base = base
        self.target = target
        self.head = head
        self.author = author
        self.state = state
        self.headSince = time
        self.changedAt = time
    }

    /// Whether nothing more happens to it by itself.
    package var isFinished: Bool { state == .landed || state == .closed }
}

extension PatchDocument: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, id, title, branch, base, target, head, author, state, method, delay, requiredChecks, approvals
        case priority, draft, headSince, queuedAt, stackOn, wasOn, fork, replayFrom, approvalsGiven, landed, reason,
            failedChecks, conflictsAt
        case combines, changedAt
    }

    /// Reads a document; keys that may be absent get their defaults, a newer version is an error.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        version = try values.decode(Int.self, forKey: .version)
        guard version <= PatchDocument.currentVersion else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: values, debugDescription: "a newer git-patch wrote version \(version)")
        }
        id = try values.decode(RecordID.self, forKey: .id)
        title = try values.decode(String.self, forKey: .title)
        branch = try values.decode(String.self, forKey: .branch)
        base = try values.decodeIfPresent(ObjectID.self, forKey: .base)
        target = try values.decode(String.self, forKey: .target)
        head = try values.decode(ObjectID.self, forKey: .head)
        author = try values.decodeIfPresent(Person.self, forKey: .author)
        state = try values.decode(State.self, forKey: .state)
        method = try values.decodeIfPresent(LandingMethod.self, forKey: .method)
        delay = try values.decodeIfPresent(Double.self, forKey: .delay)
        requiredChecks = try values.decodeIfPresent([String].self, forKey: .requiredChecks) ?? []
        approvals = try values.decodeIfPresent(Int.self, forKey: .approvals)
        priority = try values.decodeIfPresent(PatchPriority.self, forKey: .priority) ?? .normal
        draft = try values.decodeIfPresent(Bool.self, forKey: .draft) ?? false
        headSince = try values.decode(Timestamp.self, forKey: .headSince)
        queuedAt = try values.decodeIfPresent(Timestamp.self, forKey: .queuedAt)
        stackOn = try values.decodeIfPresent(RecordID.self, forKey: .stackOn)
        wasOn = try values.decodeIfPresent(RecordID.self, forKey: .wasOn)
        fork = try values.decodeIfPresent(ObjectID.self, forKey: .fork)
        replayFrom = try values.decodeIfPresent(ObjectID.self, forKey: .replayFrom)
        approvalsGiven = try values.decodeIfPresent([Approval].self, forKey: .approvalsGiven) ?? []
        landed = try values.decodeIfPresent(ObjectID.self, forKey: .landed)
        reason = try values.decodeIfPresent(String.self, forKey: .reason)
        failedChecks = try values.decodeIfPresent([String].self, forKey: .failedChecks)
        conflictsAt = try values.decodeIfPresent(ObjectID.self, forKey: .conflictsAt)
        combines = try values.decodeIfPresent([Combined].self, forKey: .combines)
        changedAt = try values.decode(Timestamp.self, forKey: .changedAt)
    }
}
