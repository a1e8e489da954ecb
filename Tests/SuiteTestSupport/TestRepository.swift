import Foundation
package import GitValues
import Synchronization

/// A real repository in a scratch folder, worked on with real git in a hermetic environment.
package final class TestRepository: Sendable {
    /// The scratch folder: this repository, its remotes, its other clones and the home folder lie in it.
    package let scratch: Scratch
    /// The top of the worktree.
    package let path: String
    /// The environment of every child.
    package let environment: [String: String]
    private let clock: Mutex<Int>

    private init(scratch: Scratch, path: String, environment: [String: String]) {
        self.scratch = scratch
        self.path = path
        self.environment = environment
        self.clock = Mutex(1_700_000_000)
    }

    /// Runs a body with a new repository on branch `main` without a commit.
    package static func with<Result>(
        initArguments: [String] = [], isolation: isolated (any Actor)? = #isolation,
        _ body: (TestRepository) async throws -> Result
    ) async throws -> Result {
        try await Scratch.with { scratch in
            let home = try scratch.makeDirectory("home")
            try makeHome(at: home)
            let path = try scratch.makeDirectory("work")
            let repository = TestRepository(scratch: scratch, path: path, environment: hermeticEnvironment(home: home))
            try await repository.git(["init", "-q"] + initArguments)
            return try await body(repository)
        }
    }

    /// The same scratch folder, seen from another worktree or clone.
    package func at(_ path: String) -> TestRepository {
        TestRepository(scratch: scratch, path: path, environment: environment)
    }

    /// The same repository with variables added to the environment of its children.
    package func with(environment extra: [String: String]) -> TestRepository {
        TestRepository(scratch: scratch, path: path, environment: environment.merging(extra) { $1 })
    }

    /// Runs git; a non-zero exit fails the test. Returns standard output without white space around it.
    @discardableResult
    package func git(_ arguments: String...) async throws -> String { try await git(arguments) }

    /// Runs git; a non-zero exit fails the test. Returns standard output without white space around it.
    @discardableResult
    package func git(_ arguments: [String], input: String = "") async throws -> String {
        let result = try await tryGit(arguments, input: input)
        guard result.succeeded else { throw UnexpectedExit(result: result) }
        return result.trimmed
    }

    /// Runs git and returns how it ended.
    package func tryGit(_ arguments: [String], input: String = "") async throws -> CommandResult {
        try await runCommand("git", arguments, in: path, environment: environment, input: Array(input.utf8))
    }

    /// Runs one of our executables (or any program) in the worktree.
    package func run(_ program: String, _ arguments: [String], input: String = "") async throws -> CommandResult {
        let built = productsDirectory + "/" + program
        let executable = FileManager.default.isExecutableFile(atPath: built) ? built : program
        return try await runCommand(executable, arguments, in: path, environment: environment, input: Array(input.utf8))
    }

    /// Writes a file, creating its folders. The path is relative to the worktree.
    package func write(_ file: String, _ content: String, executable: Bool = false) throws {
        try write(file, bytes: Array(content.utf8), executable: executable)
    }

    /// Writes a file, creating its folders. The path is relative to the worktree.
    package func write(_ file: String, bytes: [UInt8], executable: Bool = false) throws {
        let url = URL(fileURLWithPath: path + "/" + file)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        if executable { try makeExecutable(url.path) }
    }

    /// Reads a file as text; `nil` when it is not there.
    package func read(_ file: String) -> String? {
        FileManager.default.contents(atPath: path + "/" + file).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether something is at the path, a broken link included.
    package func exists(_ file: String) -> Bool {
        var status = stat()
        return lstat(path + "/" + file, &status) == 0
    }

    /// Removes a file or a folder.
    package func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: path + "/" + file) }

    /// Writes files, adds everything and commits at the next second of the test's clock. Returns the commit.
    @discardableResult
    package func commit(_ message: String, files: [String: String] = [:]) async throws -> ObjectID {
        for (file, content) in files { try write(file, content) }
        let date = clock.withLock { time -> String in
            time += 60
            return "\(time) +0000"
        }
        let dated = with(environment: ["GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date])
        try await dated.git("add", "-A")
        try await dated.git("commit", "-q", "--allow-empty", "--no-verify", "-m", message)
        return try await id("HEAD")
    }

    /// The object a revision names; fails the test when there is none.
    package func id(_ revision: String) async throws -> ObjectID {
        let text = try await git("rev-parse", "--verify", "--end-of-options", revision)
        guard let id = ObjectID(hex: text) else { throw BadObjectID(text: text) }
        return id
    }

    /// Makes a bare repository beside this one, adds it as a remote and pushes the current branch when there is one.
    @discardableResult
    package func addBareRemote(_ name: String = "origin", push: Bool = true) async throws -> String {
        let remote = scratch.path + "/" + name + ".git"
        try await git("init", "-q", "--bare", remote)
        try await git("remote", "add", name, remote)
        if push, try await tryGit(["rev-parse", "-q", "--verify", "HEAD"]).succeeded {
            try await git("push", "-q", "-u", name, "HEAD")
            try await git("remote", "set-head", name, "--auto")
        }
        return remote
    }

    /// Clones a repository into the scratch folder.
    package func clone(_ source: String, as name: String) async throws -> TestRepository {
        try await git("clone", "-q", source, scratch.path + "/" + name)
        return at(scratch.path + "/" + name)
    }
}

/// Text of git that should have been an object id.
package struct BadObjectID: Error {
    package let text: String
}
