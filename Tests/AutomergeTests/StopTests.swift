import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// A stop stops what it says, and says what it does not reach.
@Suite struct StopTests {
    private func stop(_ queue: Queue, _ arguments: String...) async throws -> CommandResult {
        try await queue.clone.run("git-automerge", ["stop", "--reason", "fire drill"] + arguments)
    }

    @Test func aStopOfEverythingCountsForTargetsToCome() async throws {
        try await Queue.with { here in
            try await here.clone.git("push", "-q", "origin", "main:release")
            #expect(try await stop(here, "--target", "release").exitCode == 0)
            let everything = try await stop(here, "--json")
            #expect(everything.exitCode == 0 && everything.output.contains("\"all\":true"), "\(everything)")
            let patch = try await here.patch("greet", files: ["b.txt": "b\n"])
            try await here.clone.git("push", "-q", "origin", "main:later")
            try await here.patch("late", files: ["l.txt": "l\n"], target: "later")

            let other = try await here.other("other")
            #expect(try await other.worker().pass().landed.isEmpty)
            let status = try await other.clone.run("git-automerge", ["status"])
            #expect(status.output.contains("stopped every target"), "\(status)")
            let one = try await here.clone.run("git-automerge", ["resume", "--target", "main"])
            #expect(one.exitCode == 1, "\(one)")
            #expect(try await here.document(patch).state == .armed)

            #expect(try await here.clone.run("git-automerge", ["resume"]).exitCode == 0)
            #expect(try await other.worker().pass().landed.count == 2)
        }
    }

    /// Whoever looks is told that the remote does not know of it yet, and what tells it.
    @Test func aStopThatWaitsForTheRemoteIsShown() async throws {
        try await Queue.with { here in
            let remote = try await here.clone.git("config", "remote.origin.url")
            try FileManager.default.moveItem(atPath: remote, toPath: remote + ".away")
            #expect(try await stop(here, "--all").exitCode == 0)
            try FileManager.default.moveItem(atPath: remote + ".away", toPath: remote)
            let status = try await here.clone.run("git-patch", ["status"])
            #expect(status.output.contains("next: git automerge deliver"), "\(status)")
            let resume = try await here.clone.run("git-patch", ["resume"])
            #expect(resume.errorOutput.contains("git automerge deliver"), "\(resume)")
            let delivered = try await here.clone.run("git-automerge", ["deliver"])
            #expect(delivered.exitCode == 0 && delivered.errorOutput.contains("is there now"), "\(delivered)")
            #expect(!delivered.errorOutput.contains("nothing waits"), "\(delivered)")
            let after = try await here.clone.run("git-patch", ["status"])
            #expect(!after.output.contains("git automerge deliver"), "\(after)")
            #expect(try await here.clone.git("--git-dir", remote, "for-each-ref", "refs/automerge") != "")
        }
    }

    @Test(arguments: [true, false])
    func aStopOfEverythingBeatsALandingUnderWay(isFirst: Bool) async throws {
        try await Queue.with { here in
            let other = try await here.other("other")
            if !isFirst {
                #expect(try await stop(other).exitCode == 0)
                #expect(try await other.clone.run("git-automerge", ["resume"]).exitCode == 0)
            }
            try await here.patch("greet", files: ["b.txt": "b\n"])
            let base = try await here.onRemote("main")
            let worker = try await here.worker(judging: { _ in
                let stopped = try await stop(other)
                #expect(stopped.exitCode == 0)
                return CandidateVerdict(outcome: .passed)
            })
            #expect(try await worker.pass().landed.isEmpty)
            #expect(try await here.onRemote("main") == base)
        }
    }

    @Test func theHighestFenceCanBeStoppedResumedAndLandedOn() async throws {
        try await Queue.with { here in
            func epoch() async throws -> EpochDocument {
                try JSONText.decode(
                    EpochDocument.self, from: try await here.remoteGit("show", "refs/automerge/main/epoch:epoch.json"))
            }
            try await here.patch("first", files: ["1.txt": "1\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            let name = "refs/automerge/main/epoch"
            let text = try JSONText.encode(EpochDocument(counter: .max))
            let git = ["--git-dir", here.remotePath]
            let blob = try await here.clone.git(git + ["hash-object", "-w", "--stdin"], input: text)
            let tree = try await here.clone.git(git + ["mktree"], input: "100644 blob \(blob)\tepoch.json\n")
            let commit = try await here.clone.git(git + ["commit-tree", "-p", name, "-m", "highest", tree])
            _ = try await here.remoteGit("update-ref", name, commit)

            let patch = try await here.patch("second", files: ["2.txt": "2\n"])
            #expect(try await stop(here).exitCode == 0)
            #expect(try await here.worker().pass().landed.isEmpty)
            #expect(try await epoch().stopped != nil)
            #expect(try await here.clone.run("git-automerge", ["resume"]).exitCode == 0)
            #expect(try await here.worker().pass().landed.flatMap(\.members).map(\.patch) == [patch.id])
            #expect(try await epoch() == EpochDocument(counter: .max))
        }
    }

    @Test func anEmptyQueueThatIsStoppedSaysSo() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "b\n"])
            #expect(try await here.worker().pass().landed.map(\.members.first?.patch) == [patch.id])
            #expect(try await stop(here, "--target", "main").exitCode == 0)
            let run = try await here.clone.run("git-automerge", ["run", "--once"])
            #expect(run.errorOutput.contains("nothing waits to land\n'main' is stopped by "), "\(run)")
            #expect(run.errorOutput.contains("fire drill"))
        }
    }

    @Test func aTargetThatIsNotThereIsNamedAndNothingIsStopped() async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "b\n"])
            let typo = try await stop(here, "--target", "mian")
            #expect(typo.exitCode == 1 && typo.errorOutput.contains("'mian'"), "\(typo)")
            #expect(typo.errorOutput.contains("main"))
            let resume = try await here.clone.run("git-automerge", ["resume", "--target", "nosuch", "--json"])
            #expect(resume.exitCode == 1 && resume.errorOutput.contains("'nosuch'"), "\(resume)")
            let open = try await here.clone.run("git-automerge", ["resume", "--target", "main"])
            #expect(open.exitCode == 0 && open.output.contains("'main' is not stopped"), "\(open)")
            #expect(try await here.worker().pass().landed.count == 1)
        }
    }

    @Test func aFreshCloneStopsOfflineAndTellsTheRemoteLater() async throws {
        try await Queue.with { here in
            let fresh = try await here.other("fresh")
            try await here.patch("greet", files: ["b.txt": "b\n"])
            let away = here.remotePath + ".away"
            try FileManager.default.moveItem(atPath: here.remotePath, toPath: away)
            let unknown = try await fresh.clone.run("git-automerge", ["resume"])
            #expect(unknown.exitCode == 1 && unknown.errorOutput.contains("out of reach"), "\(unknown)")
            let stopped = try await stop(fresh, "--json")
            #expect(stopped.exitCode == 0 && stopped.output.contains("\"queued\""), "\(stopped)")
            #expect(try await fresh.clone.run("git-automerge", ["status"]).output.contains("fire drill"))
            // Taken back before the remote knew: nothing is left to tell it.
            #expect(try await fresh.clone.run("git-automerge", ["resume"]).exitCode == 0)
            #expect(try await stop(fresh).exitCode == 0)
            try FileManager.default.moveItem(atPath: away, toPath: here.remotePath)

            #expect(try await fresh.worker().pass().landed.isEmpty)
            #expect(try await here.worker().pass().landed.isEmpty)
            let status = try await here.clone.run("git-automerge", ["status"])
            #expect(status.output.contains("fire drill"), "\(status)")
        }
    }

    /// What a remote is named by, and why the stop made there waits.
    @Test(arguments: ["a name", "a path"], [true, false])
    func aStopThatStillWaitsIsToldAndDelivered(by kind: String, isRefused: Bool) async throws {
        try await Queue.with { here in
            let other = try await here.clone.addBareRemote("other", push: false)
            let hook = other + "/hooks/update"
            let refuse = "#!/bin/sh\ncase $1 in refs/automerge/*) echo no stops; exit 1;; esac\n"
            let away = other + ".away"
            if isRefused {
                try refuse.write(toFile: hook, atomically: true, encoding: .utf8)
                try makeExecutable(hook)
            } else {
                try FileManager.default.moveItem(atPath: other, toPath: away)
            }
            let stopped = try await stop(here, "--remote", kind == "a path" ? other : "other")
            #expect(stopped.output.contains("here only"), "\(stopped)")
            let waits = try await here.clone.run("git-automerge", ["deliver"])
            #expect(waits.exitCode == (isRefused ? 1 : 75), "\(waits)")
            #expect(!"\(waits.output)\(waits.errorOutput)".contains("nothing waits"), "\(waits)")
            if isRefused {
                try FileManager.default.removeItem(atPath: hook)
            } else {
                try FileManager.default.moveItem(atPath: away, toPath: other)
            }
            let told = try await here.clone.run("git-automerge", ["deliver"])
            #expect(told.exitCode == 0, "\(told)")
            let fence = try await here.clone.git("--git-dir", other, "for-each-ref", "refs/automerge/-/epoch")
            #expect(fence != "", "\(told)")
        }
    }

    @Test func aResumeThatWaitedDoesNotLiftTheStopOfSomebodyElse() async throws {
        try await Queue.with { here in
            let fresh = try await here.other("fresh")
            try await here.patch("greet", files: ["b.txt": "b\n"])
            #expect(try await stop(fresh, "--target", "main").exitCode == 0)
            let away = here.remotePath + ".away"
            try FileManager.default.moveItem(atPath: here.remotePath, toPath: away)
            let queued = try await fresh.clone.run("git-automerge", ["resume", "--target", "main"])
            #expect(queued.exitCode == 0, "\(queued)")
            try FileManager.default.moveItem(atPath: away, toPath: here.remotePath)
            // Somebody resumes and stops again, for another reason, before this clone is back.
            #expect(try await here.clone.run("git-automerge", ["resume", "--target", "main"]).exitCode == 0)
            let fire = ["stop", "--target", "main", "--reason", "a real fire"]
            #expect(try await here.clone.run("git-automerge", fire).exitCode == 0)

            let run = try await fresh.clone.run("git-automerge", ["run", "--once"])
            #expect(run.exitCode == 0 && "\(run.output)\(run.errorOutput)".contains("stays stopped"), "\(run)")
            #expect(try await here.onRemote("main:b.txt") == "")
            let status = try await here.clone.run("git-automerge", ["status"])
            #expect(status.output.contains("a real fire"), "\(status)")
            // Said once, not with every pass.
            let again = try await fresh.clone.run("git-automerge", ["run", "--once"])
            #expect(!"\(again.output)\(again.errorOutput)".contains("stays stopped"), "\(again)")
        }
    }

    @Test func aStopTheServerRefusesHoldsHereAndSaysSo() async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "b\n"])
            let hook = here.remotePath + "/hooks/update"
            try "#!/bin/sh\ncase $1 in refs/automerge/*) echo no stops; exit 1;; esac\n".write(
                toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            let refused = try await stop(here)
            #expect(refused.exitCode == 1, "\(refused)")
            #expect(refused.errorOutput.contains("no stops") && refused.output.contains("here only"), "\(refused)")
            let run = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(run.exitCode == 0 && run.output.contains("fire drill"), "\(run)")
            #expect(try await here.onRemote("main:b.txt") == "")
            #expect(try await here.clone.run("git-automerge", ["resume"]).exitCode == 0)
            try FileManager.default.removeItem(atPath: hook)
            #expect(try await here.worker().pass().landed.count == 1)
        }
    }
}

/// What the store of a clone keeps of a remote that was named by a URL.
@Suite struct SecretTests {
    @Test(arguments: ["http://ada:s3cret@127.0.0.1:1/x.git", "http://s3cret@127.0.0.1:1/x.git"])
    func noPasswordOfAURLIsWrittenDown(url: String) async throws {
        try await Queue.with { here in
            let stop = try await here.clone.run(
                "git-automerge", ["stop", "--reason", "fire drill", "--target", "main", "--remote", url])
            #expect(stop.exitCode == 0 && !"\(stop.output)\(stop.errorOutput)".contains("s3cret"), "\(stop)")
            let status = try await here.clone.run("git-automerge", ["status", "--remote", url])
            #expect(status.output.contains("fire drill"), "\(status)")
            let found = try await runCommand(
                "grep", ["-r", "-l", "s3cret", "."], in: here.location.commonDirectory,
                environment: here.clone.environment)
            #expect(found.output == "", "\(found)")
        }
    }

    @Test(arguments: [
        ("origin", "origin"), ("https://u:p@h/x", "https://h/x"), ("https://t@h:8/@a/x", "https://h:8/@a/x"),
        ("ssh://git:p@h/x", "ssh://git@h/x"), ("ssh://git@h/x", "ssh://git@h/x"), ("git@h:x/@y", "git@h:x/@y"),
        ("https://h/@a/x", "https://h/@a/x"), ("https://u:p@x@h/x", "https://h/x"),
    ])
    func theStoredNameIsTheAddressWithoutSecrets(name: String, stored: String) async throws {
        try await Queue.with { here in
            #expect(RemoteConnection(name: name, git: here.git).storedName == stored)
        }
    }
}
