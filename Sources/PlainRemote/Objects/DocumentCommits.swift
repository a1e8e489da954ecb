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

extension DocumentCommit {
    fileprivate func write(to repository: borrowing Repository, by identity: Identity) throws(GitError) -> ObjectID {
        let blob = try repository.writeBlob(Array(text.utf8))
        var entries = [TreeEntry(name: Array(file.utf8), mode: .file, id: blob)]
        if !trees.isEmpty {
            let inner = trees.sorted { $0.key < $1.key }
                .map { TreeEntry(name: Array($0.key.utf8), mode: .directory, id: $0.value) }
            entries.append(
                TreeEntry(name: Array(folder.utf8), mode: .directory, id: try repository.writeTree(inner)))
        }
        return try repository.makeCommit(
            tree: try repository.writeTree(entries), parents: parents, author: identity, committer: identity,
            message: Array(CommitMessage.clean(message).utf8))
    }
}

extension RepositoryObjects {
    /// Writes a document as a commit with that one file and returns the commit; nothing refers to it yet.
    package func write(_ document: DocumentCommit, by identity: Identity) async throws -> ObjectID {
        try await write([document], by: identity)[0]
    }

    /// Writes documents as commits, in their order; all together wait for the disk little longer than one.
    package func write(_ documents: [DocumentCommit], by identity: Identity) async throws -> [ObjectID] {
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in
                try repository.together(packing: shared.pack) { () throws(GitError) in
                    var commits: [ObjectID] = []
                    for document in documents { commits.append(try document.write(to: repository, by: identity)) }
                    return commits
                }
            }
        }
        var commits: [ObjectID] = []
        for document in documents { commits.append(try await writeByGit(document, by: identity)) }
        return commits
    }

    private func writeByGit(_ document: DocumentCommit, by identity: Identity) async throws -> ObjectID {
        let blob = try await id(["hash-object", "-w", "--stdin"], input: document.text)
        var listing = "100644 blob \(blob.hex)\t\(document.file)\n"
        if !document.trees.isEmpty {
            let inner = document.trees.map { "040000 tree \($0.value.hex)\t\($0.key)\n" }.joined()
            listing += "040000 tree \(try await id(["mktree"], input: inner).hex)\t\(document.folder)\n"
        }
        let tree = try await id(["mktree"], input: listing)
        return try await makeCommit(
            tree: tree, parents: document.parents, author: identity, committer: identity,
            message: CommitMessage.clean(document.message))
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
