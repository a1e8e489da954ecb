import GitValues
import Settings
import Synchronization

/// The worktrees one run works in: a shared one, taken when it is first needed, and own ones for isolated checks.
final class Workspace: Sendable {
    let request: ValidationRequest
    let commit: ObjectID
    let pool: WorktreePool
    /// What the worktrees hold: the tree, and the kept folders of every check there is, whichever run now.
    let holding: PooledWorktree.Holding
    private let taken = Mutex<PooledWorktree?>(nil)
    private let warmth = Mutex<(environments: WarmEnvironments?, isThere: Bool)>((nil, false))
    private let cacheKeys = Mutex<[String: String]?>(nil)

    /// What decides how the files are written.
    let rules: ConversionRules

    init(_ request: ValidationRequest, commit: ObjectID) {
        self.request = request
        rules = ConversionRules(request.policy, request.location)
        self.commit = commit
        pool = WorktreePool(request.location)
        holding = PooledWorktree.Holding(
            commit: commit, tree: request.tree, kept: Set(request.policy.checks.flatMap(\.cacheDirs)).sorted(),
            conversion: rules.digest,
            submodules: request.policy.checks.contains(where: \.submodules))
    }

    /// Says what the content of each kept folder depends on; folders with another content are emptied.
    func key(caches: [String: String]) throws(ValidationProblem) {
        cacheKeys.withLock { $0 = caches }
        try taken.withLock { $0 }?.admit(caches: caches)
    }

    /// The shared worktree. Not to be called by two tasks at once.
    func shared() async throws -> PooledWorktree {
        let known = taken.withLock { $0 }
        let worktree: PooledWorktree
        if let known {
            worktree = known
        } else {
            worktree = try pool.lease(wanting: request.tree)
            try await worktree.hold(holding)
            if let keys = cacheKeys.withLock({ $0 }) { try worktree.admit(caches: keys) }
            taken.withLock { $0 = worktree }
        }
        let (environments, isThere) = warmth.withLock { $0 }
        if let environments, !isThere {
            try await environments.prepare(worktree, holding)
            warmth.withLock { $0.isThere = true }
        }
        return worktree
    }

    /// Names the environments that worktrees are to have from now on.
    func warm(_ environments: WarmEnvironments?) { warmth.withLock { $0 = (environments, false) } }

    /// The environments that worktrees have.
    var environments: WarmEnvironments? { warmth.withLock { $0.environments } }

    /// Notes that the shared worktree was made anew, without its environments.
    func isCold() { warmth.withLock { $0.isThere = false } }

    /// A worktree for one isolated check; the caller releases it.
    func own() async throws -> PooledWorktree {
        let worktree = try pool.lease(wanting: request.tree)
        try await worktree.hold(holding)
        if let keys = cacheKeys.withLock({ $0 }) { try worktree.admit(caches: keys) }
        if let environments { try await environments.prepare(worktree, holding) }
        return worktree
    }

    /// Gives the shared worktree back.
    func release() {
        let worktree = taken.withLock { taken -> PooledWorktree? in
            defer { taken = nil }
            return taken
        }
        worktree?.release()
    }
}
