import CommandOptions
import GitProcess
import GitValues
import Patches
import Snapshots
import Store

/// A patch in the JSON of every command.
struct PatchJSON: Encodable {
    var id: RecordID?
    var title: String
    var branch: String
    var base: ObjectID?
    var target: String
    var commit: ObjectID?
    var tree: ObjectID?
    var engine: String?
    var engineReason: String?
    var state: String?
    var url: String?
    var number: Int?
    var stackedOn: RecordID?
    var remote: String?

    init(_ patch: PatchRecord) {
        id = patch.id
        title = patch.title
        branch = patch.branch
        base = patch.base
        target = patch.target
        commit = patch.commit
        tree = patch.tree
        engine = patch.engine.rawValue
        engineReason = patch.engineReason
        state = patch.state.rawValue
        url = patch.url
        number = patch.number
        stackedOn = patch.stackedOn
        remote = patch.remote
    }

    init(_ plan: CreatePlan, _ captured: Captured) {
        title = plan.title
        branch = plan.branch
        base = plan.base
        target = plan.target
        engine = captured.engine.rawValue
        engineReason = captured.engineReason
        stackedOn = plan.stackedOn?.id
        remote = plan.remote
    }
}

/// What the commands that change something print with `--json`.
struct ChangeJSON: Encodable {
    var version = 1
    var outcome: String
    var operation: RecordID?
    var patch: PatchJSON?
    var requests: [RequestJSON] = []
    var changes: [ChangedPathJSON]?
    /// Commands of the user's that would be run: `--run`, then each `--test`.
    var commands: [String]?
    var errors: [ProblemDocument] = []
}

extension ChangeJSON {
    /// The document of a command that a signal ended: with what this process had recorded until then.
    static func text(of problem: Interrupted, in storeDirectory: String) -> String? {
        var document = ChangeJSON(outcome: "failed")
        var hint: String?
        // Losing the error is right: that it was interrupted is told in any case.
        if Store.exists(in: storeDirectory), let store = try? Store.open(directory: storeDirectory, busyTimeout: 500) {
            let own = ProcessMark.current()
            let operation = try? store.operations(limit: 10).first { $0.owner == own }
            let requests = (try? operation.map { try store.requests(ofOperation: $0.id) }) ?? []
            let patch = try? requests.lazy.compactMap(\.patch).first.flatMap { try store.patch($0) }
            document.operation = operation?.id
            document.patch = patch.map { PatchJSON($0) }
            document.requests = requests.map { request in
                var request = request
                // Whoever delivers it ends with this answer.
                if request.state == .running { request.state = .unknown }
                return RequestJSON(request)
            }
            if operation != nil { hint = "what was done stands; type 'git patch status' to see what is left" }
        }
        document.errors = [ProblemDocument(code: problem.problemCode, message: problem.description, hint: hint)]
        return try? JSONText.encode(document)
    }
}

/// One captured path.
struct ChangedPathJSON: Encodable {
    var path: String
    var kind: String
    var bytes: Int64

    init(_ change: CapturedChange) {
        path = change.pathText
        kind = change.kind.rawValue
        bytes = change.bytes
    }
}

extension CapturedChange.Kind {
    /// Git's letter for it.
    var letter: String {
        switch self {
        case .added: "A"
        case .modified: "M"
        case .deleted: "D"
        case .typeChanged: "T"
        }
    }
}

/// What `list` and `status` print with `--json`.
struct PatchesJSON: Encodable {
    var version = 1
    var patches: [PatchJSON]
}

/// What `log` prints with `--json`.
struct OperationsJSON: Encodable {
    struct Operation: Encodable {
        var id: RecordID
        var command: String
        var summary: String
        var state: String
        var started: Timestamp
        var finished: Timestamp?
        var undoable: Bool
    }

    var version = 1
    var operations: [Operation]

    init(_ records: [OperationRecord]) {
        operations = records.map {
            Operation(
                id: $0.id, command: $0.command, summary: $0.summary, state: $0.state.rawValue, started: $0.started,
                finished: $0.finished, undoable: $0.undoable && $0.state == .done)
        }
    }
}
