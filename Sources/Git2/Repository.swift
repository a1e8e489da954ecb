import CGit2
package import GitValues

/// An open repository. It stays on the task that opened it: libgit2 allows one thread at a time.
///
/// Everything it returns is a plain value that holds on to nothing; nothing here ever uses the network.
package struct Repository: ~Copyable {
    /// Where it lives.
    package let location: RepositoryLocation
    /// Its refs.
    package let references: ReferenceFiles
    /// What is waited for when objects are written here.
    package var care = WriteCare.durable
    /// How well objects in files of their own are compressed, which the library does not ask; from 0 to 9, or zlib's own
    /// choice by -1.
    let looseCompression: Int32
    /// The objects that are being written.
    let writing = LooseWriting()
    let handle: Handle<RepositoryKind>

    var pointer: OpaquePointer { handle.pointer }

    private init(_ references: ReferenceFiles, looseCompression: Int32, handle: consuming Handle<RepositoryKind>) {
        location = references.location
        self.references = references
        self.looseCompression = looseCompression
        self.handle = handle
    }

    /// Opens the repository at exactly this place: no search, and `GIT_DIR` and its like are not looked at.
    ///
    /// - Throws: `.unsupported` naming the extension when libgit2 cannot read the format (SHA-256, reftable, …),
    ///   `.owner` when git would refuse it too.
    package static func open(_ location: RepositoryLocation) throws(GitError) -> Repository {
        var references = try ReferenceFiles.open(location, reflogs: .usual)
        let operation = "opening '\(location.gitDirectory)'"
        try Library.start()
        let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue | GIT_REPOSITORY_OPEN_NO_DOTGIT.rawValue
        do {
            let handle: Handle<RepositoryKind> = try withText(location.gitDirectory, operation) {
                (path) throws(GitError) in
                try make(operation) { git_repository_open_ext($0, path, flags, nil) }
            }
            try LooseBackend.install(in: handle.pointer, location)
            let operation = "reading the configuration"
            let config: Handle<ConfigKind> = try make(operation) { git_repository_config_snapshot($0, handle.pointer) }
            references.reflogs = try reflogPolicy(config.pointer)
            return Repository(references, looseCompression: looseCompression(config.pointer), handle: handle)
        } catch {
            guard error.code == .notFound else { throw error }
            throw GitError(.notARepository, operation, "there is no repository")
        }
    }

    /// `core.looseCompression`, else `core.compression`, else the fastest, as git does (git-config(1)).
    private static func looseCompression(_ config: OpaquePointer) -> Int32 {
        for key in ["core.loosecompression", "core.compression"] {
            var level: Int32 = 0
            // Git refuses others before anything is written here.
            if git_config_get_int32(&level, config, key) == 0, (-1...9).contains(level) { return level }
            git_error_clear()
        }
        return 1
    }

    private static func reflogPolicy(_ config: OpaquePointer) throws(GitError) -> ReflogPolicy {
        let operation = "reading core.logAllRefUpdates"
        var isBare: Int32 = 0
        if git_config_get_bool(&isBare, config, "core.bare") < 0 { isBare = 0 }
        var cursor: OpaquePointer?
        try check(operation, git_config_multivar_iterator_new(&cursor, config, "core.logallrefupdates", nil))
        defer { git_config_iterator_free(cursor) }
        var value: String?
        var entry: UnsafeMutablePointer<git_config_entry>?
        while git_config_next(&entry, cursor) == 0, let found = entry?.pointee {
            value = String(decoding: bytes(found.value), as: UTF8.self)
        }
        value = ConfigEnvironment.values(of: "core.logallrefupdates").last ?? value
        return ReflogPolicy(logAllRefUpdates: value, isBare: isBare != 0)
    }
}
