import GitValues

/// Everything outside the pushed commit that a verdict depends on, in a form that can be compared without git.
///
/// Take it *before* configuration is read and checks run; write the verdict after. A change in between is then a
/// mismatch, never a stale pass.
package struct VerdictFingerprint: Hashable, Sendable {
    /// A file whose state decides; `identity` is `nil` for one that must stay absent.
    package struct WatchedFile: Hashable, Sendable {
        package let path: String
        package let identity: FileIdentity?
    }

    /// The git directory the settings were read for: conditional includes may differ between linked worktrees.
    package let gitDirectory: String
    /// Names and patterns (`SWIFT_*`) of the variables that decide, beyond the ones that always do.
    package let variables: [String]
    /// SHA-256 over names and values of all those variables; a value never stands in the file itself.
    package let variableDigest: String
    /// Configuration files, tools and programs.
    package let files: [WatchedFile]
    /// When the look was taken, in nanoseconds since the epoch.
    package let taken: Int64

    /// Creates a fingerprint from its parts; `take` is the way to get one.
    package init(
        gitDirectory: String, variables: [String], variableDigest: String, files: [WatchedFile], taken: Int64
    ) {
        self.gitDirectory = gitDirectory
        self.variables = variables
        self.variableDigest = variableDigest
        self.files = files
        self.taken = taken
    }

    /// Looks at the files and variables as they are now.
    ///
    /// - Parameters:
    ///   - gitDirectory: the git directory of the worktree, absolute.
    ///   - commonDirectory: the one its worktrees share, absolute.
    ///   - variables: names and patterns (`env` of the checks) whose values decide.
    ///   - files: absolute paths that decide beyond git's usual configuration files: files named by `include`, the
    ///     programs named by `tool`, the executables that judge. A path that is absent must stay absent.
    package static func take(
        gitDirectory: String, commonDirectory: String, variables: [String] = [], files: [String] = [],
        environment: HookVariables = .current()
    ) -> VerdictFingerprint {
        let taken = wallClockNanoseconds()
        var paths = configurationFiles(
            gitDirectory: gitDirectory, commonDirectory: commonDirectory, environment: environment)
        for path in files where !paths.contains(path) { paths.append(path) }
        let named = variables.sorted()
        return VerdictFingerprint(
            gitDirectory: gitDirectory, variables: named, variableDigest: digest(named, environment),
            files: paths.map { WatchedFile(path: $0, identity: .of($0)) }, taken: taken)
    }

    /// Whether nothing that decides has changed; `false` also when a change could have gone unseen.
    package func isCurrent(gitDirectory: String, environment: HookVariables = .current()) -> Bool {
        self.gitDirectory == gitDirectory && !files.contains { $0.identity?.isRacy(seenAt: taken) ?? false }
            && isUnchanged(environment: environment)
    }

    /// Whether every file and variable looks as it did.
    func isUnchanged(environment: HookVariables) -> Bool {
        VerdictFingerprint.digest(variables, environment) == variableDigest
            && files.allSatisfy { FileIdentity.of($0.path) == $0.identity }
    }

    /// Variables that change what git reads as configuration, where programs are found, or what our settings are.
    private static let alwaysDeciding = [
        "GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_KEY_*", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_PARAMETERS",
        "GIT_CONFIG_SYSTEM", "GIT_CONFIG_VALUE_*", "GITPATCH_*", "HOME", "PATH", "XDG_CONFIG_HOME",
    ]

    /// Ours, but no setting: who started us, and a secret that no check sees.
    private static let neverDeciding = ["GITPATCH_CHILD", "GITPATCH_TOKEN"]

    private static func digest(_ variables: [String], _ environment: HookVariables) -> String {
        var record: [UInt8] = []
        for variable in environment.matching(alwaysDeciding + variables) where !neverDeciding.contains(variable.name) {
            let value = variable.name == "PATH" ? searchPath(variable.value, environment) : variable.value
            record += Array(variable.name.utf8) + [0] + Array(value.utf8) + [0]
        }
        return SHA256.hex(record)
    }

    /// `PATH` without the folders that git puts in front of it for everything it starts.
    private static func searchPath(_ value: String, _ environment: HookVariables) -> String {
        let programs = environment["GIT_EXEC_PATH"]
        var folders = ""
        for part in value.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            let folder = String(part) ?? ""
            if !folder.hasSuffix("/git-core"), programs != folder { folders += folder + ":" }
        }
        return folders
    }

    /// git-config(1), "FILES". Where the system file lies is compiled into git, so the usual places are all watched.
    private static func configurationFiles(
        gitDirectory: String, commonDirectory: String, environment: HookVariables
    ) -> [String] {
        var paths = [commonDirectory + "/config", gitDirectory + "/config.worktree"]
        if let global = environment["GIT_CONFIG_GLOBAL"] {
            paths.append(global)
        } else {
            if let home = environment["HOME"], !home.isEmpty { paths.append(home + "/.gitconfig") }
            if let folder = environment["XDG_CONFIG_HOME"], !folder.isEmpty {
                paths.append(folder + "/git/config")
            } else if let home = environment["HOME"], !home.isEmpty {
                paths.append(home + "/.config/git/config")
            }
        }
        if let system = environment["GIT_CONFIG_SYSTEM"] {
            paths.append(system)
        } else {
            paths += ["/etc/gitconfig", "/usr/local/etc/gitconfig", "/opt/homebrew/etc/gitconfig"]
        }
        return paths.filter { !$0.isEmpty }
    }
}
