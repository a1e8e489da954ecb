import Git2
import GitValues
import SuiteTestSupport

extension TestRepository {
    /// Where this repository is; asks git, so that linked worktrees and separate git folders are right.
    func location() async throws -> RepositoryLocation {
        let lines = try await git(
            "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir"
        ).split(separator: "\n").map(String.init)
        return RepositoryLocation(gitDirectory: lines[0], commonDirectory: lines[1], worktree: path, prefix: "")
    }

    /// Opens it with libgit2.
    func open() async throws -> Repository { try Repository.open(try await location()) }
}

/// The identity of every commit and reflog line of these tests.
let ada = Identity(name: "Ada Example", mail: "ada@example.com", seconds: 1_700_000_000, offsetMinutes: 90)

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

extension Repository {
    /// A new commit with the same tree.
    borrowing func child(of parent: ObjectID, message: String = "child\n") throws -> ObjectID {
        try makeCommit(
            tree: tree(of: parent), parents: [parent], author: ada, committer: ada, message: [UInt8](message))
    }
}
