import Git2
import GitProcess
package import GitValues
import Store

/// One document to be written as a commit.
package struct DocumentCommit: Sendable {
    /// The name of the only file in the commit's tree.
    package var file: String
    package var text: String
    package var parent: ObjectID?
    package var message: String
    /// A folder of trees beside the file, by name; none when empty.
    package var folder: String = ""
    package var trees: [String: ObjectID] = [:]
    /// Commits that must stay to be had for as long as this one: further parents of it, behind the chain's own.
    package var keeps: [ObjectID] = []

    /// The parents of the commit: the chain's own is the first one, which is the line that readers follow.
    var parents: [ObjectID] { parent.map { [$0] + keeps } ?? [] }

    /// Creates a commit of a document that is written as readable JSON.
    package init(file: String, document: some Encodable, parent: ObjectID?, message: String) throws {
        self.file = file
        self.text = try JSONText.encode(document, pretty: true) + "\n"
        self.parent = parent
        self.message = message
    }
}

extension RepositoryObjects {
    /// Writes a document as a commit with that one file and returns the commit; nothing refers to it yet.
    package func write(_ document: DocumentCommit, by identity: Identity) async throws -> ObjectID {
        let message = CommitMessage.clean(document.message)
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in
                let blob = try repository.writeBlob(Array(document.text.utf8))
                var entries = [TreeEntry(name: Array(document.file.utf8), mode: .file, id: blob)]
                if !document.trees.isEmpty {
                    let inner = document.trees.sorted { $0.key < $1.key }
                        .map { TreeEntry(name: Array($0.key.utf8), mode: .directory, id: $0.value) }
                    let folder = try repository.writeTree(inner)
                    entries.append(TreeEntry(name: Array(document.folder.utf8), mode: .directory, id: folder))
                }
                let tree = try repository.writeTree(entries)
                return try repository.makeCommit(
                    tree: tree, parents: document.parents, author: identity, committer: identity,
                    message: Array(message.utf8))
            }
        }
        let blob = try await id(["hash-object", "-w", "--stdin"], input: document.text)
        var listing = "100644 blob \(blob.hex)\t\(document.file)\n"
        if !document.trees.isEmpty {
            let inner = document.trees.map { "040000 tree \($0.value.hex)\t\($0.key)\n" }.joined()
            listing += "040000 tree \(try await id(["mktree"], input: inner).hex)\t\(document.folder)\n"
        }
        let tree = try await id(["mktree"], input: listing)
        return try await makeCommit(
            tree: tree, parents: document.parents, author: identity, committer: identity,
            message: message)
    }

    /// Writes a commit of UTF-8 text and returns it; nothing refers to it yet.
    package func makeCommit(
        tree: ObjectID, parents: [ObjectID], author: Identity, committer: Identity, message: String
    ) async throws -> ObjectID {
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in
                try repository.makeCommit(
                    tree: tree, parents: parents, author: author, committer: committer, message: Array(message.utf8))
            }
        }
        var text = "tree \(tree.hex)\n"
        for parent in parents { text += "parent \(parent.hex)\n" }
        text += "author \(author.line)\ncommitter \(committer.line)\n\n\(message)"
        return try await id(["hash-object", "-t", "commit", "-w", "--stdin"], input: text)
    }

    /// The person and time that new commits of this repository carry, as `git var` says.
    package func committer() async throws -> Identity {
        if let plain = PlainRepository.find(git)?.identity("COMMITTER", "committer", git.environment) { return plain }
        let result = try await git.run(["var", "GIT_COMMITTER_IDENT"])
        guard result.succeeded, let identity = Identity(result.text) else {
            throw RemoteProblem.noIdentity(result.firstErrorLine)
        }
        return identity
    }

    func id(_ arguments: [String], input: String) async throws -> ObjectID {
        try await id(arguments, input: Array(input.utf8))
    }

    func id(_ arguments: [String], input: [UInt8]) async throws -> ObjectID {
        let result = try await git.output(arguments, input: input)
        guard let id = ObjectID(hex: result.text) else {
            throw GitProcessError(
                code: .failed, operation: "git \(arguments[0])",
                message: "it printed '\(result.text)', not an object id")
        }
        return id
    }
}
