package import GitValues

/// Keys of the section `patch`: capturing, naming and keeping.
package enum PatchKeys {
    package static let target = SettingKey<String?>.optional(
        "patch.target", Form.branch, "The branch patches land on; without it the remote's default branch.")

    package static let branchPrefix = SettingKey.single(
        "patch.branchPrefix", Form.branchPrefix, default: "patch/", as: "patch/",
        "What the names of new branches begin with.")

    package static let maxFileSize = SettingKey.single(
        "patch.maxFileSize", Form.size, default: "50m", as: ByteSize(bytes: 50 << 20),
        "The largest new file that is captured without --force.")

    package static let allow = SettingKey<[PathPattern]>.list(
        "patch.allow", Form.pattern, "Paths that the guard rails for size, secrets and junk let pass.")

    package static let keepOperations = SettingKey.single(
        "patch.keepOperations", Form.duration, default: "30d", as: TimeSpan(seconds: 30 * 86_400),
        "How long finished operations can be undone.")

    static let all = [
        target.definition, branchPrefix.definition, maxFileSize.definition, allow.definition, keepOperations.definition,
    ]
}
