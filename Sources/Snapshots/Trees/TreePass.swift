import Synchronization

/// Writes new trees on all cores.
final class TreePass: Sendable {
    private let trees: [TreeBuilder.NewTree]
    private let sink: ObjectSink
    private let next = Atomic<Int>(0)

    /// Prepares a pass.
    init(_ trees: [TreeBuilder.NewTree], _ sink: ObjectSink) {
        self.trees = trees
        self.sink = sink
    }

    /// Writes those the repository lacks.
    func run() async throws {
        let workers = min(Processors.count, max(1, trees.count / 16))
        if workers == 1 { return try work(share: trees.count) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<workers { group.addTask { try self.work(share: 8) } }
            try await group.waitForAll()
        }
    }

    private func work(share: Int) throws {
        var batch = try ObjectBatch(level: sink.level)
        while true {
            let first = next.add(max(1, share), ordering: .relaxed).oldValue
            if first >= trees.count { break }
            for tree in trees[first..<min(first + max(1, share), trees.count)] where sink.claim(tree.digest) {
                try tree.content.withUnsafeBytes { try sink.add(tree.digest, .tree, $0, &batch) }
            }
        }
        try sink.flush(&batch)
    }
}
