package import GitProcess
package import GitValues

/// What to capture, from where, and how carefully.
package struct CaptureRequest: Sendable {
    /// Which part of the working tree is captured.
    package enum Scope: Hashable, Sendable {
        /// Everything `git add -A` would take.
        case everything
        /// Changes of tracked files only: `git add -u`.
        case trackedOnly
        /// The index as it is.
        case staged
        /// The named paths as they are in the working tree, on top of HEAD: what `git commit --only` commits, new files
        /// included. Git's pathspecs, relative to the directory the command was started in.
        case pathspecs([String])
    }

    /// Where the repository is.
    package var location: RepositoryLocation
    /// The git program of the command; its environment and settings count, its directory does not.
    package var git: GitProgram
    package var scope: Scope
    /// Passes the size, secret and junk rails; never an unmerged index or an operation in progress.
    package var force: Bool
    package var limits: CaptureLimits
    /// A folder of the caller's operation, in the file system of the git directory, where the prepared index is put.
    /// Without one no index is prepared.
    package var indexDirectory: String?
    /// Leaves the objects pending: they are lost unless `Capture.objects` is finished.
    package var leavesObjectsPending = false
    /// Computes everything and keeps nothing: the tree's id is right, its objects are not there.
    package var dryRun: Bool
    /// Captures although a merge, rebase or the like is in progress. An unmerged index is refused all the same.
    package var allowsOperationInProgress: Bool
    /// The merged git configuration when the caller has it; else one `git config` child reads it.
    package var configuration: GitConfiguration?
    /// Never uses library mode: for doctor and tests.
    package var requiresGitMode: Bool

    /// Creates a request.
    package init(
        location: RepositoryLocation, git: GitProgram, scope: Scope = .everything, force: Bool = false,
        limits: CaptureLimits = CaptureLimits(), indexDirectory: String? = nil, dryRun: Bool = false,
        allowsOperationInProgress: Bool = false, configuration: GitConfiguration? = nil, requiresGitMode: Bool = false
    ) {
        self.location = location
        self.git = git
        self.scope = scope
        self.force = force
        self.limits = limits
        self.indexDirectory = indexDirectory
        self.dryRun = dryRun
        self.allowsOperationInProgress = allowsOperationInProgress
        self.configuration = configuration
        self.requiresGitMode = requiresGitMode
    }
}

/// What the guard rails let through.
package struct CaptureLimits: Hashable, Sendable {
    /// The largest new file.
    package var maxFileSize: ByteSize
    /// Whether new and changed files are searched for likely secrets.
    package var checksSecrets: Bool
    /// Whether folders of generated files are looked for.
    package var checksGenerated: Bool
    /// Paths that every rail lets pass: `patch.allow`.
    package var allowed: [PathPattern]

    /// Creates limits; the defaults are those of the configuration.
    package init(
        maxFileSize: ByteSize = ByteSize(bytes: 50 << 20), checksSecrets: Bool = true, checksGenerated: Bool = true,
        allowed: [PathPattern] = []
    ) {
        self.maxFileSize = maxFileSize
        self.checksSecrets = checksSecrets
        self.checksGenerated = checksGenerated
        self.allowed = allowed
    }

    /// Whether a path is let pass by name.
    func allows(_ path: [UInt8]) -> Bool { allowed.contains { $0.matches(path) } }
}
