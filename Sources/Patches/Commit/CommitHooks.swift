import GitProcess
import GitValues
import Settings
import Snapshots

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The hooks of `git commit`, run by git itself as `git commit` runs them.
///
/// Environment as in builtin/commit.c: `GIT_INDEX_FILE` names the private index, the author is exported, and
/// `GIT_EDITOR` is `:` when no editor will open. A hook that is not there costs no child.
struct CommitHooks {
    let git: GitProgram
    let settings: Settings
    let location: RepositoryLocation
    /// The index a hook may look at and change.
    let index: DiskPath
    let author: Identity
    var usesEditor: Bool

    /// Whether git would find the hook: a file that may be executed, or one from the configuration (git 2.54).
    func exists(_ hook: String) -> Bool {
        if settings.subsections(of: "hook").contains(where: { settings.strings("hook.\($0).event").contains(hook) }) {
            return true
        }
        let path = DiskPath(folder + "/" + hook)
        return path.withCString { access($0, X_OK) } == 0
    }

    /// Whether a hook is asked about the text of the commit; it may look at more.
    var haveTextHooks: Bool { exists("prepare-commit-msg") || exists("commit-msg") }

    /// Runs a hook if it is there; what it prints goes to standard error.
    ///
    /// - Throws: `PatchProblem.hookRefused` when it exits with another code than 0.
    func run(_ hook: String, _ arguments: [String] = []) async throws {
        guard exists(hook) else { return }
        let tail = arguments.isEmpty ? [] : ["--"] + arguments
        let ending = try await bound(to: index).runAttached(["hook", "run", "--ignore-missing", hook] + tail)
        guard ending == .exited(0) else {
            throw PatchProblem(
                .hookRefused, "the \(hook) hook refused the commit",
                hints: ["mend what it says above, or skip the hooks with --no-verify"])
        }
    }

    /// Runs a hook whose answer changes nothing any more; it sees the index of the worktree.
    func runAfter(_ hook: String) async throws {
        guard exists(hook) else { return }
        let index = DiskPath(location.indexPath(for: git))
        _ = try await bound(to: index).runAttached(["hook", "run", "--ignore-missing", hook])
    }

    private func bound(to index: DiskPath) -> GitProgram {
        var git = git.using(indexFile: index.filePath)
        git.environment = git.environment.setting("GIT_AUTHOR_NAME", author.name)
            .setting("GIT_AUTHOR_EMAIL", author.mail).setting("GIT_AUTHOR_DATE", "@" + author.date)
        if !usesEditor { git.environment = git.environment.setting("GIT_EDITOR", ":") }
        return git
    }

    private static func home(of user: Substring) -> String? {
        guard let entry = getpwnam(String(user)), let path = entry.pointee.pw_dir else { return nil }
        return String(cString: path)
    }

    private var folder: String {
        guard let configured = settings.string("core.hookspath"), !configured.isEmpty else {
            return location.commonDirectory + "/hooks"
        }
        if configured.hasPrefix("~/"), let home = ProcessEnvironment.value(of: "HOME") {
            return home + configured.dropFirst(1)
        }
        if configured.hasPrefix("~"), let home = Self.home(of: configured.dropFirst().prefix { $0 != "/" }) {
            return home + configured.drop { $0 != "/" }
        }
        return configured.hasPrefix("/") ? configured : location.worktree + "/" + configured
    }
}

extension Identity {
    /// Seconds and zone as git stores them: `1700000000 +0100`.
    var date: String { line.split(separator: " ").suffix(2).joined(separator: " ") }
}
