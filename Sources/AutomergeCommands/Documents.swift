import Automerge
import CommandOptions
import GitValues
import PlainRemote
import Store

/// A patch in the JSON of every command, as far as the remote tells of it.
struct PatchJSON: Encodable {
    var id: RecordID
    var title: String
    var branch: String
    var base: ObjectID?
    var target: String
    var commit: ObjectID
    var state: String
    var stackedOn: RecordID?
    var landed: ObjectID?
    var reason: String?
    var priority: PatchPriority
    var draft: Bool
    /// Its pull request; absent on a plain remote, and while none is open.
    var url: String?
    var number: Int?

    init(_ document: PatchDocument) {
        id = document.id
        title = document.title
        branch = document.branch
        base = document.base
        target = document.target
        commit = document.head
        state = document.state == .queued ? PatchRecord.State.open.rawValue : document.state.rawValue
        stackedOn = document.stackOn
        landed = document.landed
        reason = document.reason
        priority = document.priority
        draft = document.draft
    }
}

/// One patch of the queue with its gates.
struct EntryJSON: Encodable {
    var patch: PatchJSON
    /// From 1; absent for a patch that does not want to land.
    var position: Int?
    var gates: [Gate]
    var notBefore: Timestamp?

    /// The same with what only the store knows: where its pull request is.
    func located(in store: borrowing Store) throws(StoreError) -> EntryJSON {
        var entry = self
        let record = try store.patch(patch.id)
        entry.patch.url = record?.url
        entry.patch.number = record?.number
        return entry
    }
}

/// What `status` prints with `--json`.
struct StatusJSON: Encodable {
    struct Target: Encodable {
        var name: String
        var stopped: EpochDocument.Stop?
    }

    var version = 1
    var remote: String
    /// The stop of the first stopped target; `null` when none is.
    var stopped: EpochDocument.Stop?
    var targets: [Target]
    var queue: [EntryJSON]
    var requests: [RequestJSON]
    /// Patches whose records this program cannot read, with the reason.
    var unreadable: [PassReport.Waiting]

    private enum CodingKeys: String, CodingKey {
        case version, remote, stopped, targets, queue, requests, unreadable
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(version, forKey: .version)
        try values.encode(remote, forKey: .remote)
        try values.encode(stopped, forKey: .stopped)
        try values.encode(targets, forKey: .targets)
        try values.encode(queue, forKey: .queue)
        try values.encode(requests, forKey: .requests)
        if !unreadable.isEmpty { try values.encode(unreadable, forKey: .unreadable) }
    }
}

/// What the commands that change one patch print with `--json`.
struct ChangeJSON: Encodable {
    var version = 1
    /// `done`, or `queued` while the remote has not got it.
    var outcome: String
    var patch: PatchJSON?
    var requests: [RequestJSON] = []
}
