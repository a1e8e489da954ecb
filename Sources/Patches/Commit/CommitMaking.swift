import Git2
import GitProcess
import GitValues
import Settings
import Snapshots

/// A commit to be made; no reference moves.
struct NewCommit {
    var tree: ObjectID
    var parents: [ObjectID]
    var message: String
    var people: People
    var signing: CreateRequest.Signing
    /// The objects of the tree, where nobody can see them yet.
    var objects: CapturedObjects?
}

extension Session {
    /// Makes the commit: directly where it is plain, by `git commit-tree` where it is signed, in another encoding, or
    /// in a repository that only git can write.
    ///
    /// - Throws: `PatchProblem.signingFailed` with the words of git and the signing program.
    func make(_ commit: NewCommit) async throws -> ObjectID {
        let settings = workspace.settings
        let configured = settings.boolean("commit.gpgsign") ?? false
        let signs = commit.signing == .always || (commit.signing == .asConfigured && configured)
        let encoding = settings.string("i18n.commitencoding") ?? ""
        let isUnicode = ["", "utf-8", "utf8"].contains(encoding.lowercased())
        let text = CommitText(
            tree: commit.tree, parents: commit.parents, author: commit.people.author,
            committer: commit.people.committer, message: Array(commit.message.utf8))
        if !signs, isUnicode, let id = try view.makeCommit(text, with: commit.objects) { return id }
        try commit.objects?.finish()
        var arguments = ["commit-tree", commit.tree.hex]
        for parent in commit.parents { arguments += ["-p", parent.hex] }
        if signs { arguments.append("-S") }
        let result = try await workspace.git.durable.naming(commit.people)
            .run(arguments + ["-F", "-"], input: Array(commit.message.utf8))
        guard result.succeeded, let id = ObjectID(hex: result.text) else {
            guard signs else { throw PatchProblem(.commandFailed, "cannot make the commit: \(result.firstErrorLine)") }
            throw PatchProblem(
                .signingFailed, "cannot sign the commit: \(result.errorText)",
                hints: ["mend the signing program, or make this one unsigned with --no-sign"])
        }
        // Git waits for the object and not for its name.
        let folder = DiskPath(workspace.location.commonDirectory).appending("objects/\(id.hex.prefix(2))")
        if Disk.isDirectory(folder) { try Disk.synchronise(folder) }
        return id
    }
}

extension GitProgram {
    /// The same program whose children wait until the objects they write are on the disk (git 2.36).
    var durable: GitProgram {
        var git = self
        git.settings += ["core.fsync=objects", "core.fsyncMethod=batch"]
        return git
    }

    /// The same program whose children commit in these names.
    func naming(_ people: People) -> GitProgram {
        var git = self
        git.environment = environment.setting("GIT_AUTHOR_NAME", people.author.name)
            .setting("GIT_AUTHOR_EMAIL", people.author.mail).setting("GIT_AUTHOR_DATE", "@" + people.author.date)
            .setting("GIT_COMMITTER_NAME", people.committer.name)
            .setting("GIT_COMMITTER_EMAIL", people.committer.mail)
            .setting("GIT_COMMITTER_DATE", "@" + people.committer.date)
        return git
    }
}
