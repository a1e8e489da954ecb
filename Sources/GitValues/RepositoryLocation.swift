/// Where a repository lives: absolute paths, symbolic links resolved as git does.
package struct RepositoryLocation: Hashable, Sendable {
    /// The git directory of this worktree: `.git`, or `.git/worktrees/NAME` in a linked one.
    package let gitDirectory: String
    /// The git directory that all linked worktrees share.
    package let commonDirectory: String
    /// The top of the worktree.
    package let worktree: String
    /// Where the command was started, relative to the top: empty at the top, else with a slash at the end.
    package let prefix: String

    /// Creates a location from its parts.
    package init(gitDirectory: String, commonDirectory: String, worktree: String, prefix: String) {
        self.gitDirectory = gitDirectory
        self.commonDirectory = commonDirectory
        self.worktree = worktree
        self.prefix = prefix
    }

    /// Where the suite keeps its store, logs, verdict files and pooled worktrees.
    package var storeDirectory: String { commonDirectory + "/gitpatch" }
}
