import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// A clone and where its patches land: a plain remote, or a repository on a forge.
struct Place {
    enum Kind: String, CaseIterable, Sendable {
        case plain, github, gitlab, gitea

        /// The forge; `nil` where there is none.
        var forge: ForgeTests.Kind? { ForgeTests.Kind(rawValue: rawValue) }
    }

    let kind: Kind
    let clone: TestRepository
    /// The bare repository.
    let remotePath: String
    /// `nil` on a plain remote.
    let rig: Rig?
    /// The file that holds the tree for which the check passes; read on a plain remote only, where checks are run.
    private let verdict: String

    private static let branch = "patch/fix-the-greeting"

    static func with(
        _ kind: Kind, isolation: isolated (any Actor)? = #isolation, _ body: (Place) async throws -> Void
    ) async throws {
        guard let forge = kind.forge else {
            return try await TestRepository.with { clone in
                let (path, verdict) = (clone.scratch.path + "/remote.git", clone.scratch.path + "/verdict")
                try await clone.commit("first", files: ["a.txt": "1\n", ".gitpatch": policy(verdict)])
                try await clone.git("init", "-q", "--bare", path)
                try await clone.git("remote", "add", "origin", path)
                try await clone.git("push", "-q", "-u", "origin", "main")
                try await body(Place(kind: kind, clone: clone, remotePath: path, rig: nil, verdict: verdict))
            }
        }
        try await Rig.with(forge, policy: policy("/nowhere")) { rig in
            try await body(
                Place(kind: kind, clone: rig.clone, remotePath: rig.remotePath, rig: rig, verdict: "/nowhere"))
        }
    }

    private static func policy(_ verdict: String) -> String {
        """
        [automerge]
        \trequiredCheck = unit
        [check "unit"]
        \trun = test "$(cat '\(verdict)')" = "$(git rev-parse HEAD^{tree})"

        """
    }

    // MARK: What a user types

    @discardableResult
    func automerge(_ arguments: String...) async throws -> CommandResult {
        let result = try await clone.run("git-automerge", arguments)
        #expect(result.exitCode == 0, "\(result)")
        return result
    }

    /// A change, made a patch with auto-merge.
    func arm(_ options: [String] = []) async throws {
        try clone.write("b.txt", "1\n")
        let made = try await clone.run("git-patch", ["Fix the greeting", "--auto-merge"] + options)
        #expect(made.exitCode == 0, "\(made)")
    }

    // MARK: What others do

    /// The check passes at the head of the patch.
    func pass() async throws {
        if let rig { return rig.report() }
        let tree = try await clone.git("--git-dir", remotePath, "rev-parse", "\(Place.branch)^{tree}")
        try Data(tree.utf8).write(to: URL(fileURLWithPath: verdict))
    }

    /// Somebody who may write approves the head.
    func approve() async throws {
        if let rig {
            let head = try await rig.head()
            return rig.change { $0.reviews = [.init(by: "bob", state: "APPROVED", commit: head, mayPush: true)] }
        }
        let other = try await clone.clone(remotePath, as: "bob")
        try await other.git("config", "user.name", "Bob")
        try await other.git("config", "user.email", "bob@example.com")
        let approved = try await other.run("git-automerge", ["approve", Place.branch])
        #expect(approved.exitCode == 0, "\(approved)")
    }

    func endDraft() async throws {
        if let rig { return rig.change { $0.isDraft = false } }
        try await automerge("enable")
    }

    /// It is closed there, or its branch deleted.
    func withdraw() async throws {
        if let rig { return rig.change { $0.state = "closed" } }
        try await clone.git("--git-dir", remotePath, "update-ref", "-d", "refs/heads/\(Place.branch)")
    }

    // MARK: What is so

    /// How many commits the target has more than at first.
    func landings() async throws -> Int {
        let count = try await clone.git("--git-dir", remotePath, "rev-list", "--first-parent", "--count", "main")
        return (Int(count) ?? 0) - 1
    }

    func hasBranch() async throws -> Bool {
        try await clone.tryGit(["--git-dir", remotePath, "rev-parse", "--verify", "-q", "refs/heads/\(Place.branch)"])
            .succeeded
    }

    /// The state of the patch as this clone knows it.
    func state() async throws -> String? {
        let listed = try await clone.run("git-patch", ["list", "--all", "--json"])
        let json = try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [String: Any]
        return (json?["patches"] as? [[String: Any]])?.first?["state"] as? String
    }
}
