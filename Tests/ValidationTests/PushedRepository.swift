import Foundation
import SuiteTestSupport

/// A repository with a bare remote, whose pre-push hook is `git validate hook pre-push`.
enum PushedRepository {
    /// Runs a body with a repository whose first commit holds the checks and the files.
    static func with(
        _ checks: String, files: [String: String] = [:], initArguments: [String] = [],
        environment: [String: String] = [:], _ body: (TestRepository) async throws -> Void
    ) async throws {
        try await TestRepository.with(initArguments: initArguments) { plain in
            let repository = plain.with(
                environment: environment.merging(["GITPATCH_LOAD_LIMIT": "0"]) { given, _ in given })
            try await repository.commit("one", files: files.merging([".gitpatch": checks]) { $1 })
            let remote = repository.scratch.path + "/origin.git"
            try await repository.git(["init", "-q", "--bare"] + initArguments + [remote])
            try await repository.git("remote", "add", "origin", remote)
            let hook = repository.path + "/.git/hooks/pre-push"
            let script = "#!/bin/sh\nexec '\(productsDirectory)/git-validate' hook pre-push \"$@\"\n"
            try script.write(toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            try await body(repository)
        }
    }
}
