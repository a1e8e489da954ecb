/// Names that scripts of a pipeline use themselves, and that every program knows: a variable of the forge that is called
/// so would make the file invalid, or the script mean something else.
enum ReservedVariables {
    private static let names: Set<String> = [
        // Of the pipeline's files.
        "BASE", "CHANGES", "CHECKS", "EVENT", "LABELS", "LINE", "REPORT", "SHARD", "TIER", "TITLE", "WANTED",
        "base", "depth", "group", "id", "idle", "key", "list", "place", "platforms", "red", "report", "seconds",
        "start", "tier", "time", "told", "wanted", "word",
        // Of shells and forges.
        "CI", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "HOME", "IFS", "PATH", "PWD", "RUNNER_TEMP", "SECONDS", "SHELL",
        "TMPDIR",
    ]
    private static let starts = ["GITPATCH_", "GIT_CONFIG_", "OUTCOME_", "RESULT_", "WANTED_"]

    static func contain(_ name: String) -> Bool {
        // `check`, and what became of each: `check1`.
        let isOfChecks = name.hasPrefix("check") && name.dropFirst("check".count).allSatisfy(\.isNumber)
        return isOfChecks || names.contains(name) || starts.contains(where: name.hasPrefix)
    }
}
