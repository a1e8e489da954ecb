import Automerge
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

@Suite struct AuditTests {
    @Test func ordinaryLandingsHaveNoProblemAndStrictNamesTheRest() async throws {
        try await Queue.with { here in
            try await here.patch("one", files: ["1.txt": "1\n"])
            try await here.patch(
                "two", files: ["2.txt": "2\n"], commits: 3, options: .init(autoMerge: true, method: .rebase))
            try await here.patch("three", files: ["3.txt": "3\n"], options: .init(autoMerge: true, method: .merge))
            _ = try await here.worker().pass()
            let other = try await here.other("auditor")

            let plain = try await other.clone.run("git-automerge", ["verify", "--json"])
            #expect(plain.exitCode == 0, "\(plain)")
            let strict = try await other.clone.run("git-automerge", ["verify", "--strict"])
            #expect(strict.exitCode == 1)
            #expect(strict.output.contains("no-receipt"))
            #expect(strict.output.contains("1 problem"), "\(strict)")
        }
    }

    @Test func whatLandedAfterTheCommitsThatAreAuditedIsNotRemoved() async throws {
        try await Queue.with { here in
            try await here.patch("one", files: ["1.txt": "1\n"])
            _ = try await here.worker().pass()
            try await here.patch("two", files: ["2.txt": "2\n"])
            _ = try await here.worker().pass()
            try await here.clone.git("fetch", "-q")
            let earlier = try await here.clone.run("git-automerge", ["verify", "origin/main~1"])
            #expect(earlier.exitCode == 0 && earlier.output.contains("2 commits checked, no problem"), "\(earlier)")
            // What a reset took away is told all the same.
            _ = try await here.remoteGit("update-ref", "refs/heads/main", "main~1")
            let reset = try await here.clone.run("git-automerge", ["verify", "origin/main~1"])
            #expect(reset.exitCode == 1 && reset.output.contains("removed"), "\(reset)")
        }
    }

    /// What happened on 2026-04-23: the squash was made on an old base, its tree undid what had landed in between.
    @Test func aSquashOnTheWrongBaseIsFoundInAnyCloneOffline() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            try await here.patch("between", files: ["between.txt": "precious\n"], options: .init())
            try await here.clone.git("switch", "-q", "main")
            try await here.clone.commit("precious", files: ["precious.txt": "p\n"])
            try await here.clone.git("push", "-q", "origin", "main")
            // A worker that is wrong about trees: it lands the head's own tree on the new base.
            let tip = try await here.onRemote("main")
            let wrong = try await here.clone.git(
                ["commit-tree", "-p", tip, "-m", "greet", "patch/greet^{tree}"])
            let honest = try await here.worker().pass()
            #expect(honest.landed.count == 1)
            let landed = try await here.onRemote("main")
            let goodTree = try await here.onRemote("main^{tree}")
            try await here.forgeReceipt { text in
                text.replacing(landed, with: wrong).replacing(goodTree, with: patch.tree.hex)
            }
            try await here.clone.git("push", "-q", "-f", "origin", "\(wrong):refs/heads/main")

            let auditor = try await here.other("auditor")
            let result = try await auditor.clone.run("git-automerge", ["verify", "--json"])

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.output.contains("wrong-change"))
            #expect(result.output.contains("precious.txt"))
        }
    }

    /// The commands that hints of `verify` name, in the order they are told.
    private func commands(_ result: CommandResult) -> [String] {
        result.errorOutput.split(separator: "\n").compactMap { line in
            line.hasPrefix("hint: ") ? line.firstRange(of: ": git ").map { "git " + line[$0.upperBound...] } : nil
        }
    }

    @Test func whatAResetRemovedComesBackByWhatIsTyped() async throws {
        try await Queue.with { here in
            let first = try await here.onRemote("main")
            for name in ["one", "two"] {
                try await here.patch(name, files: ["\(name).txt": "1\n"])
                #expect(try await here.worker().pass().landed.count == 1)
            }
            let landed = try await here.onRemote("main")
            _ = try await here.remoteGit("update-ref", "refs/heads/main", first)

            let found = try await here.clone.run("git-automerge", ["verify"])
            #expect(found.exitCode == 1, "\(found)")
            let lines = commands(found)
            // The newer landing has the older one in its history: one branch is enough, and one push.
            try #require(lines.count == 2, "\(found)")
            #expect(!lines.joined().contains("force") && !lines.joined().contains(" +"), "\(lines)")
            #expect(try await here.clone.run("sh", ["-c", lines[0]]).exitCode == 0)
            let branches = try await here.clone.git("branch", "--contains", landed, "--format=%(refname:short)")
            #expect(branches.hasPrefix("recovered-"), "\(branches)")
            let again = try await here.clone.run("git-automerge", ["verify", "--json"])
            #expect(commands(again) == [lines[1]], "\(again)")
            #expect(again.output.contains("\"recovery\""), "\(again)")
            #expect(try await here.clone.run("sh", ["-c", lines[1]]).exitCode == 0)
            #expect(try await here.onRemote("main") == landed)
            let mended = try await here.clone.run("git-automerge", ["verify"])
            #expect(mended.exitCode == 0 && commands(mended).isEmpty, "\(mended)")
        }
    }

    @Test func whatAResetRemovedComesBackInACloneThatNeverHadIt() async throws {
        try await Queue.with { here in
            let first = try await here.onRemote("main")
            for name in ["one", "two"] {
                try await here.patch(name, files: ["\(name).txt": "1\n"])
                #expect(try await here.worker().pass().landed.count == 1)
            }
            let landed = try await here.onRemote("main")
            _ = try await here.remoteGit("update-ref", "refs/heads/main", first)
            let other = try await here.freshClone("other")
            let found = try await other.clone.run("git-automerge", ["verify"])
            let lines = commands(found)
            try #require(lines.count == 1, "\(found)")
            #expect(try await other.clone.run("sh", ["-c", lines[0]]).exitCode == 0, "\(lines)")
            let branches = try await other.clone.git("branch", "--contains", landed, "--format=%(refname:short)")
            #expect(branches.hasPrefix("recovered-"), "\(branches)")
        }
    }

    @Test func aTargetThatWentOnIsNotOfferedToBePushedOver() async throws {
        try await Queue.with { here in
            let first = try await here.onRemote("main")
            try await here.patch("one", files: ["one.txt": "1\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            _ = try await here.remoteGit("update-ref", "refs/heads/main", first)
            try await here.patch("two", files: ["two.txt": "2\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            let found = try await here.clone.run("git-automerge", ["verify"])
            #expect(found.exitCode == 1, "\(found)")
            #expect(commands(found).map { $0.hasPrefix("git branch recovered-") } == [true], "\(found)")
        }
    }

    @Test func aRevertThatTakesSomethingElseAlongIsFound() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            #expect(try await here.clone.run("git-automerge", ["rollback", patch.id.text]).succeeded)
            #expect(try await here.other("calm").clone.run("git-automerge", ["verify"]).succeeded)
            // A worker that is wrong about trees: its revert takes a file of somebody else along.
            try await here.clone.git("fetch", "-q", "origin")
            try await here.clone.git("switch", "-q", "--detach", "origin/main")
            try await here.clone.git("rm", "-q", "a.txt")
            let tree = try await here.clone.git("write-tree")
            let parent = try await here.onRemote("main~1")
            let wrong = try await here.clone.git("commit-tree", "-p", parent, "-m", "Revert", tree)
            let (landed, goodTree) = (try await here.onRemote("main"), try await here.onRemote("main^{tree}"))
            try await here.forgeReceipt { $0.replacing(landed, with: wrong).replacing(goodTree, with: tree) }
            try await here.clone.git("push", "-q", "-f", "origin", "\(wrong):refs/heads/main")
            let result = try await here.other("auditor").clone.run("git-automerge", ["verify", "--json"])
            #expect(result.exitCode == 1 && result.output.contains("wrong-change"), "\(result)")
            #expect(result.output.contains("a.txt"), "\(result)")
        }
    }

    @Test(arguments: [true, false])
    func aReceiptWithoutAVerdictOnARequiredCheckIsFound(namesAnotherCheck: Bool) async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "hello\n"])
            #expect(try await here.clone.run("git-automerge", ["run"]).exitCode == 0)
            let honest = try await here.clone.run("git-automerge", ["verify"])
            #expect(honest.exitCode == 0, "\(honest)")
            // The verdict of another check, or the rules of another file, stand for nothing.
            let policy = try await here.clone.id("main:.gitpatch").hex
            let another = try await here.clone.id("main:a.txt").hex
            try await here.forgeReceipt { text in
                namesAnotherCheck
                    ? text.replacing("\"check\" : \"unit\"", with: "\"check\" : \"else\"")
                    : text.replacing(policy, with: another)
            }
            let result = try await here.other("auditor").clone.run("git-automerge", ["verify", "--json"])
            #expect(result.exitCode == 1, "\(result)")
            #expect(result.output.contains("untested"), "\(result)")
        }
    }

    @Test func aReceiptWithoutAnyVerdictIsFound() async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "hello\n"])
            // This worker tests nothing at all and says that it passed.
            let worker = try await here.worker(judging: { _ in CandidateVerdict(outcome: .passed) })
            #expect(try await worker.pass().landed.count == 1)
            let result = try await here.other("auditor").clone.run("git-automerge", ["verify", "--json"])
            #expect(result.exitCode == 1, "\(result)")
            #expect(result.output.contains("'unit' has no verdict"), "\(result)")
        }
    }

    @Test func aHistoryWithoutReceiptsRaisesNoAlarm() async throws {
        try await Queue.with { here in
            for number in 0..<5 { try await here.clone.commit("\(number)", files: ["f.txt": "\(number)\n"]) }
            try await here.clone.git("push", "-q", "origin", "main")
            let result = try await here.clone.run("git-automerge", ["verify", "--json"])
            #expect(result.exitCode == 0, "\(result)")
            #expect(result.output.contains("\"checked\":6"))
            let range = try await here.clone.run("git-automerge", ["verify", "HEAD~2..HEAD", "--json"])
            #expect(range.output.contains("\"checked\":2"), "\(range)")
        }
    }
}

@Suite struct RollbackTests {
    @Test(arguments: [LandingMethod.squash, .merge, .rebase])
    func aLandingOfAnyShapeIsTakenBack(method: LandingMethod) async throws {
        try await Queue.with { here in
            let base = try await here.onRemote("main^{tree}")
            let patch = try await here.patch(
                "greet", files: ["b.txt": "hello\n"], commits: 2, options: .init(autoMerge: true, method: method))
            _ = try await here.worker().pass()
            let landed = try await here.onRemote("main")

            let result = try await here.clone.run("git-automerge", ["rollback", patch.id.text])

            #expect(result.exitCode == 0, "\(result)")
            #expect(try await here.onRemote("main^{tree}") == base)
            #expect(try await here.onRemote("main^") == landed)
            let revert = try await here.onRemote("main")
            let document = try await here.document(patch)
            #expect(document.state == .ejected)
            #expect(document.reason == "reverted by \(revert)")
            #expect(try await here.receipts().first?.reverts == [patch.id])
            #expect(try await here.onRemote("refs/heads/patch/greet") == patch.commit.hex)
            let pass = try await here.worker().pass()
            #expect(pass.landed.isEmpty)
            #expect(try await here.document(patch).state == .ejected, "the next pass forgot the rollback")
            let audit = try await here.clone.run("git-automerge", ["verify"])
            #expect(audit.exitCode == 0, "\(audit)")
        }
    }

    @Test(arguments: [LandingMethod.squash, .merge, .rebase])
    func aLookNamesWhatWouldBeTakenBackAndChangesNothing(method: LandingMethod) async throws {
        // Were the check run, the answer would be that it fails.
        let policy = Queue.policy.replacing("run = true", with: "run = false")
        try await Queue.with(policy: policy) { here in
            let patch = try await here.patch(
                "greet", files: ["b.txt": "hello\n"], commits: 2, options: .init(autoMerge: true, method: method))
            _ = try await here.worker().pass()
            let range = method == .rebase ? "main~2..main" : "main~1..main"
            let commits = try await here.remoteGit("rev-list", range).split(separator: "\n").map(String.init)
            func references(_ command: (String...) async throws -> String) async throws -> String {
                try await command("for-each-ref", "--format=%(refname) %(objectname)")
            }
            _ = try await here.clone.run("git-automerge", ["status"])
            let before = try await references(here.remoteGit)
            let local = try await references(here.clone.git)
            let state = try await RepositoryState.read(here.clone)
            let look = try await here.clone.run("git-automerge", ["rollback", patch.id.text, "--dry-run"])
            #expect(look.exitCode == 0, "\(look)")
            let lines = look.output.split(separator: "\n").map(String.init)
            #expect(lines.first == "would take back patch \(patch.id.short) 'greet' on 'main'", "\(look)")
            #expect(lines.dropFirst().allSatisfy { $0.hasSuffix("' on 'main'") }, "\(look)")
            #expect(
                Set(lines.dropFirst().map { String($0.prefix(21)) })
                    == Set(commits.map { "would revert \($0.prefix(8))" }),
                "\(look)")
            #expect(look.errorOutput.contains("test it with 'unit', then push it to 'origin'"), "\(look)")
            let json = try await here.clone.run("git-automerge", ["rollback", commits[0], "--dry-run", "--json"])
            #expect(json.output.contains(#""outcome":"planned""#) && json.output.contains(commits[0]), "\(json)")
            #expect(json.output.contains(#""members":["\#(patch.id)"]"#), "\(json)")
            #expect(try await references(here.remoteGit) == before)
            #expect(try await references(here.clone.git) == local)
            #expect(try await RepositoryState.read(here.clone) == state)
            #expect(try await here.document(patch).state == .landed)
        }
    }

    @Test func aLookAtARollbackRefusesWhatTheRollbackRefuses() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let open = try await here.patch("open", files: ["c.txt": "c\n"], options: .init())
            _ = try await here.worker().pass()
            try await here.clone.git("switch", "-q", "main")
            func compare(_ arguments: [String], _ code: Int32) async throws {
                let look = try await here.clone.run("git-automerge", ["rollback", "--json", "--dry-run"] + arguments)
                let real = try await here.clone.run("git-automerge", ["rollback", "--json"] + arguments)
                #expect(look.exitCode == code && real.exitCode == code, "\(look) \(real)")
                #expect(look.output == real.output && look.errorOutput == real.errorOutput, "\(look) \(real)")
            }
            try await compare(["nobody"], 1)
            try await compare([open.id.text], 1)
            try await compare(["HEAD", "--target", "none"], 1)
            #expect(try await here.clone.run("git-automerge", ["stop", "--reason", "fire"]).succeeded)
            try await compare([patch.id.text], 1)
            #expect(try await here.clone.run("git-automerge", ["resume"]).succeeded)
            try await here.clone.git("pull", "-q", "origin", "main")
            try await here.clone.commit("no policy", files: [".gitpatch": "[automerge]\n\trequiredCheck = gone\n"])
            try await here.clone.git("push", "-q", "origin", "main")
            try await compare([patch.id.text], 78)
            try await here.clone.commit("policy", files: [".gitpatch": Queue.policy, "b.txt": "other\n"])
            try await here.clone.git("push", "-q", "origin", "main")
            try await compare([patch.id.text], 1)
            try await here.clone.git("rm", "-q", "b.txt")
            try await here.clone.git("commit", "-q", "-m", "gone")
            try await here.clone.git("push", "-q", "origin", "main")
            try await compare([patch.id.text], 0)
        }
    }

    @Test func aRevertThatConflictsOrIsRedLandsNothing() async throws {
        let policy =
            "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = test ! -f needed || test -f b.txt\n"
        try await Queue.with(policy: policy) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            _ = try await here.worker().pass()
            try await here.clone.git("switch", "-q", "main")
            try await here.clone.git("pull", "-q", "origin", "main")
            try await here.clone.commit("needs it", files: ["needed": "x\n"])
            try await here.clone.git("push", "-q", "origin", "main")
            let tip = try await here.onRemote("main")

            let red = try await here.clone.run("git-automerge", ["rollback", patch.id.text])
            #expect(red.exitCode == 1, "\(red)")
            #expect(red.errorOutput.contains("unit"))
            #expect(try await here.onRemote("main") == tip)

            try await here.clone.commit("changes it", files: ["b.txt": "other\n"])
            try await here.clone.git("push", "-q", "origin", "main")
            let conflict = try await here.clone.run("git-automerge", ["rollback", patch.id.text, "--json"])
            #expect(conflict.exitCode == 1)
            #expect(conflict.output.contains("b.txt"), "\(conflict)")
        }
    }
}
