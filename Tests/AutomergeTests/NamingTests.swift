import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// Whatever stands in the way is named, with what to type next.
@Suite struct NamingTests {
    @Test(arguments: [0, 7200.0])
    func theLongerOfTheTwoDelaysCounts(asked: Double) async throws {
        let policy = "[automerge]\n\tdelay = 1h\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = true\n"
        try await Queue.with(policy: policy) { here in
            let options = QueueOptions(autoMerge: true, delay: TimeSpan(seconds: asked))
            try await here.patch("greet", files: ["b.txt": "b\n"], options: options)
            let start = Timestamp.now()
            let longer = max(3600, asked)
            let early = try await here.worker(clock: { start.adding(seconds: longer - 60) }).pass()
            #expect(early.landed.isEmpty, "the patch took its own delay")
            let late = try await here.worker(clock: { start.adding(seconds: longer + 60) }).pass()
            #expect(late.landed.count == 1)
        }
    }

    @Test func aRecordOfANewerVersionIsWarnedOfByName() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "b\n"])
            try await here.rewriteRecord(of: patch) { $0.replacing("\"version\" : 1", with: "\"version\" : 99") }
            for command in [["run"], ["status"]] {
                let text = try await here.clone.run("git-automerge", command)
                #expect(text.exitCode == 0, "\(text)")
                #expect(text.errorOutput.contains(patch.id.short) && text.errorOutput.contains("'greet'"), "\(text)")
                let json = try await here.clone.run("git-automerge", command + ["--json"])
                #expect(json.output.contains("\"unreadable\""), "\(json)")
            }
        }
    }

    @Test func aLandedPatchIsRolledBackByItsBranch() async throws {
        try await Queue.with { here in
            let base = try await here.onRemote("main^{tree}")
            try await here.patch("greet", files: ["b.txt": "b\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            // In another clone, which has not seen what landed either.
            let other = try await here.other("other")
            try await here.patch("more", files: ["c.txt": "c\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            let result = try await other.clone.run("git-automerge", ["rollback", "patch/more"])
            #expect(result.exitCode == 0, "\(result)")
            let again = try await other.clone.run("git-automerge", ["rollback", "patch/greet"])
            #expect(again.exitCode == 0, "\(again)")
            #expect(try await here.onRemote("main^{tree}") == base)
        }
    }

    @Test func aPatchIsFoundByItsTitle() async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "b\n"], options: .init())
            let other = try await here.other("other")
            let enabled = try await other.clone.run("git-automerge", ["enable", "greet"])
            #expect(enabled.output.contains("'greet' is armed"), "\(enabled)")
            try here.clone.write("c.txt", "c\n")
            let made = try await here.clone.run("git-patch", ["greet", "--return"])
            #expect(made.exitCode == 0, "\(made)")
            let refused = try await other.clone.run("git-automerge", ["disable", "greet"])
            #expect(refused.exitCode == 1, "\(refused)")
            #expect(refused.errorOutput.contains("'greet' on 'patch/greet-2' (open)"), "\(refused)")
        }
    }

    @Test func verifySaysWhatItCannotKnow() async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "b\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            let fresh = try await here.other("fresh")
            let unknown = try await here.clone.run("git-automerge", ["verify", "--target", "nosuch"])
            #expect(unknown.exitCode == 1 && unknown.errorOutput.contains("'nosuch'"), "\(unknown)")
            try FileManager.default.moveItem(atPath: here.remotePath, toPath: here.remotePath + ".away")
            for arguments in [["verify"], ["verify", "--target", "nosuch"], ["verify", "--target", "main"]] {
                let offline = try await fresh.clone.run("git-automerge", arguments)
                #expect(offline.exitCode == 69, "\(offline)")
                #expect(offline.errorOutput.contains("error: cannot reach"), "\(offline)")
            }
            let known = try await here.clone.run("git-automerge", ["verify"])
            #expect(known.exitCode == 0 && known.output.contains("2 commits checked"), "\(known)")
        }
    }

    @Test func anEjectedPatchIsToldToNeedEnable() async throws {
        try await Queue.with { here in
            try await here.patch("bad", files: ["a.txt": "mine\n"])
            try await here.clone.commit("theirs", files: ["a.txt": "theirs\n"])
            try await here.clone.git("push", "-q", "origin", "main")
            #expect(try await here.worker().pass().ejected.count == 1)
            let status = try await here.clone.run("git-automerge", ["status"])
            #expect(status.output.contains("git automerge enable"), "\(status)")
        }
    }

    @Test func aRequiredCheckWithoutANameIsAUsageError() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "b\n"])
            let result = try await here.clone.run("git-automerge", ["enable", patch.id.text, "--require-check", ""])
            #expect(result.exitCode == 64, "\(result)")
            #expect(try await here.worker().pass().landed.count == 1)
        }
    }
}
