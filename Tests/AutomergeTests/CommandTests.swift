import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// The commands as they are typed: exit codes, JSON, refusals.
@Suite struct CommandTests {
    private func json(_ result: CommandResult) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(result.outputBytes)) as? [String: Any], "\(result)")
    }

    @Test(arguments: [
        "[check \"unit\"]\n\trun = true\n",
        "[automerge]\n\trequiredCheck = gone\n[check \"unit\"]\n\trun = true\n",
        "[automerge]\n\trequiredChek = unit\n[check \"unit\"]\n\trun = true\n",
    ])
    func nothingLandsWhereTheTargetsChecksAreNotDefined(policy: String) async throws {
        try await Queue.with(policy: policy) { here in
            try await here.patch("greet", files: ["b.txt": "hello\n"])
            let tip = try await here.onRemote("main")
            let result = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(result.exitCode == 78, "\(result)")
            let document = try json(result)
            #expect((document["landed"] as? [Any])?.isEmpty == true)
            #expect((document["waiting"] as? [Any])?.count == 1)
            #expect((document["errors"] as? [Any])?.isEmpty == false)
            #expect(try await here.onRemote("main") == tip)
        }
    }

    @Test func aPatchIsJudgedByTheTargetsChecksNeverByItsOwn() async throws {
        let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = test ! -f bad.txt\n"
        try await Queue.with(policy: policy) { here in
            let sly = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = true\n"
            let patch = try await here.patch("sly", files: ["bad.txt": "x\n", ".gitpatch": sly])
            let result = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(result.exitCode == 0, "\(result)")
            #expect(try await here.document(patch).state == .ejected)
            #expect(try await here.onRemote("main:bad.txt") == "")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aPassThatIsInterruptedPrintsOneObject(_ number: Int32) async throws {
        try await Queue.with { here in
            let begun = here.clone.path + "/../begun"
            let policy =
                "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = \"touch \(begun); sleep 20\"\n"
            try await here.clone.commit("policy", files: [".gitpatch": policy])
            try await here.clone.git("push", "-q", "origin", "main")
            try await here.patch("greet", files: ["b.txt": "hello\n"])
            let child = try ChildProcess(
                "/bin/sh", ["-c", "cd '\(here.clone.path)' && exec git-automerge run --once --json >../out"],
                environment: here.clone.environment)
            defer { child.end() }
            while child.isRunning, !here.clone.exists("../begun") { try await Task.sleep(for: .milliseconds(20)) }
            kill(child.pid, number)
            #expect(child.wait() == 128 + number)
            let lines = try #require(here.clone.read("../out")).split(separator: "\n")
            #expect(lines.count == 1, "\(lines)")
            let answer = try #require(
                try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
            #expect((answer["errors"] as? [[String: Any]])?.first?["code"] as? String == "interrupted")
            // Absent where the pass came to no report.
            #expect((answer["landed"] as? [Any])?.isEmpty != false)
        }
    }

    @Test func aSecondWorkerOfTheCloneIsToldToTryAgain() async throws {
        try await Queue.with { here in
            _ = try Store.open(directory: here.location.storeDirectory)
            guard let lock = try Worker.lock(here.location) else {
                Issue.record("nobody else works in this clone, and its lock is not to be had")
                return
            }
            let result = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(result.exitCode == 75, "\(result)")
            #expect(try json(result)["errors"] != nil)
            _ = consume lock
            #expect(try await here.clone.run("git-automerge", ["run"]).exitCode == 0)
        }
    }

    @Test func anApprovalOpensTheGateForItsHeadOnlyAndNeverFromTheAuthor() async throws {
        let policy = "[automerge]\n\trequiredCheck = unit\n\tapprovals = 1\n[check \"unit\"]\n\trun = true\n"
        try await Queue.with(policy: policy) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let own = try await here.clone.run("git-automerge", ["approve", patch.id.text])
            #expect(own.exitCode == 1, "\(own)")
            let grace = try await here.other("grace").clone.with(environment: [
                "GIT_COMMITTER_NAME": "Grace", "GIT_COMMITTER_EMAIL": "grace@example.com",
            ])
            #expect(try await grace.run("git-automerge", ["approve", String(patch.id.text.prefix(6))]).exitCode == 0)
            // A new head: the approval was for the old one.
            try await here.clone.git("switch", "-q", "patch/greet")
            try await here.clone.commit("more", files: ["more.txt": "m\n"])
            try await here.clone.git("push", "-q", "origin", "patch/greet")
            let waiting = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(waiting.output.contains("0 of 1"), "\(waiting)")
            #expect(try await here.onRemote("main:b.txt") == "")
            #expect(try await grace.run("git-automerge", ["approve", "patch/greet"]).exitCode == 0)
            let landed = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(landed)["landed"] as? [Any])?.count == 1, "\(landed)")
            let message = try await here.remoteGit("log", "-1", "--format=%B", "main")
            #expect(message.contains("Reviewed-by: Grace <grace@example.com>"))
        }
    }

    @Test func whatTheQueueDidIsInTheLogWithItsOpposite() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            for arguments in [
                ["stop", "--reason", "fire drill"], ["resume"], ["disable", patch.id.text], ["enable", patch.id.text],
                ["run", "--once"], ["rollback", patch.id.text],
            ] {
                let result = try await here.clone.run("git-automerge", arguments)
                #expect(result.succeeded, "\(result)")
            }
            let log = try await here.clone.run("git-patch", ["log"])
            let commands = log.output.matches(of: /automerge [a-z]+/).map { String($0.output) }
            #expect(
                commands == ["rollback", "run", "enable", "disable", "resume", "stop"].map { "automerge " + $0 },
                "\(log)")
            #expect(log.output.contains("fire drill") && log.output.contains("landed 'greet' on 'main' as"))
            let landing = try #require(log.output.firstMatch(of: /(?m)^([0-9a-f]+).*automerge run/)).1
            let undo = try await here.clone.run("git-patch", ["undo", String(landing)])
            #expect(undo.exitCode == 1 && undo.errorOutput.contains("git automerge rollback"), "\(undo)")
        }
    }

    @Test func whoPushedAPartOfAPatchDoesNotApproveIt() async throws {
        let policy = "[automerge]\n\trequiredCheck = unit\n\tapprovals = 1\n[check \"unit\"]\n\trun = true\n"
        try await Queue.with(policy: policy) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let grace = try await here.other("grace").clone.with(environment: [
                "GIT_COMMITTER_NAME": "Grace", "GIT_COMMITTER_EMAIL": "grace@example.com",
                "GIT_AUTHOR_NAME": "Grace", "GIT_AUTHOR_EMAIL": "grace@example.com",
            ])
            try await grace.git("switch", "-q", "patch/greet")
            try await grace.commit("more", files: ["more.txt": "m\n"])
            try await grace.git("push", "-q", "origin", "patch/greet")
            let own = try await grace.run("git-automerge", ["approve", patch.id.text])
            #expect(own.exitCode == 1 && own.errorOutput.contains("part"), "\(own)")
            let run = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(run.output.contains("0 of 1"), "\(run)")
        }
    }

    @Test func theDelayStartsAnewWithANewHeadAndDraftsWait() async throws {
        try await Queue.with { here in
            let options = QueueOptions(autoMerge: true, delay: TimeSpan(seconds: 100))
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"], options: options)
            let draft = try await here.patch(
                "draft", files: ["d.txt": "d\n"], options: .init(autoMerge: true, draft: true))
            let start = Timestamp.now()
            let early = try await here.worker(clock: { start.adding(seconds: 50) }).pass()
            #expect(early.landed.isEmpty)
            try await here.clone.git("switch", "-q", "patch/greet")
            try await here.clone.commit("more", files: ["more.txt": "m\n"])
            try await here.clone.git("push", "-q", "origin", "patch/greet")
            let anew = try await here.worker(clock: { start.adding(seconds: 140) }).pass()
            #expect(anew.landed.isEmpty, "the delay did not start anew")
            let late = try await here.worker(clock: { start.adding(seconds: 241) }).pass()
            #expect(late.landed.flatMap(\.members).map(\.patch) == [patch.id])
            #expect(late.waiting.map(\.patch) == [draft.id])
        }
    }

    @Test func enableTakesADraftBackAndSaysSo() async throws {
        try await Queue.with { here in
            let draft = try await here.patch(
                "draft", files: ["d.txt": "d\n"], options: .init(autoMerge: true, draft: true))
            #expect(try await here.worker().pass().waiting.first?.reason.contains("enable") == true)
            let result = try await here.clone.run("git-automerge", ["enable", draft.id.text])
            #expect(result.exitCode == 0 && result.output.contains("no draft any more"), "\(result)")
            #expect(try await here.worker().pass().landed.count == 1)
        }
    }

    @Test func offlineEverythingIsQueuedSaidAndDeliveredLater() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            try FileManager.default.moveItem(atPath: here.remotePath, toPath: here.remotePath + ".away")
            let run = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(run.exitCode == 69, "\(run)")
            let stop = try await here.clone.run("git-automerge", ["stop", "--reason", "power cut", "--json"])
            #expect(stop.exitCode == 0, "\(stop)")
            #expect(try json(stop)["outcome"] as? String == "queued")
            let disable = try await here.clone.run("git-automerge", ["disable", patch.id.text, "--json"])
            #expect(disable.exitCode == 0 && disable.output.contains("queued"), "\(disable)")
            let status = try await here.clone.run("git-automerge", ["status", "--json"])
            #expect(status.exitCode == 0 && status.output.contains("power cut"), "\(status)")

            try FileManager.default.moveItem(atPath: here.remotePath + ".away", toPath: here.remotePath)
            let deliver = try await here.clone.run("git-automerge", ["deliver", "--json"])
            #expect(deliver.exitCode == 0, "\(deliver)")
            #expect(try await here.document(patch).state == .queued)
            let epoch = try await here.remoteGit("show", "refs/automerge/main/epoch:epoch.json")
            #expect(epoch.contains("power cut"))
        }
    }

    @Test func statusAndLogTellOneJSONObjectEach() async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "hello\n"])
            let status = try json(try await here.clone.run("git-automerge", ["status", "--json"]))
            #expect(status["version"] as? Int == 1)
            #expect(status.keys.contains("stopped"))
            let queue = try #require(status["queue"] as? [[String: Any]])
            #expect(queue.count == 1)
            #expect(queue[0]["position"] as? Int == 1)
            #expect((queue[0]["gates"] as? [Any])?.isEmpty == false)
            #expect(try await here.clone.run("git-automerge", ["run", "-q"]).exitCode == 0)
            let log = try json(try await here.clone.run("git-automerge", ["log", "--json"]))
            let events = try #require(log["events"] as? [[String: Any]])
            #expect(events.last?["kind"] as? String == "landed")
        }
    }

    @Test func aFileStopsTheWorkerOfTheClone() async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "hello\n"])
            let path = here.location.storeDirectory + "/STOP"
            try "".write(toFile: path, atomically: true, encoding: .utf8)
            let stopped = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(stopped)["landed"] as? [Any])?.isEmpty == true)
            try FileManager.default.removeItem(atPath: path)
            let landed = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect((try json(landed)["landed"] as? [Any])?.count == 1, "\(landed)")
        }
    }
}
