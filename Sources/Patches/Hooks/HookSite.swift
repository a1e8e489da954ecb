import GitProcess
package import GitValues
import HookInput

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What hooks are installed for.
package enum HookScope: Sendable {
    /// One repository with its linked worktrees.
    case repository(RepositoryLocation)
    /// Every repository of the user.
    case global
}

/// The facts that decide how hooks are installed.
struct HookSite: Sendable {
    /// The program that hooks start.
    static let helperName = "git-patch-hook"

    /// Where a setting comes from: `local`, `worktree`, `global`, `system` or `command`, and its value.
    struct HooksPath: Hashable, Sendable {
        let scope: String
        let value: String
    }

    let scope: HookScope
    let git: GitProgram
    /// Whether this git runs hooks named in its configuration (2.54).
    let hasConfiguredHooks: Bool
    /// `core.hooksPath` as git sees it here; for all repositories only the user's own.
    let hooksPath: HooksPath?
    /// The helper to be written into hooks, absolute.
    let helper: String
    /// Where records are kept: the store of the repository, or the user's data folder.
    let storeDirectory: String

    /// Asks git for the facts.
    ///
    /// - Parameter program: how this program was called, to find the helper beside it.
    static func look(_ scope: HookScope, git: GitProgram, program: String) async throws -> HookSite {
        let version = try await git.output(["version"]).text
        var arguments = ["config", "--show-scope", "--type=path", "--get", "core.hooksPath"]
        let store: String
        switch scope {
        case .repository(let location): store = location.storeDirectory
        case .global:
            store = try globalStore(git.environment)
            arguments.insert("--global", at: 1)
        }
        let words = try await git.run(arguments).text.split(separator: "\t", maxSplits: 1).map(String.init)
        return HookSite(
            scope: scope, git: git, hasConfiguredHooks: isNewEnough(version),
            hooksPath: words.count == 2 ? HooksPath(scope: words[0], value: words[1]) : nil,
            helper: helperPath(program, git.environment), storeDirectory: store)
    }

    /// The hooks folder git uses when nothing is configured; `nil` for all repositories.
    var defaultFolder: String? {
        if case .repository(let location) = scope { return location.commonDirectory + "/hooks" }
        return nil
    }

    /// Whether this is about all repositories.
    var isGlobal: Bool { defaultFolder == nil }

    /// Whether more than one worktree uses the hooks.
    var hasLinkedWorktrees: Bool {
        guard case .repository(let location) = scope else { return false }
        return !HookFiles.names(in: location.commonDirectory + "/worktrees").isEmpty
    }

    /// Where hooks are started from, for relative paths.
    var worktree: String {
        if case .repository(let location) = scope { return location.worktree }
        return "/"
    }

    /// The configuration file that settings of a scope are written to.
    func configurationFile(_ name: String) -> String {
        switch scope {
        case .repository(let location):
            return name == "worktree"
                ? location.gitDirectory + "/config.worktree" : location.commonDirectory + "/config"
        case .global: return HookSite.globalConfigurationFile(git.environment)
        }
    }

    /// The user's data folder of the suite.
    static func globalStore(_ environment: ChildEnvironment) throws(HooksProblem) -> String {
        if let data = environment.value(of: "XDG_DATA_HOME"), data.hasPrefix("/") { return data + "/git-patch" }
        guard let home = environment.value(of: "HOME"), !home.isEmpty else { throw .noHome }
        return home + "/.local/share/git-patch"
    }

    /// git-config(1): the XDG file is written only when it is there and `~/.gitconfig` is not.
    private static func globalConfigurationFile(_ environment: ChildEnvironment) -> String {
        if let path = environment.value(of: "GIT_CONFIG_GLOBAL") { return path }
        let home = environment.value(of: "HOME") ?? ""
        let folder = environment.value(of: "XDG_CONFIG_HOME").flatMap { $0.isEmpty ? nil : $0 }
        let other = (folder ?? home + "/.config") + "/git/config"
        let usual = home + "/.gitconfig"
        return !HookFiles.exists(usual) && HookFiles.exists(other) ? other : usual
    }

    /// `git version 2.54.0.windows.1`, `git version 2.55.GIT`.
    static func isNewEnough(_ version: String) -> Bool {
        let numbers = version.split(separator: " ").dropFirst(2).first?.split(separator: ".").map { Int($0) } ?? []
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return false }
        return (major, minor) >= (2, 54)
    }

    /// The helper beside the program, by the name the program was called by: an upgrade may change where a link leads.
    private static func helperPath(_ program: String, _ environment: ChildEnvironment) -> String {
        let name = program.split(separator: "/").last.map(String.init) ?? program
        var folders: [String] = []
        if program.contains("/") {
            folders = [String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])]
        } else {
            let search = environment.value(of: "PATH") ?? ""
            folders = search.split(separator: ":").map(String.init).filter { HookFiles.isExecutable($0 + "/" + name) }
        }
        if let path = resolvedPath(program.contains("/") ? program : (folders.first ?? "") + "/" + name),
            let slash = path.lastIndex(of: "/")
        {
            folders.append(String(path[..<slash]))
        }
        let candidates = folders.map { $0 + "/" + helperName }.filter { $0.hasPrefix("/") }
        return candidates.first { HookFiles.isExecutable($0) } ?? candidates.last ?? helperName
    }
}
