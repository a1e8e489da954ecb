import GitValues

/// Keys of `[check "NAME"]`; read through `Settings.checks`.
enum CheckKeys {
    static let run = SettingKey<String?>.optional(
        "check.run", Form.text, subsection: named, places: .committedFile, "The command, a line for sh -c; needed.")

    static let tier = SettingKey.single(
        "check.tier", Form.word(Tier.self), default: "standard", as: .standard, subsection: named,
        places: .committedFile, "The smallest tier that holds the check.")

    static let needs = SettingKey<[String]>.list(
        "check.needs", Form.text, subsection: named, places: .committedFile, "A check that must have passed before.")

    static let path = SettingKey<[PathPattern]>.list(
        "check.path", Form.pattern, subsection: named, places: .committedFile,
        "The check runs only when the change touches such a path; without any, always.")

    static let input = SettingKey<[PathPattern]>.list(
        "check.input", Form.pattern, subsection: named, places: .committedFile,
        "What the verdict depends on; without any, the whole tree.")

    static let cacheDir = SettingKey<[String]>.list(
        "check.cacheDir", Form.insidePath, subsection: named, places: .committedFile,
        "A folder that is kept between runs.")

    static let env = SettingKey<[String]>.list(
        "check.env", Form.variable, subsection: named, places: .committedFile,
        "A variable the command may see; it is part of the cache key.")

    static let tool = SettingKey<[String]>.list(
        "check.tool", Form.text, subsection: named, places: .committedFile,
        "A command whose output is part of the cache key.")

    static let timeout = SettingKey.single(
        "check.timeout", Form.positiveDuration, default: "10m", as: TimeSpan(seconds: 600), subsection: named,
        places: .committedFile, "How long the command may run.")

    static let retries = SettingKey.single(
        "check.retries", Form.integer(0...10), default: "0", as: 0, subsection: named, places: .committedFile,
        "How often a failure is tried again; a pass then counts as flaky.")

    static let shards = SettingKey<Int?>.optional(
        "check.shards", Form.integer(2...64), subsection: named, places: .committedFile,
        "How many parts the work is split into, each a run with GITPATCH_SHARD (1 to N) and GITPATCH_SHARDS (N).")

    static let isolated = SettingKey.single(
        "check.isolated", Form.boolean, default: "false", as: false, subsection: named, places: .committedFile,
        "Whether the check gets a worktree of its own.")

    static let sandbox = SettingKey.single(
        "check.sandbox", Form.boolean, default: "false", as: false, subsection: named, places: .committedFile,
        "Whether the command has no network and may write in its worktree only.")

    static let allowNoTests = SettingKey.single(
        "check.allowNoTests", Form.boolean, default: "false", as: false, subsection: named, places: .committedFile,
        "Whether the check passes when a test runner says that it ran no test.")

    static let submodules = SettingKey.single(
        "check.submodules", Form.boolean, default: "false", as: false, subsection: named, places: .committedFile,
        "Whether the worktree holds the files of submodules.")

    static let exclusive = SettingKey<[String]>.list(
        "check.exclusive", Form.text, subsection: named, places: .committedFile,
        "A word; checks that share one never run at the same time.")

    static let report = SettingKey<[String]>.list(
        "check.report", Form.insidePath, subsection: named, places: .committedFile,
        "A report that the check writes (SARIF), kept beside its log and shown by --sarif.")

    static let artifact = SettingKey<[String]>.list(
        "check.artifact", Form.insidePath, subsection: named, places: .committedFile,
        "What the check makes; kept with its verdict, and restored for checks that need it.")

    static let label = SettingKey<[String]>.list(
        "check.label", Form.word, subsection: named, places: .committedFile,
        "In a pipeline a pull request runs it only with this label, or [label] in its title, whatever its tier.")

    static let environment = SettingKey<[String]>.list(
        "check.environment", Form.text, subsection: named, places: .committedFile,
        "An environment whose folders are there when the check runs.")

    static let all = [
        run.definition, tier.definition, needs.definition, path.definition, input.definition, cacheDir.definition,
        env.definition, tool.definition, timeout.definition, retries.definition, shards.definition,
        isolated.definition, sandbox.definition, allowNoTests.definition, submodules.definition, exclusive.definition,
        report.definition,
        artifact.definition, label.definition, environment.definition,
    ]

    private static let named = KeyDefinition.Subsection.required("name")
}
