import GitProcess
import GitValues

/// The files of submodules in a pooled worktree: plain files, laid out from the repositories that the user's submodules
/// have under `<common dir>/modules`. Nothing is fetched and no `.git` is put there.
///
/// Beside the worktree lie `N.submodules` (the paths laid out) and one index for each.
struct SubmoduleFiles {
    /// One submodule as a tree names it.
    struct Entry {
        let path: String
        let commit: String
        let repository: String
    }

    let worktree: String
    /// The pool's folder and the number of the worktree: how the names of our own files begin.
    let prefix: String
    let commonDirectory: String
    /// The user's own worktree, for submodules that keep their repository inside.
    let userWorktree: String
    let guardian: ProcessGuard

    private var listPath: String { prefix + ".submodules" }

    /// The paths that are laid out now, deepest first.
    private var present: [String] {
        (Files.text(listPath) ?? "").split(separator: "\n").map(String.init).reversed()
    }

    /// Takes away what is laid out: before the worktree gets another tree, in which a path may be something else.
    func clear() {
        for path in present where Files.isInside(worktree, path) {
            for name in Files.names(in: "\(worktree)/\(path)") { Files.remove("\(worktree)/\(path)/\(name)") }
            Files.delete(indexPath(path))
        }
        Files.delete(listPath)
    }

    /// Lays out the submodules of a tree, those inside them included.
    ///
    /// - Throws: `ValidationProblem.noSubmodule` naming the first one whose files are not here.
    func layOut(_ tree: ObjectID, _ git: PoolGit) async throws {
        let wanted = try await entries(tree.hex, git, "", modules: commonDirectory + "/modules", top: userWorktree)
        for path in present where !wanted.contains(where: { $0.path == path }) {
            return try await layOutAnew(wanted)
        }
        try await fill(wanted)
    }

    /// Brings changed files back; returns their paths from the top.
    func restore(_ tree: ObjectID, _ git: PoolGit) async throws -> [[UInt8]] {
        var changed: [[UInt8]] = []
        for entry in try await entries(tree.hex, git, "", modules: commonDirectory + "/modules", top: userWorktree) {
            let inner = self.git(entry)
            let names = try await inner.run(["diff-files", "-z", "--name-only"]).split(separator: 0)
            if names.isEmpty { continue }
            changed += names.map { Array((entry.path + "/").utf8) + $0 }
            try await inner.run(["read-tree", "--reset", "-u", entry.commit])
        }
        return changed
    }

    private func layOutAnew(_ wanted: [Entry]) async throws {
        clear()
        try await fill(wanted)
    }

    private func fill(_ wanted: [Entry]) async throws {
        // Noted first: what is laid out half must be found again.
        Files.write(wanted.map { $0.path + "\n" }.joined(), to: listPath)
        for entry in wanted {
            guard Files.isInside(worktree, entry.path + "/x"), Files.kind("\(worktree)/\(entry.path)") == .folder else {
                throw ValidationProblem.noSubmodule(entry.path, "its folder is not there")
            }
            let inner = git(entry)
            do {
                try await inner.clean(keeping: [])
                try await inner.run(["read-tree", "--reset", "-u", entry.commit])
            } catch let error as GitProcessError {
                throw ValidationProblem.noSubmodule(entry.path, error.message)
            }
        }
    }

    private func git(_ entry: Entry) -> PoolGit {
        PoolGit(
            path: "\(worktree)/\(entry.path)", admin: entry.repository, indexPath: indexPath(entry.path),
            guardian: guardian)
    }

    private func indexPath(_ path: String) -> String {
        "\(prefix).submodule-\(SHA256.hex(Array(path.utf8)).prefix(16)).index"
    }

    /// The submodules of a tree, outer before inner.
    private func entries(
        _ tree: String, _ git: PoolGit, _ prefix: String, modules: String, top: String
    ) async throws -> [Entry] {
        let listing = try await git.run(["ls-tree", "-r", "-z", "--full-tree", tree])
        var found: [Entry] = []
        var names: [String: String]?
        for record in listing.split(separator: 0) where record.starts(with: "160000 ".utf8) {
            let text = String(decoding: record, as: UTF8.self)
            let parts = text.split(separator: "\t", maxSplits: 1)
            guard parts.count == 2, let commit = parts[0].split(separator: " ").last.map(String.init) else { continue }
            if names == nil { names = try await self.names(tree, git) }
            let path = String(parts[1])
            guard let name = names?[path] else {
                throw ValidationProblem.noSubmodule(prefix + path, "'.gitmodules' does not name it")
            }
            let places = ["\(modules)/\(name)", "\(top)/\(path)/.git"]
            guard let repository = places.first(where: { Files.kind($0 + "/HEAD") == .file }) else {
                throw ValidationProblem.noSubmodule(prefix + path, "it is not initialised here")
            }
            let entry = Entry(path: prefix + path, commit: commit, repository: repository)
            // Its folder in the worktree need not be there yet.
            let inner = PoolGit(
                path: repository, admin: repository, indexPath: indexPath(entry.path), guardian: guardian)
            do {
                try await inner.run(["cat-file", "-e", commit + "^{commit}"])
            } catch is GitProcessError {
                throw ValidationProblem.noSubmodule(prefix + path, "its commit \(commit.prefix(10)) is not here")
            }
            found.append(entry)
            found += try await entries(
                commit, inner, prefix + path + "/", modules: repository + "/modules", top: "\(top)/\(path)")
        }
        return found
    }

    /// The names of a tree's submodules by path, from its `.gitmodules`; names that lead elsewhere are left out, as git
    /// does.
    private func names(_ tree: String, _ git: PoolGit) async throws -> [String: String] {
        let pattern = #"^submodule\..*\.path$"#
        let blob = "\(tree):.gitmodules"
        guard let listing = try? await git.run(["config", "--blob", blob, "-z", "--get-regexp", pattern]) else {
            return [:]  // There is no such file: every submodule is then one without a name, which is told.
        }
        var names: [String: String] = [:]
        for record in listing.split(separator: 0) {
            let parts = String(decoding: record, as: UTF8.self).split(separator: "\n", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let name = String(parts[0].dropFirst("submodule.".count).dropLast(".path".count))
            let isPlain = !name.isEmpty && !name.hasPrefix("/") && !name.split(separator: "/").contains("..")
            if isPlain { names[String(parts[1])] = name }
        }
        return names
    }
}
