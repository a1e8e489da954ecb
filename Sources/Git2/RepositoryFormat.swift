import CGit2
import GitValues

/// The format version and extensions of a repository, read from its own configuration file alone.
struct RepositoryFormat {
    /// `core.repositoryFormatVersion`; 0 when it is not set.
    let version: Int32
    /// The extensions in file order: lower-case name and value.
    let extensions: [(name: String, value: String)]
    /// The setting of a partial clone, `remote.NAME.promisor`; `nil` where every object is here.
    let promisor: String?

    /// The first thing that libgit2 cannot read, as `extensions.NAME` or `core.repositoryFormatVersion`.
    var unsupported: String? {
        if version > 1 { return "core.repositoryFormatVersion" }
        // libgit2 opens a partial clone, and does not find what git would fetch when it is asked for.
        if let promisor { return promisor }
        for entry in extensions {
            switch entry.name {
            case "objectformat" where entry.value == "sha1", "refstorage" where entry.value == "files": continue
            case "objectformat", "refstorage": return "extensions." + entry.name
            case "noop", "worktreeconfig", "relativeworktrees", "preciousobjects", "compatobjectformat": continue
            case "partialclone": return "extensions." + entry.name
            // With version 0 git does not look at extensions it does not know either.
            default: if version > 0 { return "extensions." + entry.name }
            }
        }
        return nil
    }

    /// Reads the common directory's `config`; `nil` when it cannot be read, which opening will report.
    static func read(_ location: RepositoryLocation) -> RepositoryFormat? {
        // Losing the error is right: this only looks for a better explanation than libgit2 gave.
        try? load(location.commonDirectory + "/config")
    }

    private static func load(_ path: String) throws(GitError) -> RepositoryFormat {
        let operation = "reading '\(path)'"
        let config: Handle<ConfigKind> = try withText(path, operation) { (path) throws(GitError) in
            try make(operation) { git_config_open_ondisk($0, path) }
        }
        var version: Int32 = 0
        if git_config_get_int32(&version, config.pointer, "core.repositoryformatversion") < 0 { version = 0 }
        var cursor: OpaquePointer?
        let wanted = "^(extensions\\.|remote\\..*\\.promisor$)"
        try check(operation, git_config_iterator_glob_new(&cursor, config.pointer, wanted))
        defer { git_config_iterator_free(cursor) }
        var extensions: [(name: String, value: String)] = []
        var promisor: String?
        var entry: UnsafeMutablePointer<git_config_entry>?
        while git_config_next(&entry, cursor) == 0, let found = entry?.pointee {
            let name = String(decoding: bytes(found.name), as: UTF8.self)
            let value = String(decoding: bytes(found.value), as: UTF8.self).lowercased()
            if name.hasPrefix("extensions.") {
                extensions.append((name.dropFirst("extensions.".count).lowercased(), value))
            } else if !["false", "no", "off", "0"].contains(value) {
                promisor = name
            }
        }
        return RepositoryFormat(version: version, extensions: extensions, promisor: promisor)
    }
}
