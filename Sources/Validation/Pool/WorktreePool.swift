import GitProcess
import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The pooled worktrees of a repository: `<common dir>/gitpatch/worktrees/1`, `2`, …, linked worktrees that only checks
/// work in. `git worktree list` shows them, detached.
///
/// Beside each lie `N.slot` (held while it is used, also by the watcher of a killed run until nothing of that run is
/// left), `N.index` (our own index of it, which checks do not see) and `N.state` (the tree it was last switched to).
struct WorktreePool: Sendable {
    let location: RepositoryLocation
    /// The folder of the pool.
    let folder: String
    /// How many worktrees there may be at most.
    static let limit = 64

    init(_ location: RepositoryLocation) {
        self.location = location
        folder = location.storeDirectory + "/worktrees"
    }

    /// Takes a free worktree for this process, one that holds the wanted tree if there is one.
    ///
    /// - Throws: `ValidationProblem.noWorktree` when all are taken or the folder cannot be written.
    func lease(wanting tree: ObjectID) throws -> PooledWorktree {
        guard Files.makeFolder(folder) else {
            throw ValidationProblem.noWorktree(
                "the folder '\(folder)' cannot be made: \(String(cString: strerror(errno)))")
        }
        let known = Files.names(in: folder).compactMap { name in
            name.hasSuffix(".slot") ? Int(name.dropLast(5)) : nil
        }.sorted()
        let holding = known.filter { PooledWorktree.lastTree(folder: folder, number: $0) == tree }
        let fresh = (1...WorktreePool.limit).filter { !known.contains($0) }
        for number in holding + known.filter({ !holding.contains($0) }) + fresh {
            // In a shared repository: what the umask of another user closes cannot be made to hold another tree.
            if Files.isClosed("\(folder)/\(number)") { continue }
            guard let lock = try FileLock(path: "\(folder)/\(number).slot") else { continue }
            return try PooledWorktree(number: number, pool: self, lock: lock)
        }
        throw ValidationProblem.noWorktree("all \(WorktreePool.limit) are in use")
    }
}
