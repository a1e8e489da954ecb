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

    /// Throws when the configuration of the repository asks for something that neither libgit2 nor we can do.
    static func require(_ location: RepositoryLocation, _ operation: String) throws(GitError) {
        let path = location.commonDirectory + "/config"
        // Without a configuration git takes the repository for one of the first format.
        guard let content = try readFile(path, operation) else { return }
        let text: ConfigText
        do { text = try ConfigText.parse(content) } catch {
            throw GitError(
                .unsupported, operation, "line \(error.line) of its configuration cannot be read", path: path)
        }
        guard let name = RepositoryFormat(text).unsupported else { return }
        throw GitError(
            .unsupported, operation, "libgit2 cannot read repositories with \(name)",
            subject: name.hasPrefix("extensions.") ? String(name.dropFirst("extensions.".count)) : name)
    }

    private init(_ text: ConfigText) {
        var version: Int32 = 0
        var extensions: [(name: String, value: String)] = []
        var promisor: String?
        for entry in text.entries {
            let value = (entry.value ?? "true").lowercased()
            switch (entry.section, entry.subsection, entry.key) {
            case ("core", nil, "repositoryformatversion"): version = Int32(value) ?? 2
            case ("extensions", nil, let key): extensions.append((key, value))
            case ("remote", _?, "promisor") where !["false", "no", "off", "0"].contains(value): promisor = entry.name
            default: break
            }
        }
        self.version = version
        self.extensions = extensions
        self.promisor = promisor
    }
}
