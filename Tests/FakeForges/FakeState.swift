import Foundation

/// What every fake forge holds: pull requests, issues, people, rules. Bare repositories hold the branches.
package final class FakeState {
    package struct Check {
        package var name: String
        package var app: Int?
        /// passed, failed, pending, skipped, neutral
        package var state: String
        package var commit: String

        package init(name: String, app: Int?, state: String, commit: String) {
            self.name = name
            self.app = app
            self.state = state
            self.commit = commit
        }
    }

    package struct Review {
        package var by: String
        /// APPROVED, CHANGES_REQUESTED, DISMISSED
        package var state: String
        package var commit: String
        package var mayPush: Bool

        package init(by: String, state: String, commit: String, mayPush: Bool) {
            self.by = by
            self.state = state
            self.commit = commit
            self.mayPush = mayPush
        }
    }

    package struct Comment {
        package var id: Int
        package var by: String
        package var body: String
        package var edits = 0

        package init(id: Int, by: String, body: String) {
            self.id = id
            self.by = by
            self.body = body
        }
    }

    package struct Pull {
        package var number: Int
        package var title: String
        package var body: String
        package var branch: String
        /// The owner of the repository the branch is in.
        package var owner: String
        package var base: String
        package var isDraft: Bool
        /// open, closed, merged
        package var state = "open"
        package var author: String
        package var lastHead: String
        package var merged: String?
        package var comments: [Comment] = []
        package var reviews: [Review] = []
        package var labels: [String] = []
        package var reviewers: [String] = []
        package var assignees: [String] = []
        /// The method the forge was told to merge with.
        package var armed: String?
        package var isQueued = false
        package var ticket: String?
        /// How many looks see the mergeability as not computed.
        package var unknownLooks = 0
        /// The head that is shown, while the forge does not know of a newer one yet.
        package var staleHead: String?
        /// Where its commits are when they are in no branch.
        var reference: String?

        package init(
            number: Int, title: String, body: String, branch: String, owner: String, base: String, isDraft: Bool,
            author: String, lastHead: String
        ) {
            self.number = number
            self.title = title
            self.body = body
            self.branch = branch
            self.owner = owner
            self.base = base
            self.isDraft = isDraft
            self.author = author
            self.lastHead = lastHead
        }
    }

    package struct Issue {
        package var number: Int
        package var title: String
        package var body: String
        package var labels: [String]
        package var state = "open"
        package var author: String
    }

    package var pulls: [Int: Pull] = [:]
    package var issues: [Int: Issue] = [:]
    package var checks: [Check] = []
    package var viewer = "ada"
    package var users = ["ada": 1, "bob": 2, "eve": 3]
    package var labels: [String: Int] = [:]
    package var methods: Set<String> = ["merge", "squash", "rebase"]
    package var autoMergeAllowed = true
    package var hasQueue = false
    package var hasTrains = false
    package var hasAsynchronousMerge = true
    package var requiredChecks: [(name: String, app: Int?)] = []
    package var requiredApprovals = 0
    /// How many looks after opening see the mergeability as not computed.
    package var looksUntilMergeable = 0
    /// Whether squashes are made over a wrong base.
    package var squashesWrongly = false
    /// Whether a merge that is asked for is worked on until somebody asks again.
    package var mergesSlowly = false
    /// Whether what the forge was told to merge some day is never merged.
    package var forgetsWhatItKeeps = false
    /// Whether the queue is left by the id of the entry only.
    package var queueWantsEntry = false
    /// The commit the pipeline is said to be of; absent: the head.
    package var pipelineCommit: String?
    /// Whether git is answered by a machine that does not know of merges yet.
    package var lagsBehind = false
    private var unseen: [(base: String, commit: String)] = []
    package var tokenIsValid = true
    /// Whether what the branch requires is kept from the token without a word.
    package var hidesRules = false
    /// Errors beside the data of every query.
    package var partialErrors: [(type: String, path: [String])] = []
    /// Pull requests that cannot be read whole: the server has trouble of its own with them.
    package var unreadable: Set<Int> = []
    /// How many entries fit on a page, whatever is asked for.
    package var pageSize = 50
    /// Merges in the order in which they happened.
    package var merges: [(number: Int, commit: String)] = []
    /// What else happened, as words a test can look for.
    package var events: [String] = []
    var nextNumber = 1
    var nextID = 100
    /// The bare repository of each `owner/name`.
    var repositories: [String: FakeGit] = [:]
    package let owner: String
    package let name: String

    init(owner: String, name: String) {
        self.owner = owner
        self.name = name
    }

    var git: FakeGit { repositories["\(owner)/\(name)"] ?? FakeGit(directory: "/nowhere", environment: [:]) }

    func takeNumber() -> Int {
        defer { nextNumber += 1 }
        return nextNumber
    }

    func takeID() -> Int {
        defer { nextID += 1 }
        return nextID
    }

    /// The head of a pull request: the branch while it is open, else what it was.
    package func head(of number: Int) -> String { pulls[number].map(head) ?? "" }

    func head(_ pull: Pull) -> String {
        guard pull.state == "open" else { return pull.lastHead }
        if let stale = pull.staleHead { return stale }
        if let reference = pull.reference { return git.run("rev-parse", reference).output }
        return repositories["\(pull.owner)/\(name)"]?.tip(pull.branch) ?? pull.lastHead
    }

    func checks(at commit: String) -> [Check] { checks.filter { $0.commit == commit } }

    /// Whether the forge's own rules let it merge.
    func isBlocked(_ pull: Pull) -> String? {
        let head = head(pull)
        for required in requiredChecks {
            // Gitea takes patterns.
            let states = checks(at: head).filter { check in
                required.name.hasSuffix("*")
                    ? check.name.hasPrefix(required.name.dropLast()) : check.name == required.name
            }
            let isGood = !states.isEmpty && states.allSatisfy { ["passed", "skipped", "neutral"].contains($0.state) }
            if !isGood { return "Required status check \"\(required.name)\" is expected." }
        }
        let approvals = pull.reviews.filter { $0.state == "APPROVED" }.count
        if approvals < requiredApprovals { return "At least \(requiredApprovals) approving review is required" }
        return nil
    }

    /// Merges for real.
    package func merge(_ number: Int, method: String, title: String, message: String) -> String? {
        guard var pull = pulls[number], pull.state == "open" else { return nil }
        let head = head(pull)
        if pull.owner != owner, let fork = repositories["\(pull.owner)/\(name)"] {
            git.run("fetch", "-q", fork.directory, head)
        }
        guard
            let landed = git.merge(
                base: pull.base, head: head, method: method, title: title, message: message,
                wrongBase: squashesWrongly && method == "squash", moves: !lagsBehind)
        else { return nil }
        if lagsBehind { unseen.append((pull.base, landed)) }
        pull.lastHead = head
        pull.state = "merged"
        pull.merged = landed
        pull.armed = nil
        pull.isQueued = false
        pulls[number] = pull
        merges.append((number, landed))
        return landed
    }

    /// Lets git see what was merged meanwhile.
    package func catchUp() {
        lagsBehind = false
        for (base, commit) in unseen { git.run("update-ref", "refs/heads/\(base)", commit) }
        unseen = []
    }

    /// What the forge does by itself: merges what it was told to once its own rules are met.
    package func settle() {
        takePushed()
        for pull in pulls.values.sorted(by: { $0.number < $1.number }) where pull.state == "open" {
            let isGone =
                pull.reference == nil && repositories["\(pull.owner)/\(name)"]?.tip(pull.branch) == nil
            if isGone {
                pulls[pull.number]?.state = "closed"
                continue
            }
            pulls[pull.number]?.lastHead = head(pull)
            guard pull.armed != nil || pull.isQueued, isBlocked(pull) == nil, !forgetsWhatItKeeps else { continue }
            _ = merge(pull.number, method: pull.armed ?? "merge", title: pull.title, message: "")
        }
    }
}
