import GitValues
import PlainRemote
import Settings

/// How the commits that a landing makes look: their texts, and whether they are signed.
struct CommitStyle {
    /// The template of a squashed patch; `nil` for the usual text.
    var squash: String?
    /// The template of a merge commit; `nil` for the usual text.
    var merge: String?
    /// Whether git's signing program signs them.
    var isSigned = false

    init() {}

    /// The style that a target's configuration and the worker's git ask for.
    init(_ settings: Settings) {
        squash = settings[AutomergeKeys.squashMessage]
        merge = settings[AutomergeKeys.mergeMessage]
        isSigned = settings.boolean("commit.gpgsign") ?? false
    }

    /// Fills a template: `{title} {body} {commits} {branch} {target} {author} {id}`; other braces stay as they are.
    static func fill(_ template: String, _ values: [String: String]) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: "}"),
                let value = values[String(rest[rest.index(after: open)..<close])]
            else {
                result.append("{")
                rest = rest.dropFirst()
                continue
            }
            result += value
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}

extension RepositoryObjects {
    /// Writes a commit of a landing in its style.
    func makeCommit(
        _ style: CommitStyle, tree: ObjectID, parents: [ObjectID], author: Identity, committer: Identity,
        message: String
    ) async throws -> ObjectID {
        if style.isSigned {
            return try await makeSignedCommit(
                tree: tree, parents: parents, author: author, committer: committer, message: message)
        }
        return try await makeCommit(
            tree: tree, parents: parents, author: author, committer: committer, message: message)
    }
}
