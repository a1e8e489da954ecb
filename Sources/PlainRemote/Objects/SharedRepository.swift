import Git2
import GitProcess
import GitValues
import Synchronization

/// One open repository for all reads and writes that follow each other closely, used by one task at a time.
///
/// Opening costs more than most of what is asked. A handle that was not used for a while is opened anew: meanwhile git
/// may have packed and removed what it holds open.
final class SharedRepository: Sendable {
    private struct Held: ~Copyable {
        var repository: Repository?
        var lastUse: ContinuousClock.Instant
    }

    private let location: RepositoryLocation
    private let held = Mutex(Held(repository: nil, lastUse: .now))

    init(_ location: RepositoryLocation) { self.location = location }

    /// Runs a body with the open repository; nothing it returns may hold on to it.
    func with<Result: Sendable>(
        _ body: (borrowing Repository) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        try held.withLock { (held: inout Held) throws(GitError) -> Result in
            let now = ContinuousClock.now
            if held.repository == nil || now - held.lastUse > .seconds(1) {
                held.repository = try Repository.open(location)
            }
            defer { held.lastUse = .now }
            switch held.repository {
            case let repository?: return try body(repository)
            case nil: return try body(try Repository.open(location))
            }
        }
    }
}
