import CGit2

extension Repository {
    /// Options under which libgit2 merges as git does by default and with this repository's configuration.
    func mergeOptions() throws(GitError) -> git_merge_options {
        let config = try config()
        var options = gitpatch_merge_options()
        options.flags = GIT_MERGE_SKIP_REUC.rawValue
        if detectsRenames(config.pointer) { options.flags |= GIT_MERGE_FIND_RENAMES.rawValue }
        options.rename_threshold = 50
        // git looks at more candidates than libgit2 does by itself.
        options.target_limit = UInt32(
            clamping: number("merge.renamelimit", config.pointer)
                ?? number("diff.renamelimit", config.pointer) ?? 7000)
        return options
    }

    /// A view of the configuration as of now.
    func config() throws(GitError) -> Handle<ConfigKind> {
        try make("reading the configuration") { git_repository_config_snapshot($0, pointer) }
    }

    private func detectsRenames(_ config: OpaquePointer) -> Bool {
        for key in ["merge.renames", "diff.renames"] {
            var value: Int32 = 0
            let status = git_config_get_bool(&value, config, key)
            if status == 0 { return value != 0 }
            git_error_clear()
            // `copies` is no truth value and switches renames on.
            if status != GIT_ENOTFOUND.rawValue { return true }
        }
        return true
    }

    private func number(_ key: String, _ config: OpaquePointer) -> Int32? {
        var value: Int32 = 0
        if git_config_get_int32(&value, config, key) == 0 { return value > 0 ? value : nil }
        git_error_clear()
        return nil
    }
}
