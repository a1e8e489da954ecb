import Git2
package import GitProcess
package import GitValues
package import Settings
import Snapshots
import SystemPackage

/// Where a command works: the repository, git bound to it, its configuration, and who is asked to listen.
package struct Workspace: Sendable {
    package let location: RepositoryLocation
    /// Git, started at the top of the worktree.
    package let git: GitProgram
    /// Git's configuration; the committed file is added by the commands for which one counts.
    package var settings: Settings
    /// What `git var` says of people and programs.
    package let variables: GitVariables
    /// Gets everything a workflow says while it runs.
    package let say: @Sendable (Notice) -> Void

    /// Finds the repository of a directory and reads its configuration, one after the other: where no git child is
    /// needed for it, as nearly everywhere, starting threads would take longer.
    ///
    /// - Throws: `LocationProblem` when there is no repository or it has no working tree, `SettingsError` for bad values.
    package static func open(
        directory: String = ".", say: @escaping @Sendable (Notice) -> Void = { _ in }
    ) async throws -> Workspace {
        let here = GitProgram(directory: FilePath(directory)).readOnly.lookingOnce
        let location = try await here.locate()
        let settings = try await Settings.load(git: here, committed: nil)
        if let shared = settings.string("core.sharedrepository") {
            SharedFiles.note(shared, of: location.commonDirectory)
        }
        return Workspace(
            location: location, git: bound(here, to: location), settings: settings,
            variables: try await GitVariables.read(here), say: say)
    }

    /// The same program at the top of the worktree; where the environment names the repository, it does so absolutely.
    private static func bound(_ git: GitProgram, to location: RepositoryLocation) -> GitProgram {
        var git = GitProgram(directory: FilePath(location.worktree), environment: git.environment)
        git.environment = git.environment.removing("GIT_OPTIONAL_LOCKS")
        if git.environment.value(of: "GIT_DIR") != nil {
            git.environment = git.environment.setting("GIT_DIR", location.gitDirectory)
                .setting("GIT_WORK_TREE", location.worktree)
        }
        return git
    }

    /// The user's index.
    var index: DiskPath { DiskPath(location.indexPath(for: git)) }

    /// The same with the committed file `.gitpatch` as it is on disk: the one that would be committed.
    ///
    /// - Throws: `SettingsError` that names file, line and key; a file that is mended on disk is no error any more.
    package func withCommittedFile() throws -> Workspace {
        let path = DiskPath(location.worktree).appending(CommittedFile.path)
        guard FileIdentity.of(path)?.kind == .file, let bytes = try Disk.read(path) else { return self }
        var copy = self
        copy.settings = try settings.with(committed: CommittedFile(bytes: bytes))
        return copy
    }
}

extension Workspace {
    /// Which refs get a reflog.
    var reflogs: ReflogPolicy {
        ReflogPolicy(
            logAllRefUpdates: settings.string("core.logallrefupdates"), isBare: settings.boolean("core.bare") ?? false)
    }
}

extension RepositoryView {
    /// The repository of a workspace, with its settings.
    convenience init(_ workspace: Workspace) {
        self.init(workspace.location, git: workspace.git, reflogs: workspace.reflogs)
    }
}
