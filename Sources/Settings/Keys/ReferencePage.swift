extension KnownKeys {
    /// The page `docs/configuration.md`: every key with its form, default and place, made from the table itself.
    package static var referencePage: String {
        var lines = [
            "# Configuration", "",
            "Made from the table in `Sources/Settings/Keys`; a test holds the two together. To write it anew:",
            "`GITPATCH_WRITE_DOCS=1 swift test --filter ReferencePageTests`.", "",
            "Settings are git configuration. Who wins: an option of the command, then the environment (`git -c`,",
            "`GIT_CONFIG_COUNT` and its companions), then the worktree's, the repository's, the user's and the system's",
            "configuration, then the committed file `.gitpatch` at the root, then the default. Of a key that may be repeated the",
            "whole list of the winner counts; an empty value forgets the ones before it. A rule for one branch",
            "(`[validate \"main\"]`) wins over the general one wherever that stands, save in an option or the environment.",
            "",
            "In `.gitpatch` everything that is not understood is an error with file, line and key (exit code 78). Keys marked",
            "*local* are refused there: a committed file may never set what is run or asked outside a check.", "",
            "`git patch config` shows what is set, `git patch config --explain KEY` where it comes from.",
        ]
        var sections: [String] = []
        for definition in all where definition.section != sections.last { sections.append(definition.section) }
        for section in sections {
            lines += ["", "## \(section)", "", "| key | value | default | |", "| --- | --- | --- | --- |"]
            lines += all.filter { $0.section == section }.map(\.referenceRow)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension KeyDefinition {
    fileprivate var referenceRow: String {
        let mark: String
        switch places {
        case .everywhere: mark = ""
        case .committedFile: mark = " *`.gitpatch` only*"
        case .gitConfig(let reason): mark = " *local*: \(reason)."
        }
        let value = form + (isRepeatable ? "; repeatable" : "")
        return "| `\(name)` | \(value) | \(fallback.map { "`\($0)`" } ?? "") | \(summary)\(mark) |"
    }
}
