import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// How other queues failed, one test for each entry of the catalogue; what each says of a queue without a forge.
@Suite struct FailureCatalogueTests {
    private func json(_ result: CommandResult) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(result.outputBytes)) as? [String: Any], "\(result)")
    }

    /// 1. A crash, or one refused push, dropped every batch that was in flight.
    @Test func catalogue1LostWorkOnCrash() async throws {
        try await Queue.with { here in
            var ids: Set<RecordID> = []
            for number in 0..<5 { ids.insert(try await here.patch("p\(number)", files: ["\(number).txt": "x\n"]).id) }
            for step in ["land.test", "land.intent", "land.pushed"] {
                _ = try await here.clone.with(environment: ["GITPATCH_FAULT": step]).run("git-automerge", ["run"])
            }
            let run = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(run.exitCode == 0, "\(run)")
            #expect(Set(try await here.receipts().flatMap(\.members).map(\.patch)) == ids)
        }
    }

    /// 2. One item that can never be built kept everything behind it from landing.
    @Test func catalogue2OnePoisonedItemBlocksTheQueue() async throws {
        try await Queue.with { here in
            let unrelated = try await here.patch("unrelated", files: ["u.txt": "u\n"])
            let good = try await here.patch("good", files: ["g.txt": "g\n"])
            // A head without any common history, and a record nobody can read.
            let orphan = try await here.clone.git("commit-tree", "-m", "orphan", "HEAD^{tree}")
            try await here.clone.git("push", "-q", "-f", "origin", "\(orphan):refs/heads/patch/unrelated")
            let junk = try await here.clone.git("commit-tree", "-m", "junk", "HEAD^{tree}")
            let id = RecordID.make()
            try await here.clone.git("push", "-q", "origin", "\(junk):refs/patches/\(id)")
            let run = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(run.exitCode == 0, "\(run)")
            #expect(try await here.document(good).state == .landed)
            #expect(try await here.document(unrelated).state == .ejected)
            let status = try await here.clone.run("git-automerge", ["status"])
            #expect(status.errorOutput.contains("cannot read patch \(id.short)"), "\(status)")
        }
    }

    /// 3. What was approved was not what landed: the head moved between the look and the approval.
    @Test func catalogue3WrongCommitApproved() async throws {
        let policy = "[automerge]\n\trequiredCheck = unit\n\tapprovals = 1\n[check \"unit\"]\n\trun = true\n"
        try await Queue.with(policy: policy) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let grace = try await Queue.of(
                here.other("grace").clone.with(environment: [
                    "GIT_COMMITTER_NAME": "Grace", "GIT_COMMITTER_EMAIL": "grace@example.com",
                ]), remote: here.remotePath)
            let seen = patch.commit
            try await here.clone.git("switch", "-q", "patch/greet")
            try await here.clone.commit("sneaked in", files: ["evil.txt": "e\n"])
            try await here.clone.git("push", "-q", "origin", "patch/greet")
            guard case .headMoved = try await grace.worker().approve(patch.id, head: seen) else {
                Issue.record("an approval of a head that is gone was taken for the new one")
                return
            }
            let report = try await here.worker().pass()
            #expect(report.landed.isEmpty)
            #expect(report.waiting.first?.reason.contains("0 of 1") == true)
        }
    }

    /// 4. An event was missed, and nobody looked again.
    @Test func catalogue4MissedEvents() async throws {
        try await Queue.with { here in
            // Nobody tells the worker anything: a plain push, a deletion and a landing by hand are seen at the next look.
            let moved = try await here.patch("moved", files: ["m.txt": "m\n"])
            let gone = try await here.patch("gone", files: ["g.txt": "g\n"])
            let byHand = try await here.patch("by-hand", files: ["h.txt": "h\n"])
            let other = try await here.other("other")
            try await other.clone.git("switch", "-q", "patch/moved")
            let head = try await other.clone.commit("more", files: ["more.txt": "m\n"])
            try await other.clone.git("push", "-q", "origin", "patch/moved", ":patch/gone")
            try await other.clone.git("push", "-q", "origin", "\(byHand.commit.hex):refs/heads/main")
            _ = try await here.worker().pass()
            #expect(try await here.document(moved).state == .landed)
            #expect(try await here.receipts()[0].members.map(\.head) == [head])
            #expect(try await here.document(gone).state == .closed)
            #expect(try await here.document(byHand).state == .landed)
        }
    }

    /// 5. An answer that was not there yet was taken for a conflict, or for none.
    @Test func catalogue5UnknownTakenForAnAnswer() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let tip = try await here.onRemote("main")
            // The checks can be neither passed nor failed, because they cannot be run.
            let worker = try await here.worker(judging: { _ in
                CandidateVerdict(outcome: .impossible("no worktree"))
            })
            let report = try await worker.pass()
            #expect(report.landed.isEmpty && report.ejected.isEmpty)
            #expect(report.failures.count == 1)
            // The remote goes away while the candidate is tested.
            let away = here.remotePath + ".away"
            let gone = try await here.worker(judging: { _ in
                try FileManager.default.moveItem(atPath: here.remotePath, toPath: away)
                return CandidateVerdict(outcome: .passed)
            })
            let lost = try await gone.pass()
            #expect(lost.landed.isEmpty && lost.ejected.isEmpty && lost.unreachable != nil)
            try FileManager.default.moveItem(atPath: away, toPath: here.remotePath)
            #expect(try await here.onRemote("main") == tip)
            #expect(try await here.document(patch).state == .armed)
            #expect(try await here.worker().pass().landed.count == 1)
        }
    }

    /// 6. A merge that answered with an error had happened, and was made again and again.
    @Test func catalogue6NonIdempotentMerge() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            // The server takes the push and the answer is lost: the connection ends after the references have moved.
            let hook = here.remotePath + "/hooks/post-receive"
            try "#!/bin/sh\nkill -9 $PPID\n".write(toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            _ = try await here.clone.run("git-automerge", ["run"])
            _ = try await here.clone.run("git-automerge", ["run"])
            try FileManager.default.removeItem(atPath: hook)
            _ = try await here.clone.run("git-automerge", ["run"])
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "2")
            #expect(try await here.receipts().count == 1)
            #expect(try await here.document(patch).state == .landed)
        }
    }

    /// 7. A queue waited for a check that only it would start.
    @Test func catalogue7WaitsForItsOwnCheck() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let explained = try json(try await here.clone.run("git-automerge", ["explain", patch.id.text, "--json"]))
            #expect(explained["canLand"] as? Bool == true, "\(explained)")
            let gates = try #require(explained["gates"] as? [[String: Any]])
            let checks = try #require(gates.first { $0["name"] as? String == "checks" })
            #expect((checks["evidence"] as? String)?.contains("will run on the merged result") == true)
            #expect(try await here.clone.run("git-automerge", ["run"]).exitCode == 0)
            #expect(try await here.document(patch).state == .landed)
        }
    }

    /// 8. Squashed groups on a wrong merge base undid earlier work, all green, and no check compared the content.
    @Test func catalogue8SquashOnAWrongMergeBase() async throws {
        try await Queue.with { here in
            // Forked long ago; since then its target changed in other files and in other lines of the same file.
            let patch = try await here.patch("old", files: ["a.txt": "1\n2\n3\n4\n5\n6\n7\n8\nnine\n"])
            let second = try await here.patch("second", files: ["s.txt": "s\n"])
            for number in 0..<3 {
                let text = "\(number)\n2\n3\n4\n5\n6\n7\n8\n9\n"
                try await here.clone.commit("since \(number)", files: ["since-\(number).txt": "x\n", "a.txt": text])
            }
            try await here.clone.git("push", "-q", "origin", "main")
            _ = try await here.worker().pass()
            #expect(try await here.document(patch).state == .landed)
            #expect(try await here.document(second).state == .landed)
            let names = try await here.remoteGit("ls-tree", "--name-only", "main")
            for number in 0..<3 { #expect(names.contains("since-\(number).txt"), "earlier work is gone") }
            #expect(try await here.remoteGit("show", "main:a.txt") == "2\n2\n3\n4\n5\n6\n7\n8\nnine")
            #expect(try await here.clone.run("git-automerge", ["verify"]).exitCode == 0)
        }
    }

    /// 9. A home-made merger reverted what had landed between its look and its push.
    @Test func catalogue9SelfMergerReverting() async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "hello\n"])
            let other = try await here.other("other")
            var pushes = 0
            let worker = try await here.worker(judging: { _ in
                pushes += 1
                if pushes < 4 {
                    try await other.clone.git("pull", "-q", "origin", "main")
                    try await other.clone.commit("theirs \(pushes)", files: ["theirs-\(pushes).txt": "x\n"])
                    try await other.clone.git("push", "-q", "origin", "main")
                }
                return CandidateVerdict(outcome: .passed)
            })
            _ = try await worker.pass()
            let names = try await here.remoteGit("ls-tree", "--name-only", "main")
            for number in 1...3 { #expect(names.contains("theirs-\(number).txt")) }
            #expect(names.contains("b.txt"))
        }
    }

    /// 10. A gate was green because it had run nothing.
    @Test(arguments: [
        "[check \"unit\"]\n\trun = true\n",
        "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = true\n\tneeds = broken\n[check \"broken\"]\n\trun = false\n",
        "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = sleep 20\n\ttimeout = 1\n",
    ])
    func catalogue10GreenGateThatRanNothing(policy: String) async throws {
        try await Queue.with(policy: policy) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let tip = try await here.onRemote("main")
            _ = try await here.clone.run("git-automerge", ["run"])
            #expect(try await here.onRemote("main") == tip)
            #expect(try await here.document(patch).state != .landed)
        }
    }

    /// 10. What `path` leaves out of a push is not left out of a landing.
    @Test func catalogue10PathFilteredRequiredCheckRuns() async throws {
        let policy =
            "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = test ! -f b.txt\n\tpath = Sources/**\n"
        try await Queue.with(policy: policy) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            _ = try await here.clone.run("git-automerge", ["run"])
            #expect(try await here.document(patch).state == .ejected)
        }
    }
}
