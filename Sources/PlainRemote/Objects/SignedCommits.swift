import GitProcess
package import GitValues

/// A commit that had to be signed and could not be.
package struct SigningFailed: ProblemReport, Equatable {
    /// The words of git and the signing program.
    package let words: String
    package var problemCode: String { "signing-failed" }
    package var exitStatus: Int32 { 69 }
    package var description: String { "cannot sign the commit that would land: \(words)" }
    package var hints: [String] {
        ["mend the signing program, or type 'git config commit.gpgSign false' to land without signatures"]
    }
}

extension RepositoryObjects {
    /// Writes a commit signed by the program git is configured with, and returns it; nothing refers to it yet.
    package func makeSignedCommit(
        tree: ObjectID, parents: [ObjectID], author: Identity, committer: Identity, message: String
    ) async throws -> ObjectID {
        var git = git
        git.settings.append("i18n.commitEncoding=UTF-8")
        git.environment = git.environment.setting("GIT_AUTHOR_NAME", author.name)
            .setting("GIT_AUTHOR_EMAIL", author.mail).setting("GIT_AUTHOR_DATE", author.internalDate)
            .setting("GIT_COMMITTER_NAME", committer.name).setting("GIT_COMMITTER_EMAIL", committer.mail)
            .setting("GIT_COMMITTER_DATE", committer.internalDate)
        let result = try await git.run(
            ["commit-tree", tree.hex] + parents.flatMap { ["-p", $0.hex] } + ["-S", "-F", "-"],
            input: Array(message.utf8))
        guard result.succeeded, let id = ObjectID(hex: result.text) else {
            throw SigningFailed(words: result.firstErrorLine)
        }
        return id
    }
}

extension Identity {
    /// The time as git takes it without guessing: `@seconds +zone`.
    fileprivate var internalDate: String { "@" + line.split(separator: " ").suffix(2).joined(separator: " ") }
}
