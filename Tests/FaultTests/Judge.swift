import Foundation
import GitValues
import SuiteTestSupport

/// Looks at a repository after a command was killed or refused, with git and the file system as witnesses.
struct Judge {
    let repository: TestRepository
    let outcome: Probe.Outcome
    /// What a complete run leaves.
    let whole: String

    /// Something that must not be.
    struct Finding: Error, CustomStringConvertible {
        var description: String
    }

    func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
        if !condition { throw Finding(description: "\(text())\nafter \(outcome.command)") }
    }

    /// The next command recovers, or says what to type; then everything is as before or complete, and can be undone.
    func local(_ before: RepositoryState, hasRemote: Bool) async throws -> KillSweep.End {
        let next = try await repository.patch("status")
        try require([0, 1].contains(next.exitCode), "\(next)")
        try await soundness(saying: next)
        let log = try await repository.mustPatch("log", "--json").output
        try require(!log.contains("\"running\""), "an operation is still running: \(log)")
        let after = try await RepositoryState.read(repository)
        let isBack = after.withoutTracking == before.withoutTracking
        if !isBack {
            try require(after.shape == whole || hasRemote, "half done:\n\(after.shape)\nexpected:\n\(whole)\n\(next)")
        }
        if hasRemote { try await remoteFollows(isBack: isBack) }
        if isBack { return .back }
        try await repository.mustUndoNewest()
        let undone = try await RepositoryState.read(repository)
        try require(
            undone.withoutTracking == before.withoutTracking,
            "undo gives something else:\n\(undone.shape)\nexpected:\n\(before.shape)")
        return .forward
    }

    /// The next pass completes a landing exactly once, whatever the last one came to.
    func landing() async throws -> KillSweep.End {
        let remote = repository.at(repository.scratch.path + "/origin.git")
        let target = try await remote.git("rev-list", "--count", "main")
        let receipts = try await remote.tryGit(["rev-list", "--count", "refs/automerge/main/receipts"])
        try require(
            (target == "2") == (receipts.trimmed == "1"), "target and receipts disagree: \(target), \(receipts)")
        let next = try await repository.run("git-automerge", ["run", "--once"])
        try require(next.succeeded, "\(next)")
        try await soundness(saying: next)
        try require(try await remote.git("rev-list", "--count", "main") == "2", "not landed once: \(next)")
        let record = try await remote.git("for-each-ref", "--format=%(refname)", "refs/patches")
        let states = try await remote.git("log", "--format=%s", record)
        try require(states.hasPrefix("landed: "), "the record says \(states)")
        let count = try await remote.git("rev-list", "--count", "refs/automerge/main/receipts")
        try require(count == "1", "\(count) receipts")
        let audit = try await repository.run("git-automerge", ["verify"])
        try require(audit.succeeded, "\(audit)")
        return target == "2" ? .forward : .back
    }

    /// Branch and record of a combination are there or not, and asking once more never makes a second one; it lands once.
    func consolidation() async throws -> KillSweep.End {
        let remote = repository.at(repository.scratch.path + "/origin.git")
        func count(_ pattern: String) async throws -> Int {
            try await remote.git("for-each-ref", "--format=%(refname)", pattern).split(separator: "\n").count
        }
        let combined = "refs/heads/patch/combined-*"
        let before = try await count(combined)
        try require(try await count("refs/patches") == 2 + before, "half a combination is on the remote")
        let next = try await repository.run("git-automerge", ["consolidate", "--auto-merge"])
        try require(next.exitCode == (before == 0 ? 0 : 1), "\(next)")
        try await soundness(saying: next)
        let made = try await count(combined)
        try require(made == 1, "\(made) combinations: \(next)")
        let run = try await repository.run("git-automerge", ["run", "--once"])
        try require(run.succeeded, "\(run)")
        try await soundness(saying: run)
        let names = try await remote.git("ls-tree", "--name-only", "main").split(separator: "\n")
        try require(Set(names).isSuperset(of: ["one", "two"]), "\(names)\n\(run)")
        let open = try await count("refs/heads/patch/*")
        try require(open == 0, "branches are left: \(run)")
        let audit = try await repository.run("git-automerge", ["verify"])
        try require(audit.succeeded, "\(audit)")
        return before == 0 ? .back : .forward
    }

    /// No lock, no damage, in the repository and beside it.
    private func soundness(saying next: CommandResult) async throws {
        let remote = repository.scratch.path + "/origin.git"
        let there = FileManager.default.fileExists(atPath: remote) ? repository.at(remote) : nil
        let left = try await locksLeft(beside: there)
        try require(left.isEmpty, "left behind: \(left)\n\(next)")
        try await consistency(of: repository, "the repository")
        guard let there else { return }
        try await consistency(of: there, "the remote")
    }

    /// The locks that stay: those of a delivery that goes on behind a command come and go, and what nobody holds goes with
    /// the next command, as soon as no git process of the killed tree winds up any more.
    private func locksLeft(beside there: TestRepository?) async throws -> [String] {
        func seen() async throws -> Set<String> {
            Set(try await repository.locks() + (there?.locks() ?? []).map { "\($0) on the remote" })
        }
        var left = try await seen()
        for look in 1...28 where !left.isEmpty {
            if look.isMultiple(of: 8) { _ = try await repository.patch("status") }
            try await Task.sleep(for: .milliseconds(250))
            left.formIntersection(try await seen())
        }
        return left.sorted()
    }

    /// All that is reachable is there and whole.
    ///
    /// A killed `unpack-objects` or `receive-pack` of git leaves a commit whose parents did not arrive, which nothing refers
    /// to: fsck names them missing, and the next transfer brings them.
    private func consistency(of place: TestRepository, _ name: String) async throws {
        let check = try await place.tryGit(["fsck", "--full", "--strict"])
        if check.succeeded { return }
        let lines = (check.output + check.errorOutput).split(separator: "\n")
        let isUnreachable = lines.allSatisfy { $0.hasPrefix("dangling ") || $0.hasPrefix("missing ") }
        let reachable = try await place.tryGit(["rev-list", "--objects", "--all", "--reflog", "--quiet"])
        try require(isUnreachable && reachable.succeeded, "\(name) is damaged: \(check)\(reachable)")
    }

    /// What the operation asks of the remote arrives there once, when it is complete, and not at all otherwise.
    private func remoteFollows(isBack: Bool) async throws {
        let resumed = try await repository.mustPatch("resume")
        let remote = repository.at(repository.scratch.path + "/origin.git")
        let local = try await repository.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/patch")
        let there = try await remote.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/patch")
        try require(there == local, "the remote has\n\(there)\nand not\n\(local)\n\(resumed)")
        let records = try await remote.git("for-each-ref", "--format=%(refname)", "refs/patches")
        try require(
            records.split(separator: "\n").count == local.split(separator: "\n").count, "records there: \(records)")
        for record in records.split(separator: "\n") {
            let format = "--format=%(trailers:key=Request,valueonly)"
            let keys = try await remote.git("log", format, String(record)).split(whereSeparator: \.isNewline)
            try require(Set(keys).count == keys.count, "a request was recorded twice: \(keys)")
        }
        try await soundness(saying: resumed)
    }
}

extension RepositoryState {
    /// Without what a push or fetch leaves of the remote.
    var withoutTracking: RepositoryState {
        var copy = self
        copy.references.removeAll { $0.hasPrefix("refs/remotes/") }
        return copy
    }
}
