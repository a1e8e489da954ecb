import Foundation
import GitProcess
import SuiteTestSupport
import SystemPackage

@testable import Patches

/// A repository with hooks of others in one of the places where git finds hooks.
enum HookShape: String, CaseIterable, Sendable {
    case none
    case files
    case linkIntoWorktree
    case notExecutable
    case folderIsLink
    case folderMissing
    case pathInWorktree
    case pathElsewhere
    case pathFromHome
    case pathWithTilde
    case pathOfWorktree
    case linkedWorktree
    case submodule

    /// Lays the hooks out. Returns the worktree to install from.
    func make(_ repository: TestRepository) async throws -> TestRepository {
        try await repository.commit("one", files: ["file": "1"])
        try await repository.addBareRemote()
        let hooks = ".git/hooks"
        switch self {
        case .none: return repository
        case .folderMissing: try repository.remove(hooks)
        case .files:
            for event in ["pre-push", "post-commit", "post-merge", "post-checkout", "pre-commit"] {
                try repository.write("\(hooks)/\(event)", HookShape.script(event), executable: true)
            }
        case .linkIntoWorktree:
            try repository.write("tools/pre-push", HookShape.script("pre-push"), executable: true)
            try FileManager.default.createSymbolicLink(
                atPath: repository.path + "/\(hooks)/pre-push", withDestinationPath: "../../tools/pre-push")
        case .notExecutable: try repository.write("\(hooks)/pre-push", "#!/bin/sh\nexit 1\n")
        case .folderIsLink:
            try repository.remove(hooks)
            try repository.write("tools/pre-push", HookShape.script("pre-push"), executable: true)
            try FileManager.default.createSymbolicLink(
                atPath: repository.path + "/\(hooks)", withDestinationPath: "../tools")
        case .pathInWorktree:
            try repository.write(".husky/_/pre-push", HookShape.script("pre-push"), executable: true)
            try repository.write(".husky/_/commit-msg", HookShape.script("commit-msg"), executable: true)
            try await repository.git("config", "core.hooksPath", ".husky/_")
        case .pathElsewhere:
            try repository.write("../shared/pre-push", HookShape.script("pre-push"), executable: true)
            try repository.write(
                ".git/config", (repository.read(".git/config") ?? "") + "[Core]\n  HooksPath=../shared ; ours")
        case .pathFromHome:
            try repository.write("../shared/pre-push", HookShape.script("pre-push"), executable: true)
            try await repository.git("config", "--global", "core.hooksPath", repository.scratch.path + "/shared")
        case .pathWithTilde:
            try repository.write("../home/my hooks/pre-push", HookShape.script("pre-push"), executable: true)
            try await repository.git("config", "core.hooksPath", "~/my hooks")
        case .pathOfWorktree:
            try repository.write("own/pre-push", HookShape.script("pre-push"), executable: true)
            try await repository.git("config", "extensions.worktreeConfig", "true")
            try await repository.git("config", "--worktree", "core.hooksPath", "own")
        case .linkedWorktree:
            try repository.write("\(hooks)/pre-push", HookShape.script("pre-push"), executable: true)
            try await repository.git("worktree", "add", "-q", "-b", "side", "../linked")
            return repository.at(repository.scratch.path + "/linked")
        case .submodule:
            try await repository.git("submodule", "--quiet", "add", "../origin.git", "sub")
            try repository.write(".git/modules/sub/hooks/pre-push", HookShape.script("pre-push"), executable: true)
            return repository.at(repository.path + "/sub")
        }
        return repository
    }

    /// Whether a hook of others runs when something is pushed.
    var hasPushHook: Bool { ![.none, .notExecutable, .folderMissing].contains(self) }

    /// Notes its name, arguments and input where a test finds them.
    static func script(_ event: String) -> String {
        """
        #!/bin/sh
        { echo "\(event) $#"; cat; } >> "$GITPATCH_TEST_NOTES"

        """
    }
}

extension TestRepository {
    /// The hooks of this repository, installed for the built helper.
    func hooks(_ scope: HookScope? = nil, program: String = productsDirectory + "/git-patch") async throws -> Hooks {
        let git = GitProgram(directory: FilePath(path), environment: .only(environment))
        let location = try await git.locate()
        return Hooks(scope ?? .repository(location), git: git, program: program)
    }

    /// Every file of the scratch folder but the suite's own records: path, mode and content.
    func everything() throws -> [String: String] {
        var result: [String: String] = [:]
        let items = FileManager.default.enumerator(atPath: scratch.path)
        for case let item as String in items ?? .init() {
            let path = scratch.path + "/" + item
            if item.contains("/gitpatch") || item.contains("/git-patch") || item.contains("/objects") { continue }
            if item.hasSuffix(".git/logs") || item.hasPrefix("home/tmp") { continue }
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            var words = "\(String(status.st_mode, radix: 8))"
            if status.st_mode & S_IFMT == S_IFREG {
                words += " " + (FileManager.default.contents(atPath: path)?.base64EncodedString() ?? "unreadable")
            } else if status.st_mode & S_IFMT == S_IFLNK {
                words += " -> " + (try FileManager.default.destinationOfSymbolicLink(atPath: path))
            }
            result[item] = words
        }
        return result
    }
}
