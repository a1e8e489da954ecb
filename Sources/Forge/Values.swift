package import GitValues

/// What is known of a repository before something is opened there.
package struct RepositoryFacts: Sendable {
    package var id: String
    /// The account the token belongs to.
    package var viewer: String
    package var defaultBranch: String
    package var methods: Set<LandingMethod>
    /// Whether the forge may be told to merge by itself.
    package var autoMergeAllowed: Bool
    /// Whether the forge deletes branches of what it merged.
    package var deletesBranches: Bool

    package init(
        id: String, viewer: String, defaultBranch: String, methods: Set<LandingMethod>, autoMergeAllowed: Bool,
        deletesBranches: Bool
    ) {
        self.id = id
        self.viewer = viewer
        self.defaultBranch = defaultBranch
        self.methods = methods
        self.autoMergeAllowed = autoMergeAllowed
        self.deletesBranches = deletesBranches
    }
}

/// What a pull request is opened with.
package struct NewPullRequest: Sendable {
    package var title: String
    package var body: String
    package var base: String
    package var branch: String
    /// The owner and the name of the fork the branch is in; absent: the repository itself.
    package var fork: (owner: String, name: String)?
    package var draft: Bool

    package init(
        title: String, body: String, base: String, branch: String, fork: (owner: String, name: String)?, draft: Bool
    ) {
        self.title = title
        self.body = body
        self.base = base
        self.branch = branch
        self.fork = fork
        self.draft = draft
    }
}

/// A pull request (GitLab: merge request) by name.
package struct PullReference: Hashable, Sendable, Codable {
    /// The forge's own id, for what takes no number.
    package var id: String
    package var number: Int
    package var url: String

    package init(id: String, number: Int, url: String) {
        self.id = id
        self.number = number
        self.url = url
    }
}

/// One check at the head of a pull request.
package struct CheckReport: Hashable, Sendable {
    package enum State: String, Sendable {
        case passed, failed, pending, skipped, neutral
    }

    package var name: String
    /// The app that reported it; absent for a plain status.
    package var app: Int?
    package var state: State

    package init(name: String, app: Int?, state: State) {
        self.name = name
        self.app = app
        self.state = state
    }
}

/// A check the target branch requires.
package struct RequiredCheck: Hashable, Sendable {
    package var name: String
    /// The only app whose report counts; absent: any.
    package var app: Int?

    package init(name: String, app: Int?) {
        self.name = name
        self.app = app
    }
}

/// What a target branch requires, as far as the token may read it.
package struct BranchRules: Sendable {
    package var checks: Set<RequiredCheck>
    package var approvals: Int
    package var queue: Bool

    package init(checks: Set<RequiredCheck> = [], approvals: Int = 0, queue: Bool = false) {
        self.checks = checks
        self.approvals = approvals
        self.queue = queue
    }
}

/// The last word of one reviewer.
package struct Review: Hashable, Sendable {
    package var by: String
    package var approves: Bool
    package var rejects: Bool
    /// The head it is about; absent where the forge does not say.
    package var head: ObjectID?
    /// Whether the reviewer may write to the repository.
    package var counts: Bool

    package init(by: String, approves: Bool, rejects: Bool, head: ObjectID?, counts: Bool) {
        self.by = by
        self.approves = approves
        self.rejects = rejects
        self.head = head
        self.counts = counts
    }
}

/// A pull request as one look showed it.
package struct PullRequest: Sendable {
    package enum State: String, Sendable {
        case open, merged, closed
    }

    /// Whether it can be merged as far as contents go.
    package enum Mergeable: Sendable {
        case yes, no
        /// The forge has not computed it yet.
        case unknown
    }

    package var reference: PullReference
    package var title: String
    package var body: String
    package var state: State
    package var isDraft: Bool
    package var head: ObjectID
    package var branch: String
    package var base: String
    package var author: String
    package var mergeable: Mergeable
    package var checks: [CheckReport]
    package var reviews: [Review]
    /// Whether the forge is told to merge it by itself.
    package var isArmed: Bool
    package var isQueued: Bool
    /// The commit it became.
    package var merged: ObjectID?
    /// Whether other open pull requests use its branch.
    package var branchIsUsed = false
    /// What the target requires, as far as the look told.
    package var rules = BranchRules()
    /// Its place in the forge's queue, by the forge's id.
    package var queueEntry: String?
    /// Whether the forge tells that it was told to merge by itself; where it does not, only we remember.
    package var armingIsVisible = true
    /// Who owns the repository its branch is in; absent where that is gone.
    package var headOwner: String?
    /// Whether anybody has commented on it, as far as a list tells.
    package var mayHaveComments = true
    /// Whether the forge is merging it at this moment.
    package var isMerging = false

    package init(
        reference: PullReference, title: String, body: String, state: State, isDraft: Bool, head: ObjectID,
        branch: String, base: String, author: String, mergeable: Mergeable, checks: [CheckReport], reviews: [Review],
        isArmed: Bool, isQueued: Bool, merged: ObjectID?
    ) {
        self.reference = reference
        self.title = title
        self.body = body
        self.state = state
        self.isDraft = isDraft
        self.head = head
        self.branch = branch
        self.base = base
        self.author = author
        self.mergeable = mergeable
        self.checks = checks
        self.reviews = reviews
        self.isArmed = isArmed
        self.isQueued = isQueued
        self.merged = merged
    }
}

/// What a merge is asked with; the head is always part of it.
package struct MergeWish: Sendable {
    package var head: ObjectID
    package var method: LandingMethod
    package var title: String
    package var message: String

    package init(head: ObjectID, method: LandingMethod, title: String, message: String) {
        self.head = head
        self.method = method
        self.title = title
        self.message = message
    }
}

/// How far a merge came.
package enum MergeProgress: Hashable, Sendable {
    /// It is in the target, as this commit where the forge says so.
    case landed(ObjectID?)
    /// The forge merges by itself now: armed, or in its queue.
    case atForge(String)
    /// The forge works on it; the ticket asks again.
    case working(ticket: String)
}
