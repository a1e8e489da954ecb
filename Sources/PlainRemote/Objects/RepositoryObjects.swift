package import Git2
package import GitProcess
package import GitValues

/// The objects of one repository, through libgit2 where it can read the format and through git where it cannot.
///
/// Objects are only added; no reference moves here.
package struct RepositoryObjects: Sendable {
    package let location: RepositoryLocation
    package let git: GitProgram
    let shared: SharedRepository

    /// Creates the way to the objects; nothing is looked at yet.
    package init(location: RepositoryLocation, git: GitProgram) {
        self.location = location
        self.git = git
        shared = SharedRepository(location)
    }

    /// Whether libgit2 reads this repository. Whatever it refuses, git is asked instead and says itself what is wrong.
    package var usesLibrary: Bool { shared.isReadable }

    /// Loads what reading takes, so that nobody waits for it later: while git talks to a remote, say.
    func prepare() { _ = usesLibrary }

    /// The ids of the list that are not in this repository.
    package func missing(_ ids: [ObjectID]) async throws -> [ObjectID] {
        guard !ids.isEmpty else { return [] }
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in
                var missing: [ObjectID] = []
                for id in ids where try !repository.contains(id) { missing.append(id) }
                return missing
            }
        }
        let input = ids.map { $0.hex + "\n" }.joined()
        let result = try await git.output(["cat-file", "--batch-check=%(objecttype)"], input: Array(input.utf8))
        return zip(ids, result.lines).compactMap { $1.hasSuffix("missing") ? $0 : nil }
    }

    /// The ids of the list that are no commits of this repository: they are not here, or they are something else.
    package func missingCommits(_ ids: [ObjectID]) async throws -> [ObjectID] {
        guard !ids.isEmpty else { return [] }
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in
                var missing: [ObjectID] = []
                for id in ids where try repository.kind(of: id) != .commit { missing.append(id) }
                return missing
            }
        }
        let input = ids.map { $0.hex + "\n" }.joined()
        let result = try await git.output(["cat-file", "--batch-check=%(objecttype)"], input: Array(input.utf8))
        return zip(ids, result.lines).compactMap { $1 == "commit" ? nil : $0 }
    }

    /// The content of one file of each commit, in the same order; `nil` where the commit or the file is not there.
    package func contents(of file: String, in commits: [ObjectID]) async throws -> [[UInt8]?] {
        guard !commits.isEmpty else { return [] }
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in
                var contents: [[UInt8]?] = []
                for id in commits {
                    guard try repository.kind(of: id) == .commit else {
                        contents.append(nil)
                        continue
                    }
                    contents.append(try repository.blob(at: Array(file.utf8), in: try repository.tree(of: id))?.bytes)
                }
                return contents
            }
        }
        let input = commits.map { "\($0.hex):\(file)\n" }.joined()
        let result = try await git.output(["cat-file", "--batch"], input: Array(input.utf8))
        return try RepositoryObjects.parseBatch(result.output, count: commits.count)
    }

    /// The id of a file's content in a commit or tree; `nil` when it is not there or is no file.
    package func blobID(of file: String, in commit: ObjectID) async throws -> ObjectID? {
        if usesLibrary {
            return try shared.with { (repository) throws(GitError) in
                guard let entry = try repository.entry(at: Array(file.utf8), in: try repository.tree(of: commit)) else {
                    return nil
                }
                return entry.mode.isBlob ? entry.id : nil
            }
        }
        let result = try await git.run(["rev-parse", "--verify", "--quiet", "\(commit.hex):\(file)"])
        return result.succeeded ? ObjectID(hex: result.text) : nil
    }

    /// The references whose name starts with a prefix that ends in a slash.
    package func references(under prefix: String) async throws -> [ReferenceName: ObjectID] {
        if let files = shared.references {
            return Dictionary(try files.list(under: prefix).map { ($0.name, $0.id) }) { first, _ in first }
        }
        let result = try await git.output(["for-each-ref", "--format=%(objectname) %(refname)", prefix])
        let pairs = result.lines.compactMap { line -> (ReferenceName, ObjectID)? in
            let fields = line.split(separator: " ", maxSplits: 1)
            guard fields.count == 2, let id = ObjectID(hex: fields[0]), let name = ReferenceName(fields[1]) else {
                return nil
            }
            return (name, id)
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// Runs a body with the repository as libgit2 has it open; only where `usesLibrary` is set.
    package func withLibrary<Result: Sendable>(
        _ body: (borrowing Repository) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        try shared.with(body)
    }

    /// Parses the output of `git cat-file --batch` (git-cat-file(1), BATCH OUTPUT).
    static func parseBatch(_ output: [UInt8], count: Int) throws -> [[UInt8]?] {
        var rest = output[...]
        var contents: [[UInt8]?] = []
        while contents.count < count {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                throw GitProcessError(
                    code: .failed, operation: "git cat-file", message: "it answered less than it was asked")
            }
            let header = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[rest.index(after: end)...]
            let fields = header.split(separator: " ")
            guard fields.count == 3, let size = Int(fields[2]), ObjectID(hex: fields[0]) != nil, size < rest.count
            else {
                contents.append(nil)
                continue
            }
            contents.append(fields[1] == "blob" ? Array(rest.prefix(size)) : nil)
            rest = rest.dropFirst(size + 1)
        }
        return contents
    }
}
