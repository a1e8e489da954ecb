import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// The kinds of forges the same scenarios run on.
enum Kind: String, CaseIterable, Sendable {
    case github, gitlab, gitea

    func make() -> FakeForge {
        switch self {
        case .github: FakeGitHub()
        case .gitlab: FakeGitLab()
        case .gitea: FakeGitea()
        }
    }
}

/// A fake forge with a repository behind it, and a clone whose `origin` is there.
struct Rig {
    let kind: Kind
    let forge: FakeForge
    let clone: TestRepository
    /// The bare repository.
    let remotePath: String

    static func with(
        _ kind: Kind, policy: String? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: (Rig) async throws -> Void
    ) async throws {
        let forge = kind.make()
        try forge.start()
        defer { forge.server.stop() }
        try await TestRepository.with { repository in
            let clone = repository.with(environment: [
                "GITPATCH_TOKEN": FakeForge.token, "GITPATCH_HTTP_TIMEOUT": "3",
                "XDG_STATE_HOME": repository.scratch.path + "/state",
            ])
            var files = ["a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n9\n"]
            if let policy { files[".gitpatch"] = policy }
            try await clone.commit("first", files: files)
            let rig = Rig(
                kind: kind, forge: forge, clone: clone, remotePath: clone.scratch.path + "/forge/acme/widget.git")
            try await rig.host(rig.remotePath, as: "acme/widget")
            try await clone.git("remote", "add", "origin", "http://\(forge.host)/acme/widget.git")
            try await clone.git("config", "url.\(clone.scratch.path)/forge/.insteadOf", "http://\(forge.host)/")
            try await clone.git("config", "forge.\(forge.host).type", forge.kind)
            if kind == .github {
                try await clone.git("config", "forge.\(forge.host).api", forge.server.address)
            }
            try await clone.git("push", "-q", "-u", "origin", "main")
            try await body(rig)
        }
    }

    /// Makes a bare repository and puts it on the forge.
    func host(_ path: String, as name: String) async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try await clone.git("init", "-q", "--bare", path)
        forge.serve(path, as: name, environment: clone.environment)
    }

    /// Makes a fork, to which patches are pushed from then on; the place of its bare repository.
    @discardableResult
    func fork() async throws -> String {
        let path = clone.scratch.path + "/forge/me/widget.git"
        try await host(path, as: "me/widget")
        try await clone.git("remote", "add", "fork", "http://\(forge.host)/me/widget.git")
        try await clone.git("config", "remote.pushDefault", "fork")
        return path
    }

    /// The clone where git does not reach the repositories of an owner: a place nobody answers at stands for a network that
    /// is down, or a fork that is gone.
    func cutOff(from owner: String = "acme") -> TestRepository {
        clone.with(environment: [
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "url.\(clone.scratch.path)/gone/.insteadOf",
            "GIT_CONFIG_VALUE_0": "http://\(forge.host)/\(owner)/",
        ])
    }

    // MARK: What a user types

    @discardableResult
    func patch(_ arguments: String..., exits code: Int32 = 0) async throws -> CommandResult {
        let result = try await clone.run("git-patch", arguments)
        #expect(result.exitCode == code, "\(result)")
        return result
    }

    @discardableResult
    func automerge(_ arguments: String..., exits code: Int32 = 0) async throws -> CommandResult {
        let result = try await clone.run("git-automerge", arguments)
        #expect(result.exitCode == code, "\(result)")
        return result
    }

    /// A change, made a patch with auto-merge.
    @discardableResult
    func armed(_ title: String = "Fix the greeting", _ more: String..., file: String = "b.txt") async throws
        -> CommandResult
    {
        try clone.write(file, "\(title)\n")
        let result = try await clone.run("git-patch", [title, "--auto-merge", "--require-check", "unit"] + more)
        #expect(result.exitCode == 0, "\(result)")
        return result
    }

    @discardableResult
    func run() async throws -> CommandResult { try await automerge("run", "--once") }

    /// Waits until a resting token may be used again, then runs.
    func runUntil(_ done: () -> Bool, tries: Int = 12) async throws {
        for _ in 0..<tries where !done() {
            _ = try await clone.run("git-automerge", ["run", "--once"])
            if !done() { try await Task.sleep(for: .milliseconds(400)) }
        }
    }

    // MARK: What is so on the forge

    var pulls: [FakeState.Pull] { forge.with { $0.pulls.values.sorted { $0.number < $1.number } } }
    var pull: FakeState.Pull? { pulls.first }
    var merges: Int { forge.with { $0.merges.count } }

    func head(_ branch: String = "patch/fix-the-greeting") async throws -> String {
        try await clone.git("--git-dir", remotePath, "rev-parse", "refs/heads/\(branch)")
    }

    func hasBranch(_ branch: String = "patch/fix-the-greeting") async throws -> Bool {
        try await clone.tryGit(["--git-dir", remotePath, "rev-parse", "--verify", "-q", "refs/heads/\(branch)"])
            .succeeded
    }

    /// Reports a check at the head of the first pull request.
    func report(_ name: String = "unit", _ state: String = "passed", app: Int? = 15, at commit: String? = nil) {
        forge.with { model in
            guard let pull = model.pulls.values.min(by: { $0.number < $1.number }) else { return }
            let head = commit ?? model.head(of: pull.number)
            model.checks.removeAll { $0.name == name && $0.commit == head && $0.app == app }
            model.checks.append(.init(name: name, app: app, state: state, commit: head))
        }
    }

    /// The clone of a colleague, who has made no patch.
    func colleague() async throws -> TestRepository {
        let other = try await clone.clone(remotePath, as: "colleague-\(UUID().uuidString.prefix(6))")
        try await other.git("remote", "set-url", "origin", "http://\(forge.host)/acme/widget.git")
        for line in try await clone.git("config", "--local", "--get-regexp", "^(url|forge)[.]").split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            try await other.git(["config"] + parts)
        }
        return other
    }

    func change(_ body: (inout FakeState.Pull) -> Void) {
        forge.with { model in
            guard let number = model.pulls.keys.min(), var pull = model.pulls[number] else { return }
            body(&pull)
            model.pulls[number] = pull
        }
    }

    /// Somebody else pushes to the branch of the patch.
    func pushByOthers(to branch: String = "patch/fix-the-greeting") async throws {
        let other = try await clone.clone(remotePath, as: "other-\(UUID().uuidString.prefix(6))")
        try await other.git("switch", "-q", branch)
        try await other.commit("by somebody else", files: ["evil.txt": "1\n"])
        try await other.git("push", "-q", "origin", "HEAD")
    }
}
