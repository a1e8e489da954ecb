import GitProcess
import GitValues
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One worktree of the pool, taken by this process until `release`.
final class PooledWorktree: Sendable {
    let number: Int
    /// The top of the worktree.
    let path: String
    /// Ends the commands that run in it when this process dies.
    let guardian: ProcessGuard
    private let pool: WorktreePool
    private let lock: Mutex<FileLock?>

    init(number: Int, pool: WorktreePool, lock: FileLock) throws {
        self.number = number
        self.pool = pool
        self.path = "\(pool.folder)/\(number)"
        self.guardian = try ProcessGuard(holding: lock.descriptor)
        self.lock = Mutex(lock)
    }

    deinit { release() }

    /// Gives the worktree back.
    func release() {
        guardian.end()
        lock.withLock { $0 = nil }
    }

    private static func statePath(_ folder: String, _ number: Int) -> String { "\(folder)/\(number).state" }

    /// The tree a worktree was last switched to completely, with the conversion rules of that time.
    private var state: (tree: ObjectID, conversion: String)? {
        let words = Files.text(Self.statePath(pool.folder, number))?.split(whereSeparator: \.isWhitespace) ?? []
        guard words.count == 2, let tree = ObjectID(hex: words[0]) else { return nil }
        return (tree, String(words[1]))
    }

    static func lastTree(folder: String, number: Int) -> ObjectID? {
        Files.text(statePath(folder, number))?.split(separator: " ").first.flatMap { ObjectID(hex: $0) }
    }

    private var submodules: SubmoduleFiles {
        SubmoduleFiles(
            worktree: path, prefix: "\(pool.folder)/\(number)", commonDirectory: pool.location.commonDirectory,
            userWorktree: pool.location.worktree, guardian: guardian)
    }

    private var indexPath: String { "\(pool.folder)/\(number).index" }

    /// What a worktree is to hold.
    struct Holding: Sendable {
        let commit: ObjectID
        let tree: ObjectID
        /// Folders that survive, relative to the top.
        let kept: [String]
        /// A digest of the rules by which git converts content (`ConversionRules`).
        let conversion: String
        /// Whether the files of submodules are there as well.
        var submodules = false
    }

    /// Makes the worktree hold exactly the tree of a commit: tracked files as a fresh checkout would write them, nothing
    /// else but the kept folders, HEAD detached at the commit.
    ///
    /// Only files that differ are touched. A worktree that resists is made anew, without the kept folders.
    ///
    /// - Throws: `ValidationProblem.noWorktree`.
    func hold(_ holding: Holding) async throws {
        if let admin = administration() {
            do {
                return try await fill(holding, admin)
            } catch is GitProcessError where !Task.isCancelled {
                // Whatever it was that git could not work with, making the worktree anew leaves none of it.
                forget(admin)
                Files.unlockFolders(in: path)
            }
        }
        try await make(holding.commit)
        guard let admin = administration() else { throw ValidationProblem.noWorktree("git did not make '\(path)'") }
        do {
            try await fill(holding, admin)
        } catch let error as GitProcessError where !Task.isCancelled {
            throw ValidationProblem.noWorktree("\(error.operation): \(error.message)")
        }
    }

    private func fill(_ holding: Holding, _ admin: String) async throws {
        let git = PoolGit(path: path, admin: admin, indexPath: indexPath, guardian: guardian)
        Files.delete(indexPath + ".lock")
        if !holding.submodules || state?.tree != holding.tree { submodules.clear() }
        if try await !move(to: holding, admin, git) {
            // Without an index every file is unknown to git, so that it is removed here and written again below.
            Files.delete(indexPath)
            try await git.clean(keeping: holding.kept)
            try await git.run(["read-tree", "--reset", "-u", holding.tree.hex])
        }
        if holding.submodules { try await submodules.layOut(holding.tree, git) }
        try await tidy(admin, holding.commit, git)
        Files.write("\(holding.tree) \(holding.conversion)\n", to: Self.statePath(pool.folder, number))
    }

    /// Empties kept folders that were filled under other conditions, with another compiler for instance, and notes the
    /// present ones: one line `<digest> <folder>` each in `N.caches`.
    ///
    /// - Throws: `ValidationProblem.noWorktree` when one cannot be emptied, or the next run would not know of it.
    func admit(caches: [String: String]) throws(ValidationProblem) {
        let notes = "\(pool.folder)/\(number).caches"
        var known: [String: String] = [:]
        for line in (Files.text(notes) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            if words.count == 2 { known[String(words[1])] = String(words[0]) }
        }
        for (folder, digest) in caches where known[folder] != digest {
            // A link on the way, which a tree may hold, would lead out of the worktree.
            if known[folder] != nil, Files.isInside(path, folder), !Files.remove("\(path)/\(folder)") {
                throw .noWorktree("the kept folder '\(path)/\(folder)' cannot be emptied")
            }
            known[folder] = digest
        }
        let lines = known.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)\n" }
        if !Files.write(lines.joined(), to: notes) {
            throw .noWorktree("cannot write '\(notes)': \(String(cString: strerror(errno)))")
        }
    }

    /// What `restore` found.
    enum Restoration: Sendable {
        case untouched
        /// Tracked files were changed; these.
        case restored([[UInt8]])
        /// The worktree was no worktree any more; everything that was made in it is gone.
        case remade
    }

    /// Brings tracked files back that a check has changed; what checks made besides stays.
    func restore(_ holding: Holding) async throws -> Restoration {
        guard let admin = administration() else {
            try await hold(holding)
            return .remade
        }
        let git = PoolGit(path: path, admin: admin, indexPath: indexPath, guardian: guardian)
        let inner = holding.submodules ? try await submodules.restore(holding.tree, git) : []
        let changed = try await git.run(["diff-files", "-z", "--name-only"]).split(separator: 0).map { Array($0) }
        if changed.isEmpty { return inner.isEmpty ? .untouched : .restored(inner) }
        try await git.run(["read-tree", "--reset", "-u", holding.tree.hex])
        try await tidy(admin, holding.commit, git)
        return .restored(changed + inner)
    }

    /// Goes from the tree that is held to another one, touching what differs; `false` when everything has to be written
    /// anew: nothing is known of what is held, or the rules that made the files are not the same.
    ///
    /// What has to be looked at first is looked at side by side: each look is a walk over all files.
    private func move(to holding: Holding, _ admin: String, _ git: PoolGit) async throws -> Bool {
        guard let state, state.conversion == holding.conversion, Files.kind(indexPath) == .file else { return false }
        async let cleaned: Void = git.clean(keeping: holding.kept)
        async let changed = git.run(["diff-files", "-z", "--name-only"])
        async let rules = hasSameRules(state.tree, holding.tree, git)
        async let strays = StrayRepositories.find(in: path, except: holding.kept)
        try await point(admin, to: holding.commit, git)
        try await cleaned
        for folder in await strays
        where !StrayRepositories.remove(from: folder, in: path, by: "\(pool.folder)/\(number).stray") {
            throw GitProcessError(
                code: .failed, operation: "rm .git", message: "a repository inside cannot be removed")
        }
        guard try await rules else { return false }
        let isUntouched = try await changed.isEmpty
        if isUntouched && state.tree == holding.tree { return true }
        // Until the move is done nothing is known.
        Files.delete(Self.statePath(pool.folder, number))
        if isUntouched {
            // Only what differs between the trees is looked at; a file in the way, in a kept folder, makes git refuse.
            do {
                try await git.run(["read-tree", "-m", "-u", state.tree.hex, holding.tree.hex])
                return true
            } catch is GitProcessError where !Task.isCancelled {}
        }
        try await git.run(["read-tree", "--reset", "-u", holding.tree.hex])
        return true
    }

    /// Whether files that do not differ between two trees are written alike.
    private func hasSameRules(_ old: ObjectID, _ new: ObjectID, _ git: PoolGit) async throws -> Bool {
        if old == new { return true }
        let rules = try? await git.run([
            "diff-tree", "-r", "--name-only", old.hex, new.hex, "--", ":(glob)**/.gitattributes",
        ])
        // The old tree may have been collected as garbage since; then nothing is known.
        return rules?.isEmpty ?? false
    }

    private func point(_ admin: String, to commit: ObjectID, _ git: PoolGit) async throws {
        if Files.text(admin + "/HEAD") == commit.hex + "\n" { return }
        // Where references are files, a detached HEAD is one line, whatever a check has made of it.
        if Files.kind(pool.location.commonDirectory + "/reftable") != .folder,
            Files.write(commit.hex + "\n", to: admin + "/HEAD")
        {
            return
        }
        try await git.run(["update-ref", "--no-deref", "HEAD", commit.hex])
    }

    /// The git directory of the worktree; `nil` when the worktree is not there or not as git made it.
    private func administration() -> String? {
        guard Files.kind(path) == .folder else { return nil }
        let admin = "\(pool.location.commonDirectory)/worktrees/"
        guard Files.kind(path + "/.git") == .file, let text = Files.text(path + "/.git"), text.hasPrefix("gitdir: ")
        else { return nil }
        let named = text.dropFirst(8).split(separator: "\n").first.map(String.init) ?? ""
        guard named.hasPrefix(admin), !named.dropFirst(admin.count).contains("/"), Files.kind(named) == .folder,
            Files.text(named + "/gitdir")?.split(separator: "\n").first.map(String.init) == path + "/.git"
        else { return nil }
        return named
    }

    private func make(_ commit: ObjectID) async throws {
        guard Files.remove(path) else { throw ValidationProblem.noWorktree("'\(path)' cannot be removed") }
        Files.delete(indexPath)
        Files.delete(Self.statePath(pool.folder, number))
        let common = pool.location.commonDirectory
        for admin in LinkedWorktree.administrations(of: path, commonDirectory: common) { forget(admin) }
        do {
            // Where references are no files, only git knows what a worktree consists of.
            if Files.kind(common + "/reftable") == .folder {
                try await PoolGit(repository: pool.location, guardian: guardian).run(
                    ["worktree", "add", "-f", "--detach", "--no-checkout", "-q", path, commit.hex])
            } else {
                _ = try LinkedWorktree.make(
                    at: path, name: "gitpatch-\(number)", commit: commit, commonDirectory: common, staging: staging)
            }
        } catch let error as GitProcessError {
            throw ValidationProblem.noWorktree("\(error.operation): \(error.message)")
        }
    }

    /// Where an administrative folder lies while it is made or removed.
    private var staging: String { "\(pool.folder)/\(number).admin" }

    private func forget(_ admin: String) { LinkedWorktree.remove(admin, staging: staging) }

    /// Brings everything but the files themselves in order: HEAD, the index that checks see, and nothing of what a
    /// check may have left in the git directory (a merge begun, a bisection, references, locks).
    private func tidy(_ admin: String, _ commit: ObjectID, _ git: PoolGit) async throws {
        for name in Files.names(in: admin) where !["HEAD", "commondir", "gitdir", "index"].contains(name) {
            Files.remove("\(admin)/\(name)")
        }
        try await point(admin, to: commit, git)
        guard let index = Files.read(indexPath), Files.write(index, to: admin + "/index") else {
            let reason = String(cString: strerror(errno))
            throw ValidationProblem.noWorktree("cannot write '\(admin)/index': \(reason)")
        }
    }
}
