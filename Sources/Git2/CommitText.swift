package import GitValues

/// The bytes of a commit object, and what is signed of them.
package struct CommitText: Sendable {
    package let tree: ObjectID
    package let parents: [ObjectID]
    package let author: Identity
    package let committer: Identity
    package let message: [UInt8]
    package let encoding: String?

    /// Creates the text of a commit.
    package init(
        tree: ObjectID, parents: [ObjectID], author: Identity, committer: Identity, message: [UInt8],
        encoding: String? = nil
    ) {
        self.tree = tree
        self.parents = parents
        self.author = author
        self.committer = committer
        self.message = message
        self.encoding = encoding
    }

    /// The object without a signature: what `commit.gpgSign` signs.
    package var unsigned: [UInt8] { bytes(signature: nil) }

    /// Why git would not make such a commit; `nil` when it would.
    package var problem: String? {
        if message.contains(0) { return "the message holds a NUL character" }
        for person in [author, committer]
        where (person.name + person.mail).utf8.contains(where: { "\n<>\0".utf8.contains($0) }) {
            return "the identity '\(person.name)' holds a character that git forbids"
        }
        if let encoding, encoding.isEmpty || encoding.utf8.contains(where: { $0 <= 0x20 }) {
            return "the encoding is no word"
        }
        return nil
    }

    /// The object's bytes; the signature's lines are indented as git does it.
    func bytes(signature: [UInt8]?) -> [UInt8] {
        var header = "tree \(tree)\n"
        for parent in parents { header += "parent \(parent)\n" }
        header += "author \(author.line)\ncommitter \(committer.line)\n"
        if let encoding, !["utf-8", "utf8"].contains(encoding.lowercased()) { header += "encoding \(encoding)\n" }
        var result = Array(header.utf8)
        if let signature {
            var lines = signature.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            if lines.last?.isEmpty == true { lines.removeLast() }
            result += Array("gpgsig".utf8)
            for line in lines { result += [UInt8(ascii: " ")] + line + [UInt8(ascii: "\n")] }
        }
        return result + [UInt8(ascii: "\n")] + message
    }
}
