import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// What follows a landing for people: texts, signatures, notes, notifications, the service.
@Suite struct AfterLandingTests {
    @Test func aTemplateShapesTheCommitAndTrailersFollow() async throws {
        let policy = """
            [automerge]
            \trequiredCheck = unit
            \tsquashMessage = "{title} [{branch}]\\n\\n{body}\\n\\n{unknown} by {author}"
            \tmergeMessage = "Land {title} on {target}"
            [check "unit"]
            \trun = true

            """
        try await Queue.with(policy: policy) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"], commits: 2)
            let merged = try await here.patch(
                "merged", files: ["m.txt": "m\n"], options: .init(autoMerge: true, method: .merge))
            _ = try await here.worker().pass()
            let texts = try await here.remoteGit("log", "--first-parent", "-2", "--format=%B", "main")
            #expect(texts.contains("greet [patch/greet]\n\n* greet 1\n* greet\n\n{unknown} by Ada Example"), "\(texts)")
            #expect(texts.contains("Land merged on main\n\nPatch: \(merged.id)"), "\(texts)")
            #expect(texts.contains("\n\nPatch: \(patch.id)"), "\(texts)")
            let note = try await here.remoteGit("log", "-1", "--format=%B", "refs/patches/\(patch.id)")
            #expect(note.contains("Landed on 'main' as"), "\(note)")
        }
    }

    @Test func landedCommitsAreSignedWhereGitSigns() async throws {
        try await Queue.with { here in
            let key = here.clone.scratch.path + "/key"
            let made = try await here.clone.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key])
            guard made.succeeded else { return }
            try await here.clone.git("config", "gpg.format", "ssh")
            try await here.clone.git("config", "user.signingKey", key)
            try await here.clone.git("config", "commit.gpgSign", "true")
            for (name, method) in [("s", LandingMethod.squash), ("m", .merge), ("r", .rebase)] {
                let files = ["\(name).txt": "x\n"]
                try await here.patch(name, files: files, options: .init(autoMerge: true, method: method))
            }
            let report = try await here.worker().pass()
            #expect(report.landed.flatMap(\.members).count == 3)
            let line = try await here.remoteGit("rev-list", "--first-parent", "main~3..main")
            for commit in line.split(separator: "\n") {
                let text = try await here.remoteGit("cat-file", "commit", String(commit))
                #expect(text.contains("gpgsig -----BEGIN SSH SIGNATURE-----"), "\(text)")
            }
            try await here.patch("unsigned", files: ["u.txt": "u\n"])
            try await here.clone.git("config", "gpg.ssh.program", "false")
            let tip = try await here.onRemote("main")
            let run = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(run.exitCode == 69 && run.output.contains("signing-failed"), "\(run)")
            #expect(try await here.onRemote("main") == tip)
        }
    }

    @Test func aCommandGetsEachEventAndABrokenOneHoldsNothingUp() async throws {
        try await Queue.with { here in
            let seen = here.clone.scratch.path + "/seen"
            try await here.clone.git("config", "--add", "automerge.notify", "cat >> '\(seen)'")
            try await here.clone.git("config", "--add", "automerge.notify", "echo broken >&2; exit 3")
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let run = try await here.clone.run("git-automerge", ["run"])
            #expect(run.exitCode == 0, "\(run)")
            #expect(run.errorOutput.contains("it ended with 3: broken"), "\(run)")
            _ = try await here.clone.run("git-automerge", ["stop", "--reason", "fire drill"])
            let text = try String(contentsOfFile: seen, encoding: .utf8)
            let events = try text.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(events.map { $0["event"] as? String } == ["landed", "stop"])
            #expect(events[0]["patches"] as? [String] == [patch.id.text])
            #expect(events[0]["version"] as? Int == 1)
            #expect((events[1]["text"] as? String)?.contains("fire drill") == true)
        }
    }

    @Test func aWebhookGetsTheEventAndACommittedFileMayNotNameOne() async throws {
        try await LoopbackServer.with({ _ in .answer(204) }) { server in
            try await Queue.with { here in
                try await here.clone.git("config", "automerge.notify", server.address + "/hook")
                try await here.patch("greet", files: ["b.txt": "hello\n"])
                let run = try await here.clone.run("git-automerge", ["run"])
                #expect(run.exitCode == 0 && !run.errorOutput.contains("cannot notify"), "\(run)")
                let body = server.requests.map(\.text)
                #expect(body.count == 1 && body[0].contains("\"event\":\"landed\""), "\(body)")
            }
        }
        try await Queue.with(policy: Queue.policy + "[automerge]\n\tnotify = touch /tmp/never\n") { here in
            try await here.patch("greet", files: ["b.txt": "hello\n"])
            let run = try await here.clone.run("git-automerge", ["run"])
            #expect(run.exitCode == 78, "\(run)")
        }
    }

    @Test(arguments: [true, false])
    func aCloneInWhichOnlyTheWorkerWorksIsTidiedUpAsGitWould(isWanted: Bool) async throws {
        try await Queue.with { here in
            let files = (0..<900).map { ("many/\($0).txt", "content \($0)\n") }
            try await here.clone.commit("many", files: Dictionary(uniqueKeysWithValues: files))
            try await here.clone.git("config", "maintenance.auto", "true")
            try await here.clone.git("config", "gc.autoDetach", "false")
            try await here.clone.git("config", "gc.auto", isWanted ? "100" : "0")
            func loose() async throws -> Int {
                Int(try await here.clone.git("count-objects").split(separator: " ").first ?? "") ?? -1
            }
            #expect(try await loose() > 900)
            #expect(try await here.clone.run("git-automerge", ["run"]).exitCode == 0)
            let left = try await loose()
            #expect((left < 100) == isWanted, "\(left) loose objects")
        }
    }

    @Test func theServiceIsPrintedInstalledAndRemoved() async throws {
        try await Queue.with { here in
            let home = here.clone.scratch.path + "/home % of \"Ada\""
            let clone = here.clone.with(environment: ["HOME": home, "XDG_CONFIG_HOME": home + "/.config"])
            let printed = try await clone.run("git-automerge", ["service", "install", "--print", "--jobs", "2"])
            #expect(printed.exitCode == 0, "\(printed)")
            #expect(printed.output.contains("run\" \"--watch\" \"--jobs\" \"2\""), "\(printed)")
            #expect(!FileManager.default.fileExists(atPath: home))
            let installed = try await clone.run("git-automerge", ["service", "install", "--json"])
            #expect(installed.exitCode == 0, "\(installed)")
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(installed.outputBytes)) as? [String: Any])
            let path = try #require(document["path"] as? String)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == document["text"] as? String)
            let removed = try await clone.run("git-automerge", ["service", "uninstall"])
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(!FileManager.default.fileExists(atPath: path))
            let again = try await clone.run("git-automerge", ["service", "uninstall"])
            #expect(again.exitCode == 0 && again.output.contains("no service"), "\(again)")
        }
    }

    @Test func aUnitForLaunchdIsWellFormed() async throws {
        try await Queue.with { here in
            let unit = ServiceUnit(
                kind: .launchd, program: "/opt/a & b/git-automerge", arguments: ["--jobs", "2"], location: here.location
            )
            let data = Data(unit.text.utf8)
            let plist = try PropertyListSerialization.propertyList(from: data, format: nil) as? [String: Any]
            #expect(
                plist?["ProgramArguments"] as? [String]
                    == ["/opt/a & b/git-automerge", "run", "--watch", "--jobs", "2"])
        }
    }
}
