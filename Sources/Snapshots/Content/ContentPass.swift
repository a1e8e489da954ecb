import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads, converts, names and writes the content of files on all cores.
final class ContentPass: Sendable {
    /// What workers need to know.
    struct Context: Sendable {
        let worktree: String
        let index: IndexFile
        let store: ObjectStore
        let sink: ObjectSink
        let searchesSecrets: Bool
    }

    private let items: [ContentItem]
    private let context: Context
    private let next = Atomic<Int>(0)
    private let outcome = Mutex(ContentOutcome())

    /// Prepares a pass.
    init(_ items: [ContentItem], _ context: Context) {
        self.items = items
        self.context = context
    }

    /// Does all the work.
    ///
    /// - Throws: `CaptureError` when objects cannot be written, `AttributeFiles.Obstacle` for a conversion only git does.
    func run() async throws -> ContentOutcome {
        let workers = min(Processors.count, max(1, items.count / 4))
        if workers == 1 {
            try work(share: 64)
        } else {
            let share = max(1, min(64, items.count / (workers * 4)))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<workers { group.addTask { try self.work(share: share) } }
                try await group.waitForAll()
            }
        }
        let abandoned = context.sink.abandonedBlobs
        return outcome.withLock { outcome in
            // A twin of a file that changed while it was read relied on that file's blob.
            for result in outcome.results where abandoned.contains(result.digest) {
                outcome.moved.append(items[result.item].path)
            }
            outcome.results.sort { $0.item < $1.item }
            outcome.moved.sort(by: comesBefore)
            outcome.unreadable.sort(by: comesBefore)
            return outcome
        }
    }

    private func work(share: Int) throws {
        var worker = try ContentWorker(context)
        var found = ContentOutcome()
        while true {
            let first = next.add(share, ordering: .relaxed).oldValue
            if first >= items.count { break }
            for number in first..<min(first + share, items.count) {
                switch try worker.look(at: items[number], number) {
                case .read(let result): found.results.append(result)
                case .moved: found.moved.append(items[number].path)
                case .unreadable: found.unreadable.append(items[number].path)
                }
            }
        }
        try worker.finish()
        outcome.withLock { outcome in
            outcome.results += found.results
            outcome.moved += found.moved
            outcome.unreadable += found.unreadable
        }
    }
}

/// The machine's processors.
enum Processors {
    /// How many can work now.
    static let count = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}
