import CGit2
package import GitValues

/// An open repository. It stays on the task that opened it: libgit2 allows one thread at a time.
///
/// Everything it returns is a plain value that holds on to nothing; nothing here ever uses the network.
package struct Repository: ~Copyable {
    /// Where it lives.
    package let location: RepositoryLocation
    let handle: Handle<RepositoryKind>

    var pointer: OpaquePointer { handle.pointer }

    private init(location: RepositoryLocation, handle: consuming Handle<RepositoryKind>) {
        self.location = location
        self.handle = handle
    }

    /// Opens the repository at exactly this place: no search, and `GIT_DIR` and its like are not looked at.
    ///
    /// - Throws: `.unsupported` naming the extension when libgit2 cannot read the format (SHA-256, reftable, …),
    ///   `.owner` when git would refuse it too.
    package static func open(_ location: RepositoryLocation) throws(GitError) -> Repository {
        try Library.start()
        let operation = "opening '\(location.gitDirectory)'"
        try OwnerCheck(location: location).run(operation)
        let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue | GIT_REPOSITORY_OPEN_NO_DOTGIT.rawValue
        do {
            let handle: Handle<RepositoryKind> = try withText(location.gitDirectory, operation) {
                (path) throws(GitError) in
                try make(operation) { git_repository_open_ext($0, path, flags, nil) }
            }
            try refuseUnreadableFormat(location, operation)
            try LooseBackend.install(in: handle.pointer, location)
            return Repository(location: location, handle: handle)
        } catch {
            // What libgit2 says about a format it cannot read does not name the extension in every release.
            try refuseUnreadableFormat(location, operation)
            guard error.code == .notFound else { throw error }
            throw GitError(.notARepository, operation, "there is no repository")
        }
    }

    /// Throws when the configuration of the repository asks for something libgit2 cannot do.
    private static func refuseUnreadableFormat(_ location: RepositoryLocation, _ operation: String) throws(GitError) {
        guard let format = RepositoryFormat.read(location), let name = format.unsupported else { return }
        throw GitError(
            .unsupported, operation, "libgit2 cannot read repositories with \(name)",
            subject: name.hasPrefix("extensions.") ? String(name.dropFirst("extensions.".count)) : name)
    }
}
