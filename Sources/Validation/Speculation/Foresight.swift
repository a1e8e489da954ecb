import Environments
package import GitProcess
package import GitValues
import HookInput
import Settings
package import Store

/// Makes the environments that the next run will need before it needs them: after a pull or a switch of branches, a lock
/// file may be another one than what is kept was made from.
package struct Foresight: Sendable {
    private let location: RepositoryLocation
    private let git: GitProgram

    /// Creates it for a worktree.
    package init(location: RepositoryLocation, git: GitProgram) {
        self.location = location
        self.git = git
    }

    /// Whether an environment was ever kept in a store: without one nothing can be foreseen, and nobody need ask.
    package static func hasHistory(_ storeDirectory: String) -> Bool {
        !Files.names(in: storeDirectory + "/environments").isEmpty
    }

    /// Makes what HEAD needs of the environments that runs have used in the last two weeks. Says nothing.
    ///
    /// For each worktree one process does so; it looks at HEAD again when it is done, so others may leave it to that one.
    package func run(store: borrowing Store) async throws {
        let repository = HookRepository(
            gitDirectory: location.gitDirectory, commonDirectory: location.commonDirectory)
        let folder = location.storeDirectory + "/speculation"
        let name = SHA256.hex(Array(location.gitDirectory.utf8)).prefix(16)
        guard Foresight.hasHistory(location.storeDirectory), !repository.isInSequence, Files.makeFolder(folder),
            let lock = try FileLock(path: "\(folder)/\(name).warm")
        else { return }
        defer { lock.remove() }
        var seen: ObjectID?
        while true {
            await Rest.wait { false }
            let candidate = try await git.candidate("HEAD")
            guard candidate.tree != seen else { return }
            seen = candidate.tree
            guard let commit = candidate.commit, let committed = candidate.committed else { continue }
            let settings = try await Settings.load(git: git, committed: committed)
            // Looking at somebody's branch must not run what it says: only what the target has is set up unasked.
            guard let target = try await git.targetCommit(settings),
                try await git.isAncestor(commit, of: target)
            else { continue }
            // Nothing is judged here, so what others have set up will do.
            let request = ValidationRequest(
                location: location, git: git, commit: candidate.commit, tree: candidate.tree, policy: settings,
                tier: .standard)
            for name in try foreseen(settings) {
                let fact = "foresight/failed/\(name)"
                if try store.fact(fact) == candidate.tree.hex { continue }
                do {
                    _ = try await warmEnvironments([name], for: request, onlyWhatIsCold: true, store: store)
                } catch is EnvironmentProblem {
                    // Told by the run that needs it; here it is not tried again for this tree.
                    try store.setFact(fact, to: candidate.tree.hex)
                }
            }
        }
    }

    /// Environments that checks ask for and that runs have used of late, those that take longest to make first.
    private func foreseen(_ settings: Settings) throws -> [String] {
        let asked = Set(settings.checks.flatMap(\.environments))
        let now = Timestamp.now()
        var seconds: [String: Double] = [:]
        for (info, used) in EnvironmentStore(location.storeDirectory).list()
        where asked.contains(info.name) && now.seconds(since: used) < EnvironmentStore.defaultAge.seconds {
            seconds[info.name] = max(seconds[info.name] ?? 0, info.seconds)
        }
        return seconds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }
}
