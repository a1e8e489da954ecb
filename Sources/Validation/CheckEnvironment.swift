import GitProcess
import GitValues
import Settings

/// What a check sees in its environment: a fixed list of the caller's variables, pinned ones, those it declares, and our
/// facts.
///
/// Everything else is absent, not ignored: a result that depended on an undeclared variable would be reused where the
/// variable has another value.
struct CheckEnvironment: Sendable {
    /// Variables every check gets when the caller has them: who and where the user is, where programs and scratch space
    /// are, and whether output has colours. Of these only `PATH` is part of the verdict key, by the folders it leads to.
    static let kept = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TERM", "COLORTERM", "NO_COLOR", "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
    ]

    /// Variables every check gets that choose what it is made with, and so are part of the verdict key.
    static let choosing = ["DEVELOPER_DIR", "SDKROOT"]

    /// Variables that are the same for every check on every machine, unless it declares them: a verdict that depended on
    /// the language or the time zone of whoever came first would be reused under another one.
    static let pinned: [String: String] = {
        #if canImport(Darwin)
            ["LANG": "en_US.UTF-8", "TZ": "UTC"]
        #else
            ["LANG": "C.UTF-8", "TZ": "UTC"]
        #endif
    }()

    private let caller: [String: String]

    /// Creates the environment of checks started by a caller with these variables.
    init(caller: [String: String] = ProcessEnvironment.all) { self.caller = caller }

    /// `PATH` of the checks: the user's, without the folders that git puts in front of it for what it starts.
    var searchPath: String {
        (caller["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
            .filter { !$0.hasSuffix("/git-core") }.joined(separator: ":")
    }

    /// The folders that `PATH` leads to, each once and by its real name, without those that are not there.
    var foundPath: String {
        var folders: [String] = []
        for folder in searchPath.split(separator: ":").map(String.init) {
            let found = folder.hasPrefix("/") ? resolvedPath(folder) : folder
            if let found, !folders.contains(found) { folders.append(found) }
        }
        return folders.joined(separator: ":")
    }

    /// Name and value of the variables that choose what checks are made with.
    var deciding: [String: String] { caller.filter { CheckEnvironment.choosing.contains($0.key) } }

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
        var variables = caller.filter { name, _ in CheckEnvironment.kept.contains(name) }
        variables.merge(deciding) { $1 }
        variables.merge(CheckEnvironment.pinned) { $1 }
        variables.merge(declared(by: check)) { $1 }
        variables["PATH"] = searchPath
        variables["PWD"] = worktree
        variables["GIT_CEILING_DIRECTORIES"] = ceiling
        variables["GITPATCH_CHECK"] = check.shard?.check ?? check.name
        if let shard = check.shard {
            variables["GITPATCH_SHARD"] = "\(shard.number)"
            variables["GITPATCH_SHARDS"] = "\(shard.count)"
        }
        variables["GITPATCH_TIER"] = check.tier.rawValue
        variables["GITPATCH_TREE"] = tree.hex
        variables["GITPATCH_COMMIT"] = commit.hex
        variables["GITPATCH_WORKTREE"] = worktree
        variables["GITPATCH_CHILD"] = "validate"
        return variables
    }

    /// Variables that no declaration brings in: they tie git to a repository, or are ours.
    private static func isNever(_ name: String) -> Bool {
        ChildEnvironment.repositoryVariables.contains(name) || name.hasPrefix("GIT_CONFIG_")
            || name.hasPrefix("GITPATCH_")
    }
}
