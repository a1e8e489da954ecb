import GitProcess
import GitValues
import Settings

/// What a check sees in its environment: a fixed list of the caller's variables, those it declares, and our facts.
///
/// Everything else is absent, not ignored: a result that depended on an undeclared variable would be reused where the
/// variable has another value.
struct CheckEnvironment: Sendable {
    /// Variables every check gets when the caller has them: who and where the user is, where programs and scratch space
    /// are, and how text looks. None of them is part of the verdict key.
    static let kept = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE", "LC_*", "TERM", "COLORTERM",
        "NO_COLOR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
        "DEVELOPER_DIR", "SDKROOT",
    ]

    private let caller: [String: String]

    /// Creates the environment of checks started by a caller with these variables.
    init(caller: [String: String] = ProcessEnvironment.all) { self.caller = caller }

    /// `PATH` of the checks: the user's, without the folders that git puts in front of it for what it starts.
    var searchPath: String {
        (caller["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
            .filter { !$0.hasSuffix("/git-core") }.joined(separator: ":")
    }

    /// The values of the variables a check declares: part of its key, absent ones left out.
    func declared(by check: CheckDefinition) -> [String: String] {
        caller.filter { name, _ in check.mayRead(variable: name) && !CheckEnvironment.isNever(name) }
    }

    /// A digest of the variables that declarations bring in: values may be secret, so they are not kept.
    func digest(of declarations: [String]) -> String {
        var check = CheckDefinition(name: "", run: "")
        check.env = declarations
        let lines = declared(by: check).sorted { $0.key < $1.key }
        return SHA256.hex(lines.flatMap { Array("\($0.key)=\($0.value)".utf8) + [0] })
    }

    /// All variables of a check.
    ///
    /// - Parameters:
    ///   - worktree: where it runs.
    ///   - ceiling: git in the check looks for a repository no further up than this, so that a check that removes its
    ///     own `.git` cannot reach the repository the worktree belongs to.
    func variables(
        for check: CheckDefinition, commit: ObjectID, tree: ObjectID, worktree: String, ceiling: String
    ) -> [String: String] {
        var variables = caller.filter { name, _ in CheckEnvironment.isKept(name) }
        variables.merge(declared(by: check)) { $1 }
        variables["PATH"] = searchPath
        variables["PWD"] = worktree
        variables["GIT_CEILING_DIRECTORIES"] = ceiling
        variables["GITPATCH_CHECK"] = check.name
        variables["GITPATCH_TIER"] = check.tier.rawValue
        variables["GITPATCH_TREE"] = tree.hex
        variables["GITPATCH_COMMIT"] = commit.hex
        variables["GITPATCH_WORKTREE"] = worktree
        variables["GITPATCH_CHILD"] = "validate"
        return variables
    }

    private static func isKept(_ name: String) -> Bool {
        kept.contains { $0.last == "*" ? name.hasPrefix($0.dropLast()) : name == $0 }
    }

    /// Variables that no declaration brings in: they tie git to a repository, or are ours.
    private static func isNever(_ name: String) -> Bool {
        ChildEnvironment.repositoryVariables.contains(name) || name.hasPrefix("GIT_CONFIG_")
            || name.hasPrefix("GITPATCH_")
    }
}
