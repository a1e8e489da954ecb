import GitValues
import Store
import SuiteTestSupport
import Testing

/// What is written is what is read.
struct RecordTests {
    @Test func operationsKeepEveryField() async throws {
        try await withStore { store in
            let operation = sample(intent: "{\"a\":\"\u{0}é\"}")
            try store.begin(operation)
            #expect(try store.operation(operation.id) == operation)
            #expect(try store.unfinishedOperations() == [operation])
            try store.setIntent("later", of: operation.id)
            try store.finish(operation.id, as: .done, undoable: false)
            let ended = try #require(try store.operation(operation.id))
            #expect(ended.intent == "later" && ended.state == .done && !ended.undoable && ended.finished != nil)
            #expect(try store.unfinishedOperations().isEmpty)
            try store.forget(operation.id)
            #expect(try store.operation(operation.id) == nil)
        }
    }

    @Test func operationsComeNewestFirstWhateverTheClockSays() async throws {
        try await withStore { store in
            let operations = [300, 200, 100].map { sample(started: Timestamp(seconds: $0)) }
            for operation in operations { try store.begin(operation) }
            #expect(try store.operations().map(\.id) == operations.reversed().map(\.id))
            #expect(try store.operations(limit: 1).map(\.id) == [operations[2].id])
            #expect(try store.unfinishedOperations().map(\.id) == operations.map(\.id))
        }
    }

    @Test func stepsAreMarkedOnceAndGoWithTheirOperation() async throws {
        try await withStore { store in
            let operation = sample()
            try store.begin(operation)
            try store.mark("captured", of: operation.id, detail: "first")
            try store.mark("captured", of: operation.id, detail: "second")
            try store.mark("moved", of: operation.id)
            #expect(try store.steps(of: operation.id) == ["captured": "first", "moved": ""])
            try store.forget(operation.id)
            #expect(try store.steps(of: operation.id).isEmpty)
            #expect(throws: StoreError.self, "a step without its operation is a defect") {
                try store.mark("x", of: operation.id)
            }
        }
    }

    @Test func patchesAreReplacedByID() async throws {
        try await withStore { store in
            var patch = try samplePatch(branch: "patch/é'\"; DROP TABLE patches")
            try store.save(patch)
            #expect(try store.patch(patch.id) == patch)
            patch.state = .landed
            patch.number = 12
            patch.url = "https://example.com/1"
            try store.save(patch)
            #expect(try store.patches() == [patch])
            #expect(try store.openPatch(onBranch: patch.branch) == nil)
            #expect(try store.patches(matching: String(patch.id.text.prefix(5))) == [patch])
            #expect(try store.patches(matching: patch.branch) == [patch])
            #expect(try store.patches(matching: "").isEmpty)
        }
    }

    @Test func requestsKeepTheirOrderAndAskOnce() async throws {
        try await withStore { store in
            let patch = try samplePatch()
            try store.save(patch)
            let kinds: [RequestRecord.Kind] = [.push, .open, .arm, .deleteBranch]
            let requests = kinds.map { sampleRequest($0, patch: patch.id) }
            for request in requests { try store.enqueue(request) }
            for request in requests {
                var again = request
                again.id = .make()
                try store.enqueue(again)
            }
            #expect(try store.requests() == requests, "an effect that is asked for twice is queued once")
            var first = requests[0]
            first.state = .refused
            first.attempts = 3
            first.reason = "no\u{0}"
            first.notBefore = Timestamp(seconds: 5)
            try store.update(first)
            #expect(try store.requests(ofPatch: patch.id).first == first)
            #expect(try store.openRequests() == Array(requests.dropFirst()))
            #expect(try store.requests(ofOperation: requests[1].operation) == [requests[1]])
            try store.forget(patch: patch.id)
            #expect(try store.requests().isEmpty && store.patches().isEmpty)
        }
    }

    @Test func verdictsTimingsAndFacts() async throws {
        try await withStore { store in
            let tree = try #require(ObjectID(hex: String(repeating: "b", count: 64)))
            var verdict = VerdictRecord(
                key: "k", check: "unit", tree: tree, passed: false, exitCode: 1, duration: 1.5, log: nil,
                recorded: Timestamp(seconds: 1))
            try store.save(verdict)
            verdict.passed = true
            try store.save(verdict)
            #expect(try store.verdict("k") == verdict)
            #expect(try store.verdicts(ofCheck: "unit") == [verdict])
            try store.forget(verdict: "k")
            #expect(try store.verdict("k") == nil)
            for second in 1...5 {
                try store.save(
                    TimingRecord(
                        check: second % 2 == 0 ? "a" : "b", tree: tree, outcome: "passed", duration: Double(second),
                        recorded: Timestamp(seconds: Int64(second))))
            }
            #expect(try store.timings(ofCheck: "b").map(\.duration) == [5, 3, 1])
            #expect(try store.timings(limit: 2).map(\.duration) == [5, 4])
            let parts = ["1/2", "2/2"].map { part in
                TimingRecord(
                    check: "b", part: part, tree: tree, outcome: "passed", duration: 9, cpu: 4.5, memory: 1 << 40,
                    recorded: Timestamp(seconds: 9))
            }
            try store.save(parts)
            #expect(try store.timings(ofCheck: "b", part: "2/2") == [parts[1]])
            #expect(try store.timings().count == 5, "a part is no run of the check")
            try store.setFact("f", to: "1")
            try store.setFact("f", to: "2")
            #expect(try store.fact("f") == "2")
            try store.setFact("f", to: nil)
            #expect(try store.fact("f") == nil)
        }
    }

    /// Remotes have any names: two that look alike, and one that begins with an accent.
    @Test func factsUnderATextAreFoundByTheirBytes() async throws {
        try await withStore { store in
            for name in ["under.caf\u{e9}", "under.cafe\u{301}", "under.\u{301}x", "unde", "other"] {
                try store.setFact(name, to: "1")
            }
            let names = try store.facts(under: "under.").map { Array($0.name.utf8) }
            #expect(Set(names) == Set(["caf\u{e9}", "cafe\u{301}", "\u{301}x"].map { Array($0.utf8) }))
        }
    }

    @Test func severalChangesAreOne() async throws {
        try await withStore { store in
            let patch = try samplePatch()
            let stop = StoreError(code: .failed, operation: "stop", message: "here")
            #expect(throws: stop) {
                try store.atomically("cannot") { () throws(StoreError) in
                    try store.save(patch)
                    try store.enqueue(sampleRequest(.push, patch: patch.id))
                    throw stop
                }
            }
            #expect(try store.patches().isEmpty && store.requests().isEmpty)
            try store.save(patch)
            try store.atomically("cannot") { () throws(StoreError) in
                try store.forget(patch: patch.id)  // Is a transaction by itself elsewhere.
                try store.setFact("gone", to: "yes")
            }
            #expect(try store.patches().isEmpty && store.fact("gone") == "yes")
        }
    }
}

/// Runs a body with a new store.
func withStore(_ body: (borrowing Store) throws -> Void) async throws {
    try await Scratch.with { scratch in
        let store = try Store.open(directory: scratch.path + "/gitpatch")
        try body(store)
    }
}

/// An operation of this process.
func sample(started: Timestamp = Timestamp(seconds: 1_700_000_000), intent: String = "{}") -> OperationRecord {
    OperationRecord(
        id: .make(), command: "create", summary: "one line", started: started, undoable: true,
        gitDirectory: "/r/.git", owner: .current(), intent: intent)
}

/// A patch with every optional part.
func samplePatch(branch: String = "patch/x") throws -> PatchRecord {
    let id = try #require(ObjectID(hex: String(repeating: "c", count: 40)))
    return PatchRecord(
        id: .make(), title: "Title", branch: branch, base: id, target: "main", remote: "origin", commit: id, tree: id,
        engine: .library, engineReason: "because", state: .queued, stackedOn: .make(),
        created: Timestamp(milliseconds: 1_700_000_000_123), updated: Timestamp(seconds: 1_700_000_001))
}

/// A request with a key of its own.
func sampleRequest(_ kind: RequestRecord.Kind, patch: RecordID) -> RequestRecord {
    RequestRecord(
        id: .make(), operation: .make(), patch: patch, kind: kind, remote: "origin",
        idempotencyKey: "\(patch)/\(kind.rawValue)", payload: "{}", created: Timestamp(seconds: 1_700_000_000))
}
