import Foundation
import SuiteTestSupport
import Testing

/// A repository with a remote, and what its `.gitpatch` says of releases.
struct ReleaseFixture {
    let repository: TestRepository
    let remote: String

    /// A version file and a changelog.
    static let files = "[release]\n    versionFile = version.txt\n    changelog = CHANGELOG.md\n"
    static let changelog = "# Changes\n\n## Unreleased\n\n### Added\n\n- greetings\n"

    /// Runs a body where `1.1.0` is tagged and one commit was made since.
    static func with(
        _ policy: String = ReleaseFixture.files, changelog: String = ReleaseFixture.changelog,
        _ body: (ReleaseFixture) async throws -> Void
    ) async throws {
        try await TestRepository.with { repository in
            try await repository.commit(
                "first", files: ["version.txt": "1.1.0\n", "CHANGELOG.md": changelog, ".gitpatch": policy])
            try await repository.git("tag", "-a", "-m", "old", "v1.1.0")
            let remote = try await repository.addBareRemote()
            try await repository.git("push", "-q", "origin", "v1.1.0")
            let fixture = ReleaseFixture(repository: repository, remote: remote)
            try await fixture.land("second")
            try await body(fixture)
        }
    }

    /// Brings a commit to the remote's `main`, as somebody who needs no queue.
    func land(_ message: String, files: [String: String] = [:]) async throws {
        try await repository.commit(message, files: files)
        try await repository.git("push", "-q", "origin", "main")
    }

    /// Merges the patch of a release at the remote.
    func landRelease(_ slug: String = "1-2-0") async throws {
        try await repository.git("merge", "-q", "--ff-only", "patch/release-\(slug)")
        try await repository.git("push", "-q", "origin", "main")
    }

    /// Releases, also where no check is defined.
    func release(_ arguments: String...) async throws -> CommandResult {
        try await repository.run("git-patch", ["release", "--no-verify"] + arguments)
    }

    /// What the remote's tag is; empty when it has none.
    func remoteTag(_ name: String = "v1.2.0", _ format: String = "%(objectname)") async throws -> String {
        try await repository.git("--git-dir", remote, "for-each-ref", "--format=\(format)", "refs/tags/\(name)")
    }

    func localTag(_ name: String = "v1.2.0", _ format: String = "%(objectname)") async throws -> String {
        try await repository.git("for-each-ref", "--format=\(format)", "refs/tags/\(name)")
    }
}
