package import GitValues

/// One journaled run of a mutating command.
package struct OperationRecord: Sendable, Hashable {
    /// Where an operation stands.
    package enum State: String, Sendable, Codable {
        /// Intent is recorded; effects may have begun.
        case running
        /// All local effects are done.
        case done
        /// Failed or was killed, and what it had done was taken back.
        case rolledBack = "rolled-back"
        /// Was done and then taken back by `undo`.
        case undone
    }

    package var id: RecordID
    /// The command that ran: `create`, `update`, `undo`, …
    package var command: String
    /// One line for people.
    package var summary: String
    package var state: State
    package var started: Timestamp
    package var finished: Timestamp?
    package var undoable: Bool
    /// The linked worktree it ran in: the absolute path of its git directory.
    package var gitDirectory: String
    /// The process that runs it and when that process started (`ProcessMark`), to tell a crash from a busy peer.
    package var owner: ProcessMark
    /// What the command needs to finish or take back its work: JSON that only the command's own module reads.
    package var intent: String

    package init(
        id: RecordID, command: String, summary: String, state: State = .running, started: Timestamp,
        finished: Timestamp? = nil, undoable: Bool, gitDirectory: String, owner: ProcessMark, intent: String
    ) {
        self.id = id
        self.command = command
        self.summary = summary
        self.state = state
        self.started = started
        self.finished = finished
        self.undoable = undoable
        self.gitDirectory = gitDirectory
        self.owner = owner
        self.intent = intent
    }
}

/// A patch as this repository knows it.
package struct PatchRecord: Sendable, Hashable, Codable {
    /// Where a patch stands.
    package enum State: String, Sendable, Codable {
        case local, queued, open, armed, landed, closed, ejected
    }

    /// Which engine made the tree.
    package enum Engine: String, Sendable, Codable { case library, git }

    package var id: RecordID
    package var title: String
    /// The short branch name.
    package var branch: String
    /// The commit the patch starts from; absent for a root commit.
    package var base: ObjectID?
    /// The short name of the branch it should land on.
    package var target: String
    /// The patch whose branch this one starts from, while that one has not landed; its branch is where this one goes first.
    package var stackedOn: RecordID?
    /// The remote it goes to; absent while there is none.
    package var remote: String?
    /// The tip.
    package var commit: ObjectID
    package var tree: ObjectID
    package var engine: Engine
    package var engineReason: String?
    package var state: State
    package var url: String?
    package var number: Int?
    /// The commit that landed it, once it has.
    package var landed: ObjectID?
    package var created: Timestamp
    package var updated: Timestamp

    package init(
        id: RecordID, title: String, branch: String, base: ObjectID?, target: String, remote: String?,
        commit: ObjectID, tree: ObjectID, engine: Engine, engineReason: String? = nil, state: State,
        url: String? = nil, number: Int? = nil, landed: ObjectID? = nil, stackedOn: RecordID? = nil,
        created: Timestamp, updated: Timestamp
    ) {
        self.id = id
        self.title = title
        self.branch = branch
        self.base = base
        self.target = target
        self.stackedOn = stackedOn
        self.remote = remote
        self.commit = commit
        self.tree = tree
        self.engine = engine
        self.engineReason = engineReason
        self.state = state
        self.url = url
        self.number = number
        self.landed = landed
        self.created = created
        self.updated = updated
    }
}

/// A queued remote effect.
package struct RequestRecord: Sendable, Hashable {
    /// What is asked of the remote.
    package enum Kind: String, Sendable, Codable {
        case push, open, issue, arm, merge, comment, close
        case deleteBranch = "delete-branch"
        case disarm
    }

    /// Where a request stands; it ends in exactly one of done, refused, cancelled.
    package enum State: String, Sendable, Codable {
        case waiting, running, done, refused, cancelled, unknown
    }

    package var id: RecordID
    package var operation: RecordID
    package var patch: RecordID?
    package var kind: Kind
    package var remote: String
    /// Unique per effect: asking twice for the same thing is asking once.
    package var idempotencyKey: String
    /// What the kind needs: JSON that only the delivering module reads.
    package var payload: String
    package var state: State
    package var attempts: Int
    package var notBefore: Timestamp?
    package var reason: String?
    package var url: String?
    package var created: Timestamp

    package init(
        id: RecordID, operation: RecordID, patch: RecordID?, kind: Kind, remote: String, idempotencyKey: String,
        payload: String, state: State = .waiting, attempts: Int = 0, notBefore: Timestamp? = nil,
        reason: String? = nil, url: String? = nil, created: Timestamp
    ) {
        self.id = id
        self.operation = operation
        self.patch = patch
        self.kind = kind
        self.remote = remote
        self.idempotencyKey = idempotencyKey
        self.payload = payload
        self.state = state
        self.attempts = attempts
        self.notBefore = notBefore
        self.reason = reason
        self.url = url
        self.created = created
    }
}

/// The recorded result of one check on one tree under one key.
package struct VerdictRecord: Sendable, Hashable {
    /// The canonical key: lower-case hexadecimal SHA-256.
    package var key: String
    package var check: String
    package var tree: ObjectID
    package var passed: Bool
    package var exitCode: Int32
    /// Seconds the run took.
    package var duration: Double
    /// The log, as a path relative to the store's directory.
    package var log: String?
    package var recorded: Timestamp
    /// Where it came from, for people: who had it run, or which cache it was found in.
    package var origin: String?

    package init(
        key: String, check: String, tree: ObjectID, passed: Bool, exitCode: Int32, duration: Double, log: String?,
        recorded: Timestamp, origin: String? = nil
    ) {
        self.origin = origin
        self.key = key
        self.check = check
        self.tree = tree
        self.passed = passed
        self.exitCode = exitCode
        self.duration = duration
        self.log = log
        self.recorded = recorded
    }
}

extension VerdictRecord {
    /// A digest of everything that is recorded.
    var seal: String {
        let parts = [
            key, check, tree.hex, "\(passed)", "\(exitCode)", "\(duration)", log ?? "-", "\(recorded.milliseconds)",
            origin ?? "-",
        ]
        return SHA256.hex(Array(parts.joined(separator: "\u{0}").utf8))
    }
}

/// One finished run of a check, or of one part of it, for history and scheduling.
package struct TimingRecord: Sendable, Hashable {
    package var check: String
    /// Which part it was, as `2/3`; absent for all of the check.
    package var part: String?
    package var tree: ObjectID
    /// `passed`, `failed`, `timeout`, `flaky`, …: the outcomes of `git validate`.
    package var outcome: String
    package var duration: Double
    /// Seconds of processor time, children included; absent when nobody told.
    package var cpu: Double?
    /// The most memory it held, in bytes; absent when nobody told.
    package var memory: Int64?
    package var recorded: Timestamp

    package init(
        check: String, part: String? = nil, tree: ObjectID, outcome: String, duration: Double, cpu: Double? = nil,
        memory: Int64? = nil, recorded: Timestamp
    ) {
        self.check = check
        self.part = part
        self.tree = tree
        self.outcome = outcome
        self.duration = duration
        self.cpu = cpu
        self.memory = memory
        self.recorded = recorded
    }
}
