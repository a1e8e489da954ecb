import Foundation
import GitValues
import Store

/// A process that works on a store, for tests that need more than one of them or kill one.
///
/// - `store-process open DIRECTORY`: opens the store, counts itself in a fact, ends.
/// - `store-process write DIRECTORY`: journals operations until it is killed; each line it prints is durable.
/// - `store-process hold DIRECTORY`: keeps a transaction open until it is killed.
func work(_ mode: String, in directory: String) throws {
    let store = try Store.open(directory: directory, busyTimeout: 30_000)
    switch mode {
    case "open":
        try store.atomically("cannot count") { () throws(StoreError) in
            let count = Int(try store.fact("opened") ?? "0") ?? 0
            try store.setFact("opened", to: "\(count + 1)")
        }
    case "write":
        while true { try journal(in: store) }
    default:
        try store.atomically("cannot hold") { () throws(StoreError) in
            try store.setFact("held", to: "yes")
            say("holding")
            sleep(600)
        }
    }
}

/// One operation as commands write it: intent, steps, then patch, requests and end at once.
private func journal(in store: borrowing Store) throws {
    let now = Timestamp.now()
    let id = RecordID.make()
    guard let tree = ObjectID(hex: String(repeating: "a", count: 40)) else { return }
    try store.begin(
        OperationRecord(
            id: id, command: "create", summary: "a test", started: now, undoable: false, gitDirectory: "/r/.git",
            owner: .current(), intent: String(repeating: "x", count: Int.random(in: 0...20_000))))
    say("begun \(id)")
    try store.mark("captured", of: id, detail: "d")
    say("captured \(id)")
    try store.atomically("cannot end") { () throws(StoreError) in
        try store.save(
            PatchRecord(
                id: id, title: "t", branch: "patch/\(id)", base: nil, target: "main", remote: nil, commit: tree,
                tree: tree, engine: .git, state: .local, created: now, updated: now))
        for kind in [RequestRecord.Kind.push, .open] {
            try store.enqueue(
                RequestRecord(
                    id: .make(), operation: id, patch: id, kind: kind, remote: "origin",
                    idempotencyKey: "\(id)/\(kind.rawValue)", payload: "{}", created: now))
        }
        try store.finish(id, as: .done, undoable: true)
    }
    say("done \(id)")
}

private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

let arguments = CommandLine.arguments
guard arguments.count == 3 else { exit(64) }
do {
    try work(arguments[1], in: arguments[2])
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
