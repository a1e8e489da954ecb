package import GitValues

/// A patch that may land, pinned to its head and to what was asked for it.
package struct QueueMember: Hashable, Sendable {
    package let id: RecordID
    package let head: ObjectID
    /// How it lands and what it needs: who asks for more while it is tested has another member.
    package let terms: String

    /// Creates a member.
    package init(id: RecordID, head: ObjectID, terms: String = "") {
        self.id = id
        self.head = head
        self.terms = terms
    }
}

/// What one look at the remote showed of one target.
package struct QueueView: Sendable {
    /// The tip of the target.
    package var base: ObjectID
    /// Whether nothing may land; a fence that cannot be read counts.
    package var isStopped: Bool
    /// The patches whose gates are all open, in landing order.
    package var eligible: [QueueMember]

    /// Creates a view.
    package init(base: ObjectID, isStopped: Bool, eligible: [QueueMember]) {
        self.base = base
        self.isStopped = isStopped
        self.eligible = eligible
    }
}

/// What would become of the target: the members one after the other on top of a base.
package struct QueueCandidate: Hashable, Sendable {
    package let base: ObjectID
    package let commit: ObjectID
    package let tree: ObjectID
    /// What the tree is tested by: configuration and required checks. The same tree under another policy is untested.
    package let policy: String
    package let members: [QueueMember]

    /// Creates a candidate.
    package init(base: ObjectID, commit: ObjectID, tree: ObjectID, policy: String, members: [QueueMember]) {
        self.base = base
        self.commit = commit
        self.tree = tree
        self.policy = policy
        self.members = members
    }
}

/// A member that could not be part of a candidate.
package struct QueueAside: Hashable, Sendable {
    /// Why.
    package enum Reason: Hashable, Sendable {
        /// It does not merge: with the target, or with another member that comes before it.
        case conflict(paths: [String], with: QueueMember?)
        /// The target has its content already.
        case contained
        /// A member that comes before it has its content: that one must land first.
        case covered(by: QueueMember)
        /// It can never land as it is; the reason.
        case impossible(String)
        /// A commit it needs is not here: that says nothing about the patch, which waits.
        case unavailable(ObjectID)
    }

    package let member: QueueMember
    package let reason: Reason

    /// Creates an entry.
    package init(_ member: QueueMember, _ reason: Reason) {
        self.member = member
        self.reason = reason
    }

    /// What is said of a commit that is not here.
    static func words(missing commit: ObjectID) -> String { "the commit \(commit.short) it needs is not to be had" }
}

/// How a member leaves the queue without its candidate landing.
package enum Settlement: Hashable, Sendable {
    /// Out, with a reason for people.
    case conflict(paths: [String])
    /// Its checks were red twice; what is known of others that landed just before it.
    case checks(failed: [String], Company)
    case impossible(String)
    /// Its content is in the target already.
    case contained
}

/// What a red member has to do with those that landed before it from the same batch.
package enum Company: Hashable, Sendable {
    /// Nothing: it is red without them.
    case none
    /// It may be them; that was not found out.
    case after([QueueMember])
    /// It is green alone, and red together with this one.
    case pair(QueueMember)
}

/// What the machine wants done next.
package enum QueueEffect: Hashable, Sendable {
    /// Read the remote.
    case look
    /// Merge the members, in this order, on top of the base; nothing moves.
    case build(base: ObjectID, members: [QueueMember])
    /// Run the required checks on the candidate's tree; `fresh`: recorded verdicts do not count.
    case test(QueueCandidate, fresh: Bool)
    /// Run the required checks on several candidates at the same time; none of them follows from another.
    case testAll([QueueCandidate])
    /// Run the checks a candidate needs on a commit of the target alone; `fresh`: recorded verdicts do not count.
    case ground(ObjectID, for: QueueCandidate, fresh: Bool)
    /// Move the target from the candidate's base to the candidate, if the fence, the records and the heads are as seen.
    case land(QueueCandidate)
    /// Write the end of a member to its record.
    case settle(QueueMember, Settlement)
    case finish(QueueEnd)
}

/// What came of an effect.
package enum QueueEvent: Sendable {
    case started
    case looked(QueueView)
    /// `nil` when no member was left.
    case built(QueueCandidate?, aside: [QueueAside])
    case tested(TestOutcome)
    /// One outcome for each candidate, in the same order.
    case testedAll([TestOutcome])
    case landed(LandOutcome)
    case settled
}

/// What testing a candidate gave.
package enum TestOutcome: Hashable, Sendable {
    case passed
    /// The names of the checks that were red.
    case failed([String])
    /// There is nothing to judge by: a required check is not defined, or none is required.
    case misconfigured(String)
    /// It could not be tested at all; says nothing about the tree.
    case impossible(String)
}

/// What trying to land a candidate gave.
package enum LandOutcome: Hashable, Sendable {
    case landed
    /// The target, the fence, a record or a head is not as seen; nothing moved.
    case moved
    /// The server does not want it; its own words; nothing moved.
    case refused(String)
    /// The remote cannot be reached; whether it moved will be seen at the next look.
    case unreachable(String)
    /// Somebody stopped this worker before the push.
    case stopped
}

/// Why a pass over one target ended.
package enum QueueEnd: Hashable, Sendable {
    /// Nothing more can land now.
    case done
    case stopped
    case misconfigured(String)
    case unreachable(String)
    case failed(String)
}
