import Git2
import GitProcess
import GitValues
import Snapshots
import Store
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
    private let packs = Mutex<[PackedObjects]>([])
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

    /// Puts objects into a pack that git keeps until references lead to it; `false` where each had better be a file.
    func pack(_ objects: [GatheredObject], level: Int) -> Bool {
        guard objects.reduce(0, { $0 + $1.content.count }) < SharedRepository.largestPack else { return false }
        var contents: [PackedObjects.Content] = []
        for object in objects {
            switch object.kind {
            case .blob: contents.append(.blob(object.content))
            case .tree: contents.append(.tree(object.content))
            case .commit: contents.append(.commit(object.content))
            case .tag: return false
            }
        }
        // Losing the error is right: whoever writes them as files next says what is wrong.
        let pack = try? PackedObjects(
            contents, in: location, level: level, isWaitedFor: false, words: SharedRepository.keepWords(.current()))
        guard let pack else { return false }
        packs.withLock { $0.append(pack) }
        return true
    }

    /// Says that references lead to everything that was written, or that it is not needed any more.
    func letGo() { packs.withLock { $0 = [] } }

    private static let largestPack = 1 << 20
    private static let keepStart = "git patch: until they are pushed by process "

    private static func keepWords(_ owner: ProcessMark) -> String { keepStart + WorkMark.text(of: owner) }

    /// Lets go of what processes held that are dead.
    static func letGoOfStale(in location: RepositoryLocation) {
        PackedObjects.letGoOfStale(in: location) { words in
            guard words.hasPrefix(keepStart) else { return false }
            return WorkMark.owner(String(words.dropFirst(keepStart.count)))?.isAlive != true
        }
    }
}
