import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// What happens after a landing: the complete tier on what landed, and the revert of what turned it red.
@Suite struct WatchTests {
    /// `unit` must pass before landing; `after` runs on what landed and is red where `condition` fails.
    private func policy(_ condition: String, extra: String = "") -> String {
        """
        [automerge]
        \trequiredCheck = unit
        \trollback = true
        \(extra)
        [check "unit"]
        \trun = true
        [check "after"]
        \trun = "\(condition)"
        \ttier = complete

        """
    }

    private func json(_ result: CommandResult) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(result.outputBytes)) as? [String: Any], "\(result)")
    }

    private func watch(_ here: Queue) async throws -> WatchDocument {
        let text = try await here.remoteGit("show", "refs/automerge/main/watch:watch.json")
        return try JSONText.decode(WatchDocument.self, from: text)
    }

    @Test func onlyTheCulpritOfABatchIsTakenBackInTheSamePass() async throws {
        try await Queue.with(policy: policy("test ! -f bad.txt")) { here in
            let one = try await here.patch("one", files: ["1.txt": "1\n"])
            let bad = try await here.patch("bad", files: ["bad.txt": "x\n"])
            let three = try await here.patch("three", files: ["3.txt": "3\n"])

            let result = try await here.clone.run("git-automerge", ["run", "--once", "--json"])

            #expect(result.exitCode == 0, "\(result)")
            let document = try json(result)
            #expect((document["landed"] as? [Any])?.count == 1)
            #expect((document["reverted"] as? [Any])?.count == 1)
            let revert = try await here.onRemote("main")
            #expect(try await here.document(bad).state == .ejected)
            #expect(try await here.document(bad).reason == "reverted by \(revert)")
            #expect(try await here.document(one).state == .landed)
            #expect(try await here.document(three).state == .landed)
            #expect(try await here.onRemote("main:bad.txt") == "")
            #expect(try await here.onRemote("main:1.txt") != "")
            #expect(try await here.onRemote("main:3.txt") != "")
            #expect(try await here.onRemote("refs/heads/patch/bad") == bad.commit.hex, "its branch is not back")
            #expect(try await watch(here).outcome == .reverted)
            #expect(try await watch(here).judged.hex == revert)
            let message = try await here.remoteGit("log", "-1", "--format=%B", "main")
            #expect(message.contains("check 'after' failed after it landed"), "\(message)")
            #expect(try await here.clone.run("git-automerge", ["verify"]).exitCode == 0)
            let again = try json(try await here.clone.run("git-automerge", ["run", "--json"]))
            #expect((again["reverted"] as? [Any])?.isEmpty == true)
            #expect(try await here.onRemote("main") == revert)
        }
    }

    @Test func twoCulpritsAreBothFound() async throws {
        try await Queue.with(policy: policy("test ! -f bad1.txt -a ! -f bad3.txt")) { here in
            for number in 0..<5 {
                let name = number % 2 == 1 ? "bad\(number)" : "good\(number)"
                try await here.patch(name, files: ["\(name).txt": "x\n"])
            }
            let result = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(result)["reverted"] as? [Any])?.count == 2, "\(result)")
            let names = try await here.remoteGit("ls-tree", "--name-only", "main").split(separator: "\n")
            #expect(names == [".gitpatch", "a.txt", "good0.txt", "good2.txt", "good4.txt"])
            #expect(try await watch(here).outcome == .reverted)
        }
    }

    @Test func aRedThatIsGreenWhenRunAgainIsAFlakeAndNothingIsTakenBack() async throws {
        let marker = NSTemporaryDirectory() + "flake-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: marker) }
        try await Queue.with(policy: policy("test -f \(marker) || { touch \(marker); false; }")) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let result = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(result)["reverted"] as? [Any])?.isEmpty == true, "\(result)")
            #expect(try await here.document(patch).state == .landed)
            #expect(try await watch(here).outcome == .flaky)
            let log = try await here.clone.run("git-automerge", ["log"])
            #expect(log.output.contains("check 'after' red and then green"), "\(log)")
        }
    }

    @Test func whatWasRedBeforeIsNobodysFault() async throws {
        try await Queue.with(policy: policy("false")) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let result = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(result)["reverted"] as? [Any])?.isEmpty == true, "\(result)")
            #expect(try await here.document(patch).state == .landed)
            #expect(try await watch(here).outcome == .inherited)
        }
    }

    @Test func aNamedPostCheckAloneIsRunAndAnotherCloneGoesOnWithIt() async throws {
        let text = policy("test ! -f bad.txt", extra: "\tpostCheck = after")
        try await Queue.with(policy: text) { here in
            let bad = try await here.patch("bad", files: ["bad.txt": "x\n"])
            let killed = try await here.clone.with(environment: ["GITPATCH_FAULT": "watch.test"])
                .run("git-automerge", ["run"])
            #expect(killed.exitCode == 137, "\(killed)")
            #expect(try await here.document(bad).state == .landed)
            let other = try await here.other("other")
            let next = try await other.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(next)["reverted"] as? [Any])?.count == 1, "\(next)")
            #expect(try await here.document(bad).state == .ejected)
        }
    }

    @Test(arguments: ["watch.revert", "land.intent", "land.pushed", "land.recorded", "watch.write"])
    func aWorkerKilledWhileTakingBackIsCompletedOnce(step: String) async throws {
        try await Queue.with(policy: policy("test ! -f bad.txt")) { here in
            let bad = try await here.patch("bad", files: ["bad.txt": "x\n"])
            // The landing itself passes the steps of `land` once before the revert does.
            let fault = step.hasPrefix("land") ? "\(step):2" : step
            let killed = try await here.clone.with(environment: ["GITPATCH_FAULT": fault])
                .run("git-automerge", ["run"])
            #expect(killed.exitCode == 137, "\(killed)")
            let next = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(next.exitCode == 0, "\(next)")
            #expect(try await here.document(bad).state == .ejected)
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "3")
            #expect(try await here.receipts().count == 2)
            let last = try json(try await here.clone.run("git-automerge", ["run", "--json"]))
            #expect((last["reverted"] as? [Any])?.isEmpty == true)
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "3")
        }
    }

    @Test func tooManyRevertsWithinAnHourStopTheTarget() async throws {
        let text = policy("test ! -f bad.txt", extra: "\trollbackLimit = 1")
        try await Queue.with(policy: text) { here in
            try await here.patch("bad", files: ["bad.txt": "x\n"])
            _ = try await here.clone.run("git-automerge", ["run"])
            #expect(try await watch(here).outcome == .reverted)
            try await here.clone.git("fetch", "-q", "origin")
            try await here.patch("worse", files: ["bad.txt": "y\n"], from: "origin/main")
            let result = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(result)["reverted"] as? [Any])?.isEmpty == true, "\(result)")
            #expect(try await watch(here).outcome == .stuck)
            let status = try await here.clone.run("git-automerge", ["status"])
            #expect(status.output.contains("taken back within an hour"), "\(status)")
        }
    }

    @Test func aCommitPushedPastTheQueueIsNotTakenBackAndIsNamed() async throws {
        try await Queue.with(policy: policy("test ! -f bad.txt")) { here in
            try await here.patch("one", files: ["1.txt": "1\n"])
            _ = try await here.clone.run("git-automerge", ["run"])
            try await here.clone.git("pull", "-q", "origin", "main")
            let foreign = try await here.clone.commit("past the queue", files: ["bad.txt": "x\n"])
            try await here.clone.git("push", "-q", "origin", "main")
            try await here.patch("two", files: ["2.txt": "2\n"])
            let result = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(result)["reverted"] as? [Any])?.isEmpty == true, "\(result)")
            #expect(try await watch(here).outcome == .inherited)
            #expect(try await here.onRemote("main:bad.txt") != "")
            #expect(try await here.onRemote("main~1") == foreign.hex)
        }
    }

    @Test func withoutRollbackNothingIsWatched() async throws {
        let text = policy("test ! -f bad.txt").replacing("rollback = true", with: "rollback = false")
        try await Queue.with(policy: text) { here in
            let bad = try await here.patch("bad", files: ["bad.txt": "x\n"])
            _ = try await here.clone.run("git-automerge", ["run"])
            #expect(try await here.document(bad).state == .landed)
            #expect(try await here.onRemote("refs/automerge/main/watch") == "")
        }
    }

    @Test func theCulpritIsFoundThoughAnotherLandedAfterItBeforeAnyJudgement() async throws {
        try await Queue.with(policy: policy("test ! -f bad.txt")) { here in
            try await here.clone.git("config", "automerge.batch", "1")
            let bad = try await here.patch("bad", files: ["bad.txt": "x\n"])
            let good = try await here.patch("good", files: ["good.txt": "g\n"])
            let result = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(result)["landed"] as? [Any])?.count == 2, "\(result)")
            #expect((try json(result)["reverted"] as? [Any])?.count == 1, "\(result)")
            #expect(try await here.document(bad).state == .ejected)
            #expect(try await here.document(good).state == .landed)
            #expect(try await watch(here).outcome == .reverted)
        }
    }

    @Test func whoAsksForTheWatchTodayDoesNotAskForWhatLandedBefore() async throws {
        let before = policy("test ! -f bad.txt").replacing("rollback = true", with: "rollback = false")
        try await Queue.with(policy: before) { here in
            let bad = try await here.patch("bad", files: ["bad.txt": "x\n"])
            _ = try await here.clone.run("git-automerge", ["run"])
            try await here.patch("watch", files: [".gitpatch": policy("test ! -f bad.txt")])
            let result = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(result)["reverted"] as? [Any])?.isEmpty == true, "\(result)")
            #expect(try await here.document(bad).state == .landed)
            #expect(try await watch(here).outcome == .inherited)
        }
    }

    @Test func aRedTargetThatIsStoppedIsTestedOnceAndMendedAfterTheResume() async throws {
        let runs = NSTemporaryDirectory() + "runs-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: runs) }
        func count() throws -> Int { try String(contentsOfFile: runs, encoding: .utf8).count }
        try await Queue.with(policy: policy("echo >> \(runs); test ! -f bad.txt")) { here in
            let bad = try await here.patch("bad", files: ["bad.txt": "x\n"])
            let killed = try await here.clone.with(environment: ["GITPATCH_FAULT": "watch.test"])
                .run("git-automerge", ["run"])
            #expect(killed.exitCode == 137, "\(killed)")
            #expect(try await here.clone.run("git-automerge", ["stop", "--reason", "tea"]).exitCode == 0)
            let first = try await here.clone.run("git-automerge", ["run"])
            #expect(first.errorOutput.contains("'bad'") && first.errorOutput.contains("resume"), "\(first)")
            let once = try count()
            for _ in 0..<2 { _ = try await here.clone.run("git-automerge", ["run"]) }
            #expect(try count() == once)
            #expect(try await here.document(bad).state == .landed)
            #expect(try await here.clone.run("git-automerge", ["resume"]).exitCode == 0)
            _ = try await here.clone.run("git-automerge", ["run"])
            #expect(try await here.document(bad).state == .ejected)
        }
    }
}
