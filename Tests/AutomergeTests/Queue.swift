import Automerge
import Foundation
import GitProcess
import GitValues
import PlainRemote
import Settings
import Store
import SuiteTestSupport
import SystemPackage
import Testing

/// A bare remote with a target that requires one check, and clones that work on it.
struct Queue {
    let clone: TestRepository
    let remotePath: String
    let git: GitProgram
    let location: RepositoryLocation

    static let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = true\n"
    static let ada = Person(name: "Ada Example", mail: "ada@example.com")

    /// Runs a body with a repository whose `main` is on a bare remote.
    ///
    /// - Parameter url: whether the remote is named by a `file://` URL instead of a path.
    static func with(
        policy: String = Queue.policy, url: Bool = false, isolation: isolated (any Actor)? = #isolation,
        _ body: (Queue) async throws -> Void
    ) async throws {
        try await TestRepository.with { clone in
            try await clone.commit("first", files: ["a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n9\n", ".gitpatch": policy])
            let path = try await clone.addBareRemote()
            if url { try await clone.git("remote", "set-url", "origin", "file://" + path) }
            try await body(try await Queue.of(clone, remote: path))
        }
    }

    static func of(_ clone: TestRepository, remote: String) async throws -> Queue {
        let git = GitProgram(directory: FilePath(clone.path), environment: .only(clone.environment))
        return Queue(clone: clone, remotePath: remote, git: git, location: try await git.locate())
    }

    /// Another clone of the same remote.
    func other(_ name: String) async throws -> Queue {
        try await Queue.of(try await clone.clone(remotePath, as: name), remote: remotePath)
    }

    /// Another clone that has nothing but what the names of the remote reach.
    func freshClone(_ name: String) async throws -> Queue {
        try await Queue.of(try await clone.clone("file://" + remotePath, as: name), remote: remotePath)
    }

    var remote: PlainRemote {
        PlainRemote(
            connection: RemoteConnection(name: "origin", git: git),
            objects: RepositoryObjects(location: location, git: git))
    }

    /// A worker of this clone for which every tree is green.
    func worker(
        clock: @escaping () -> Timestamp = { .now() }, report: @escaping (WorkerEvent) -> Void = { _ in }
    ) async throws -> Worker {
        let settings = try await Settings.load(git: git, committed: nil)
        return Worker(
            remote: remote, git: git, location: location, settings: settings,
            store: try Store.open(directory: location.storeDirectory), clock: clock, report: report
        ) { candidate in
            let verdicts = candidate.required.map {
                Receipt.Verdict(check: $0, tree: candidate.tree, state: "passed", duration: nil)
            }
            return CandidateVerdict(outcome: .passed, verdicts: verdicts)
        }
    }

    /// A worker of this clone that judges by the closure.
    func worker(judging test: @escaping CandidateTester) async throws -> Worker {
        let settings = try await Settings.load(git: git, committed: nil)
        return Worker(
            remote: remote, git: git, location: location, settings: settings,
            store: try Store.open(directory: location.storeDirectory), test: test)
    }

    /// Commits on a new branch from `start`, delivers the patch armed, and goes back to where it was.
    @discardableResult
    func patch(
        _ name: String, files: [String: String], from start: String = "main", commits: Int = 1,
        options: QueueOptions = QueueOptions(autoMerge: true), target: String = "main", on below: RecordID? = nil
    ) async throws -> PatchRecord {
        let base = try await clone.id(start)
        try await clone.git("switch", "-q", "-c", "patch/\(name)", start)
        for number in 1..<max(commits, 1) {
            try await clone.commit("\(name) \(number)", files: ["\(name)-\(number).txt": "\(number)\n"])
        }
        let commit = try await clone.commit(name, files: files)
        let tree = try await clone.id("HEAD^{tree}")
        try await clone.git("switch", "-q", "-")
        let patch = PatchRecord(
            id: .make(), title: name, branch: "patch/\(name)", base: base, target: target, remote: "origin",
            commit: commit, tree: tree, engine: .library, state: .queued, stackedOn: below, created: .now(),
            updated: .now())
        let store = try Store.open(directory: location.storeDirectory)
        try store.save(patch)
        try Delivery.enqueue(create: patch, author: Queue.ada, options: options, operation: .make(), in: store)
        let requests = try await Delivery.drain(store: store, git: git, location: location)
        #expect(requests.allSatisfy { $0.state == .done }, "\(requests.compactMap(\.reason))")
        return patch
    }

    /// What a revision of the bare remote names; empty when there is none.
    func onRemote(_ revision: String) async throws -> String {
        try await clone.tryGit(["--git-dir", remotePath, "rev-parse", "--verify", "--quiet", revision]).trimmed
    }

    /// Runs git in the bare remote.
    func remoteGit(_ arguments: String...) async throws -> String {
        try await clone.git(["--git-dir", remotePath] + arguments)
    }

    func document(_ patch: PatchRecord) async throws -> PatchDocument {
        let text = try await remoteGit("show", "refs/patches/\(patch.id):patch.json")
        return try JSONText.decode(PatchDocument.self, from: text)
    }

    func receipts(_ target: String = "main") async throws -> [Receipt] {
        var receipts: [Receipt] = []
        let commits = try await clone.tryGit(["--git-dir", remotePath, "rev-list", "refs/automerge/\(target)/receipts"])
        for commit in commits.trimmed.split(separator: "\n") {
            let text = try await remoteGit("show", "\(commit):receipt.json")
            receipts.append(try JSONText.decode(Receipt.self, from: text))
        }
        return receipts
    }
}

extension Queue {
    /// Puts another text of a patch's record on the remote, as another program might have written it.
    func rewriteRecord(of patch: PatchRecord, _ change: (String) -> String) async throws {
        let name = "refs/patches/\(patch.id)"
        let tip = try await onRemote(name)
        let text = try await remoteGit("show", "\(tip):patch.json")
        #expect(change(text) != text)
        let git = ["--git-dir", remotePath]
        let blob = try await clone.git(git + ["hash-object", "-w", "--stdin"], input: change(text))
        let tree = try await clone.git(git + ["mktree"], input: "100644 blob \(blob)\tpatch.json\n")
        let commit = try await clone.git(git + ["commit-tree", "-p", tip, "-m", "another version", tree])
        _ = try await remoteGit("update-ref", name, commit)
    }

    /// Gives the bare remote an update hook; `$1` is the reference, `$2` the old value and `$3` the new one.
    func hook(_ body: String) throws {
        let path = remotePath + "/hooks/update"
        try "#!/bin/sh\n\(body)\nexit 0\n".write(toFile: path, atomically: true, encoding: .utf8)
        try makeExecutable(path)
    }

    /// Puts another text of the newest receipt of `main` in its place.
    func forgeReceipt(_ change: (String) -> String) async throws {
        let name = "refs/automerge/main/receipts"
        let tip = try await onRemote(name)
        let text = try await remoteGit("show", "\(tip):receipt.json")
        #expect(change(text) != text)
        let git = ["--git-dir", remotePath]
        let heads = try await onRemote("\(tip):heads")  // Reverts have none.
        let blob = try await clone.git(git + ["hash-object", "-w", "--stdin"], input: change(text))
        let tree = try await clone.git(
            git + ["mktree"],
            input: "100644 blob \(blob)\treceipt.json\n" + (heads.isEmpty ? "" : "040000 tree \(heads)\theads\n"))
        let commit = try await clone.git(git + ["commit-tree", "-m", "forged", tree])
        _ = try await remoteGit("update-ref", name, commit)
    }
}
