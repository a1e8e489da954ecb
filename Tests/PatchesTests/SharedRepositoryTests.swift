import Foundation
import SuiteTestSupport
import Testing

/// `core.sharedRepository`: what is made in the git directory has the modes that git gives what it makes there.
struct SharedRepositoryTests {
    /// The modes of all folders and files in a git directory, by path.
    private static func modes(in directory: String) -> [String: mode_t] {
        var modes: [String: mode_t] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: directory) ?? .init() {
            var status = stat()
            if lstat(directory + "/" + name, &status) == 0 { modes[name] = status.st_mode }
        }
        return modes
    }

    /// Runs a command with an umask of its own.
    private static func run(_ repository: TestRepository, _ umask: String, _ command: String) async throws {
        let result = try await repository.run("sh", ["-e", "-c", "umask \(umask)\n" + command])
        guard result.succeeded else { throw UnexpectedExit(result: result) }
    }

    @Test(arguments: ["group", "all", "0640", "0660", "umask"], ["077", "022"])
    func whatIsMadeHasTheModesThatGitGives(kind: String, umask: String) async throws {
        try await TestRepository.with(initArguments: ["--shared=\(kind)"]) { repository in
            let policy = "[check \"unit\"]\n\trun = true\n[automerge]\n\trequiredCheck = unit\n"
            try await repository.commit("first", files: ["a": "a\n", ".gitpatch": policy])
            let remote = try await repository.addBareRemote()
            try await repository.git("--git-dir", remote, "config", "core.sharedRepository", kind)
            // What git makes by itself tells what is right.
            let oracle = repository.scratch.path + "/oracle"
            try await SharedRepositoryTests.run(
                repository, umask,
                """
                git init -q --shared=\(kind) '\(oracle)' && cd '\(oracle)'
                git commit -q --allow-empty -m one && git branch some/thing
                """)
            let git = SharedRepositoryTests.modes(in: oracle + "/.git")
            let folder = try #require(git["refs/heads/some"])
            let file = try #require(git["refs/heads/some/thing"])
            let object = try #require(git.first { $0.key.hasPrefix("objects/") && $0.key.utf8.count == 49 }?.value)
            let before = SharedRepositoryTests.modes(in: repository.path + "/.git")
            try await SharedRepositoryTests.run(
                repository, umask,
                """
                echo b > a && git patch 'Change a' --auto-merge
                git validate
                git automerge run
                git switch -q main && echo c > a
                git patch snapshot
                git patch 'Change it again' --return
                git patch undo
                git automerge stop --reason 'fire drill' && git automerge resume
                """)
            // Those git makes for itself, and the user's own files.
            let others = ["COMMIT_EDITMSG", "FETCH_HEAD", "ORIG_HEAD", "index"]
            var seen = 0
            for (name, mode) in SharedRepositoryTests.modes(in: repository.path + "/.git") where before[name] == nil {
                let parts = name.split(separator: "/")
                if others.contains(name) || name.hasPrefix("gitpatch/worktrees/") && parts.count > 3 { continue }
                if name.hasPrefix("gitpatch/ops/"), parts.count == 5, parts[3] == "before" { continue }
                // A second name of the index.
                if parts.last == "index.before" { continue }
                if parts.starts(with: ["worktrees"]) || parts.last == ".git" { continue }
                seen += 1
                let isFolder = mode & S_IFMT == S_IFDIR
                let expected = isFolder ? folder : mode & 0o200 == 0 ? object : file
                #expect(mode == expected, "\(name) has \(String(mode, radix: 8)), git \(String(expected, radix: 8))")
            }
            #expect(seen > 60, "\(seen)")
            let store = SharedRepositoryTests.modes(in: repository.path + "/.git/gitpatch")
            for name in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "lock", "ops"] {
                #expect(store[name] != nil, "\(name)")
            }
        }
    }
}
