/// Keys of the section `release`: what `git patch release` writes, names and asks for.
package enum ReleaseKeys {
    package static let versionFile = SettingKey<[VersionFile]>.list(
        "release.versionFile", Form.versionFile,
        "A file in which the version is replaced, and the text around it where the version stands there twice.")

    package static let changelog = SettingKey<String?>.optional(
        "release.changelog", Form.insidePath,
        "The changelog, whose heading 'Unreleased' becomes the version and whose section the tag tells.")

    package static let tagPrefix = SettingKey.single(
        "release.tagPrefix", Form.tagPrefix, default: "v", as: "v", "What the names of version tags begin with.")

    package static let tier = SettingKey.single(
        "release.tier", Form.word(Tier.self), default: "complete", as: .complete,
        "The tier whose every check must have passed on the tree that is tagged.")

    static let all = [versionFile.definition, changelog.definition, tagPrefix.definition, tier.definition]
}

/// A file that holds the version of the project.
package struct VersionFile: Hashable, Sendable {
    /// What stands for the version in the text around it.
    package static let placeholder = "{version}"

    /// The path, relative to the top.
    package let path: String
    /// What stands before and behind the version; `nil` when the last version itself is looked for.
    package let surroundings: Surroundings?

    /// The text around a version.
    package struct Surroundings: Hashable, Sendable {
        package let before: String
        package let after: String

        /// Creates the text; without any, every version would be meant.
        package init?(_ text: String) {
            let parts = text.split(separator: VersionFile.placeholder, omittingEmptySubsequences: false)
            guard parts.count == 2, !text.contains(where: \.isNewline), parts.contains(where: { !$0.isEmpty }) else {
                return nil
            }
            before = String(parts[0])
            after = String(parts[1])
        }
    }

    /// Reads `PATH` or `PATH: TEXT {version} TEXT`.
    package init?(_ text: String) {
        if let colon = text.firstRange(of: ": "), text[colon.upperBound...].contains(VersionFile.placeholder) {
            guard let around = Surroundings(String(text[colon.upperBound...])) else { return nil }
            surroundings = around
            path = String(text[..<colon.lowerBound])
        } else {
            surroundings = nil
            path = text
        }
        let isPath = !path.isEmpty && Form.insidePath.read(path) == path
        guard isPath, !path.contains(VersionFile.placeholder) else { return nil }
    }
}
