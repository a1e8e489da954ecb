import GitProcess
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import SystemPackage
import Testing

/// A clone, its bare remote and what a command of ours would hold in it.
struct Meeting {
    let clone: TestRepository
    let remotePath: String
    let git: GitProgram
    let location: RepositoryLocation

    /// Runs a body with a repository that has one commit on `main`, pushed to a bare remote `origin`.
    static func with(
        isolation: isolated (any Actor)? = #isolation, _ body: (Meeting) async throws -> Void
    ) async throws {
        try await TestRepository.with { clone in
            try await clone.commit("first", files: ["a.txt": "one\n"])
            let remote = try await clone.addBareRemote()
            try await body(try await Meeting.of(clone, remote: remote))
        }
    }

    static func of(_ clone: TestRepository, remote: String) async throws -> Meeting {
        let git = GitProgram(directory: FilePath(clone.path), environment: .only(clone.environment))
        return Meeting(clone: clone, remotePath: remote, git: git, location: try await git.locate())
    }

    /// The remote as this clone sees it.
    var remote: PlainRemote {
        PlainRemote(
            connection: RemoteConnection(name: "origin", git: git),
            objects: RepositoryObjects(location: location, git: git))
    }

    /// Another clone of the same remote.
    func other(_ name: String) async throws -> Meeting {
        try await Meeting.of(try await clone.clone(remotePath, as: name), remote: remotePath)
    }

    func openStore() throws -> Store { try Store.open(directory: location.storeDirectory) }

    /// Commits a change on a new branch, goes back to `main`, and returns the patch as `git patch` would record it.
    func makePatch(_ name: String, files: [String: String], target: String = "main") async throws -> PatchRecord {
        let base = try await clone.id("HEAD")
        try await clone.git("switch", "-q", "-c", "patch/\(name)")
        let commit = try await clone.commit(name, files: files)
        let tree = try await clone.id("HEAD^{tree}")
        try await clone.git("switch", "-q", "-")
        return PatchRecord(
            id: .make(), title: name, branch: "patch/\(name)", base: base, target: target, remote: "origin",
            commit: commit, tree: tree, engine: .library, state: .queued, created: .now(), updated: .now())
    }

    /// What a reference of the bare remote holds; empty when it is not there.
    func onRemote(_ name: String) async throws -> String {
        try await clone.tryGit(["--git-dir", remotePath, "rev-parse", "--verify", "--quiet", name]).trimmed
    }

    func document(_ patch: PatchRecord) async throws -> PatchDocument {
        let text = try await clone.git("--git-dir", remotePath, "show", "refs/patches/\(patch.id):patch.json")
        return try JSONText.decode(PatchDocument.self, from: text)
    }
}

let ada = Person(name: "Ada Example", mail: "ada@example.com")
