import Synchronization

/// Lets single checks of a run be cancelled by name.
final class CancelBoard: Sendable {
    private let cancelled = Mutex<Set<String>>([])

    /// Ends the check of that name soon.
    func cancel(_ name: String) { cancelled.withLock { _ = $0.insert(name) } }

    /// Runs a body that is cancelled when its name is.
    func cancelling<Result: Sendable>(
        _ name: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while !Task.isCancelled, !self.cancelled.withLock({ $0.contains(name) }) {
                    try? await Task.sleep(for: .milliseconds(200))  // Ends early when the body is done.
                }
                return nil
            }
            while let result = try await group.next() {
                group.cancelAll()
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}
