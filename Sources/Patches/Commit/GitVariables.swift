package import GitProcess
package import GitValues
import Settings

/// What `git var -l` says in one child: who commits, and which editor is used.
package struct GitVariables: Sendable {
    /// The author of a commit made now; absent when git knows none.
    package let author: Identity?
    /// The committer of a commit made now; absent when git knows none.
    package let committer: Identity?
    /// The editor's command line for `sh -c`; absent when it was not asked for.
    package let editor: String?

    /// Asks git, or reads what it would read where that is plain.
    package static func read(_ git: GitProgram) async throws -> GitVariables {
        if let repository = PlainRepository.find(git), let known = plain(git.environment, repository) { return known }
        let text = try await git.run(["var", "-l"]).text
        // The list begins with the configuration, whose values may hold anything; the variables come after it.
        func last(_ name: String) -> String? {
            text.split(separator: "\n").last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        return GitVariables(
            author: last("GIT_AUTHOR_IDENT").flatMap { Identity($0) },
            committer: last("GIT_COMMITTER_IDENT").flatMap { Identity($0) }, editor: last("GIT_EDITOR"))
    }
}

extension GitVariables {
    /// What git would say where names and addresses are set and need no cleaning; `nil` where git had better say it.
    static func plain(_ environment: ChildEnvironment, _ repository: PlainRepository) -> GitVariables? {
        guard let author = repository.identity("AUTHOR", "author", environment),
            let committer = repository.identity("COMMITTER", "committer", environment)
        else { return nil }
        return GitVariables(author: author, committer: committer, editor: nil)
    }
}

/// Author and committer of a commit.
package struct People: Sendable {
    package var author: Identity
    package var committer: Identity
}

extension Workspace {
    /// The editor's command line for `sh -c`, asked of git unless that was done before.
    func editor() async throws -> String {
        if let editor = variables.editor { return editor }
        let result = try await git.run(["var", "GIT_EDITOR"])
        return result.succeeded && !result.text.isEmpty ? result.text : "vi"
    }

    /// Who makes a commit now, as strictly as `git commit` asks it.
    ///
    /// `git var -l` makes names up where `git commit` refuses; so unless names and addresses are set, the strict
    /// question is asked as well.
    ///
    /// - Throws: `PatchProblem.noIdentity` with git's words.
    package func people() async throws -> People {
        if isExplicit("AUTHOR", "author"), isExplicit("COMMITTER", "committer"),
            let author = variables.author, let committer = variables.committer
        {
            return People(author: author, committer: committer)
        }
        return People(author: try await strict("GIT_AUTHOR_IDENT"), committer: try await strict("GIT_COMMITTER_IDENT"))
    }

    /// Who moves references: the committer, or a stand-in where git knows none.
    package var mover: Identity {
        variables.committer ?? Identity(name: "git-patch", mail: "", seconds: Timestamp.now().seconds, offsetMinutes: 0)
    }

    private func isExplicit(_ role: String, _ section: String) -> Bool {
        func isSet(_ variable: String, _ keys: [String]) -> Bool {
            if let value = git.environment.value(of: variable) { return !value.isEmpty }
            return keys.contains { settings.string($0).map { !$0.isEmpty } ?? false }
        }
        return isSet("GIT_\(role)_NAME", ["\(section).name", "user.name"])
            && isSet("GIT_\(role)_EMAIL", ["\(section).email", "user.email"])
    }

    private func strict(_ variable: String) async throws -> Identity {
        let result = try await git.run(["var", variable])
        if result.succeeded, let identity = Identity(result.text) { return identity }
        let words = result.errorText.split(separator: "\n").last.map(String.init) ?? "git knows no name"
        throw PatchProblem(
            .noIdentity, words.hasPrefix("fatal: ") ? String(words.dropFirst(7)) : words,
            hints: ["git config --global user.name \"Your Name\"", "git config --global user.email you@example.com"])
    }
}
