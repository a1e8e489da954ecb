import GitProcess
import GitValues
import Synchronization
import SystemPackage

/// `git` as pool operations run it: bound to one worktree by name, so that nothing in it can lead git elsewhere;
/// without the user's hooks, monitors and index tricks; and ended with us when we are killed.
struct PoolGit: Sendable {
    private let directory: FilePath
    private let environment: [String: String]
    private let guardian: ProcessGuard

    private static let settings = [
        "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false", "core.splitIndex=false",
        "core.sparseCheckout=false", "index.sparse=false", "core.ignoreStat=false", "core.checkStat=default",
        "core.trustCtime=true", "core.preloadIndex=true", "core.logAllRefUpdates=false", "submodule.recurse=false",
        "gc.auto=0", "maintenance.auto=false", "clean.requireForce=true",
    ]

    /// For one worktree and our index of it.
    init(path: String, admin: String, indexPath: String, guardian: ProcessGuard) {
        self.init(
            directory: path, guardian: guardian,
            variables: ["GIT_DIR": admin, "GIT_WORK_TREE": path, "GIT_INDEX_FILE": indexPath])
    }

    /// For the repository the pool belongs to.
    init(repository: RepositoryLocation, guardian: ProcessGuard) {
        self.init(
            directory: repository.commonDirectory, guardian: guardian,
            variables: ["GIT_DIR": repository.commonDirectory])
    }

    private init(directory: String, guardian: ProcessGuard, variables: [String: String]) {
        self.directory = FilePath(directory)
        self.guardian = guardian
        var environment = ProcessEnvironment.all.filter { name, _ in
            !ChildEnvironment.repositoryVariables.contains(name) && !ChildEnvironment.pathspecVariables.contains(name)
        }
        for name in ["LC_ALL", "LANGUAGE"] { environment[name] = nil }
        environment.merge(variables) { $1 }
        environment["LC_MESSAGES"] = "C"
        environment["GITPATCH_CHILD"] = "validate"
        self.environment = environment
    }

    /// Runs git and returns standard output and error.
    ///
    /// - Throws: `GitProcessError` when it does not succeed.
    @discardableResult
    func run(_ arguments: [String]) async throws -> [UInt8] {
        let words = ["git"] + Self.settings.flatMap { ["-c", $0] } + arguments
        let output = Mutex<[UInt8]>([])
        let command = ShellCommand(words: words, in: directory, environment: environment)
        let outcome = try await command.run(under: guardian) { bytes in output.withLock { $0 += bytes } }
        let bytes = output.withLock { $0 }
        if outcome.ending == .cancelled { throw CancellationError() }
        guard outcome.ending == .exited(0) else {
            let text = String(decoding: bytes, as: UTF8.self).split(separator: "\n").last.map(String.init)
            throw GitProcessError(
                code: .failed, operation: "git \(arguments.first ?? "")", message: text ?? "no message")
        }
        return bytes
    }

    /// Removes everything that our index does not know, repositories inside included, except the kept folders.
    func clean(keeping kept: [String]) async throws {
        let patterns = kept.flatMap { ["-e", PoolGit.pattern($0)] }
        do {
            try await run(["clean", "-ffdxq"] + patterns)
        } catch let error as GitProcessError where error.code == .failed {
            // A folder without write permission stops git, not us.
            Files.unlockFolders(in: directory.string)
            try await run(["clean", "-ffdxq"] + patterns)
        }
    }

    /// An exclude pattern that matches exactly one path from the top.
    private static func pattern(_ path: String) -> String {
        var pattern = "/"
        for character in path {
            if "\\*?[]!# ".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern
    }
}
