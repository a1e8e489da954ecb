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
    private let answer = Mutex<Bool?>(nil)
    /// The references, read without the library; `nil` where they are not in files we know.
    let references: ReferenceFiles?

    init(_ location: RepositoryLocation) {
        self.location = location
        // Whatever is wrong here, git is asked instead and says itself what it is.
        references = try? ReferenceFiles.open(location, reflogs: .usual)
    }

    /// Whether libgit2 reads this repository; it is loaded to find out, once.
    var isReadable: Bool {
        answer.withLock { answer in
            if let answer { return answer }
            var isReadable = references != nil
            if isReadable {
                do { try with { (_) throws(GitError) in } } catch { isReadable = false }
            }
            answer = isReadable
            return isReadable
        }
    }

    /// Runs a body with the open repository; nothing it returns may hold on to it.
    func with<Result: Sendable>(
        _ body: (borrowing Repository) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        try held.withLock { (held: inout Held) throws(GitError) -> Result in
            let now = ContinuousClock.now
            if held.repository == nil || now - held.lastUse > .seconds(1) {
                held.repository = try open()
            }
            defer { held.lastUse = .now }
            switch held.repository {
            case let repository?: return try body(repository)
            case nil: return try body(try open())
            }
        }
    }

    /// What is written here is pushed, or can be made again.
    private func open() throws(GitError) -> Repository {
        var repository = try Repository.open(location)
        repository.care = .ordered
        return repository
    }
}
