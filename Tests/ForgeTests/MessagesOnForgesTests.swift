import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// What a new user reads on a forge: nothing that is not so, and what to do next.
struct MessagesOnForgesTests {
    /// A place nobody answers at stands for a network that is down.
    static func offline(_ rig: Rig) -> TestRepository {
        rig.clone.with(environment: [
            "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "url.\(rig.clone.scratch.path)/gone/.insteadOf",
            "GIT_CONFIG_VALUE_0": "http://\(rig.forge.host)/acme/",
            "GIT_CONFIG_KEY_1": "forge.\(rig.forge.host).api", "GIT_CONFIG_VALUE_1": "http://127.0.0.1:1",
        ])
    }

    @Test(arguments: Kind.allCases)
    func withoutANetworkStatusShowsWhatWasSeenLast(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report("unit", "pending")
            try await rig.run()
            let offline = MessagesOnForgesTests.offline(rig)
            let status = try await offline.run("git-automerge", ["status"])
            #expect(status.exitCode == 0, "\(status)")
            #expect(status.output.contains("Fix the greeting"), "\(status)")
            #expect(status.output.contains("unit runs"), "\(status)")
            #expect(status.errorOutput.contains("cannot reach"), "\(status)")
            _ = try await offline.run("git-automerge", ["stop", "--reason", "fire"])
            for command in ["status", "explain"] {
                let shown = try await offline.run("git-automerge", [command])
                #expect(shown.exitCode == 0, "\(shown)")
                #expect(shown.output.contains("fire"), "\(shown)")
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func aQueueThatCannotBeReadIsNotCalledEmpty(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            let poor = rig.clone.with(environment: ["GITPATCH_TOKEN": ""])
            let status = try await poor.run("git-automerge", ["status"])
            #expect(!status.output.contains("is empty"), "\(status)")
            #expect(status.output.contains("there is no token"), "\(status)")
            #expect(status.output.contains("Fix the greeting"), "\(status)")
        }
    }

    @Test(arguments: Kind.allCases)
    func whatTheForgeWasToldIsNotCalledReadyToLand(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            let status = try await rig.automerge("status")
            #expect(status.output.contains("the forge merges it by itself"), "\(status)")
            let offline = MessagesOnForgesTests.offline(rig)
            _ = try await offline.run("git-automerge", ["stop", "--reason", "fire"])
            let later = try await offline.run("git-automerge", ["status"])
            #expect(later.output.contains("request disarm is waiting: cannot reach"), "\(later)")
            #expect(try await rig.automerge("log").output.contains("fire (here only"))
        }
    }

    @Test(arguments: Kind.allCases)
    func whatWaitsForAPersonIsSaidByEachCommand(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let poor = rig.clone.with(environment: ["GITPATCH_TOKEN": ""])
            try rig.clone.write("b.txt", "1\n")
            let made = try await poor.run("git-patch", ["Fix the greeting", "--auto-merge"])
            #expect(!made.errorOutput.contains("next command"), "\(made)")
            let ran = try await poor.run("git-automerge", ["run", "--once"])
            #expect(!ran.errorOutput.contains("nothing waits"), "\(ran)")
            #expect(ran.output.contains("not open yet: there is no token"), "\(ran)")
        }
    }

    @Test(arguments: Kind.allCases)
    func whatCouldNotBeSetIsTold(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let made = try await rig.armed("Fix the greeting", "--reviewer", "nobody-there")
            #expect(made.errorOutput.contains("warning: could not set reviewer 'nobody-there'"), "\(made)")
        }
    }

    @Test(arguments: Kind.allCases, ["undo", "close"])
    func theCommentSaysWhatHoldsAndWhenItIsOver(kind: Kind, end: String) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            let on = try #require(rig.pull?.comments.first?.body)
            #expect(on.contains("`unit` passed at that commit"))
            #expect(!on.contains("have passed since") && !on.contains("approval"), "\(on)")
            if end == "undo" {
                try await rig.patch("undo")
            } else {
                rig.change { $0.state = "closed" }
                try await rig.run()
            }
            let over = try #require(rig.pull?.comments.first?.body)
            let words = end == "undo" ? "it was taken back" : "it was closed"
            #expect(over.contains("**Auto-merge: off, \(words)**"), "\(over)")
            #expect(rig.pull?.comments.count == 1)
        }
    }

    // A pull request that was closed is never opened again; what was taken back says so when it is brought back.
    @Test(arguments: Kind.allCases)
    func whatIsBroughtBackWithoutItsPullRequestIsNotArmed(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            let undone = try await rig.patch("undo").trimmed
            let back = try await rig.patch("undo", undone, exits: 1)
            #expect(back.errorOutput.contains("the pull request is closed"), "\(back)")
            #expect(!back.errorOutput.contains("armed on"), "\(back)")
            #expect(rig.pull?.comments.first?.body.contains("Auto-merge is on") == false)
        }
    }

    @Test func aPatchThatIsNotKnownIsNamed() async throws {
        try await Rig.with(.gitlab) { rig in
            for command in [["disable"], ["explain"], ["rollback"], ["deliver", "--patch"]] {
                let said = try await rig.clone.run("git-automerge", command + ["nosuch"])
                #expect(said.exitCode == 1, "\(said)")
                #expect(said.errorOutput.contains("this clone knows no patch 'nosuch'"), "\(said)")
            }
            let said = try await rig.automerge("enable", exits: 1)
            #expect(said.errorOutput.contains("branch 'main' is no open patch"), "\(said)")
        }
    }

    @Test(arguments: Kind.allCases)
    func theQueueForMachinesNamesThePullRequest(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let made = try await rig.armed()
            let status = try await rig.automerge("status", "--json")
            let json = try JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any]
            let entry = try #require((json?["queue"] as? [[String: Any]])?.first?["patch"] as? [String: Any])
            #expect(entry["number"] as? Int == 1, "\(status)")
            #expect(entry["url"] as? String == made.output.split(separator: "\n").last.map(String.init), "\(status)")
        }
    }

    @Test func aRollbackTakesTheCommitThatAPatchBecame() async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            let early = try await rig.automerge("rollback", "patch/fix-the-greeting", exits: 1)
            #expect(early.errorOutput.contains("no receipt tells of a landing of patch 'Fix the greeting'"), "\(early)")
            rig.report()
            try await rig.run()
            let landed = try #require(rig.pull?.merged)
            try await rig.clone.git("fetch", "-q")
            for name in [String(landed.prefix(10)), "origin/main"] {
                let rolled = try await rig.automerge("rollback", name)
                #expect(rolled.output.contains("/pull/2"), "\(rolled)")
            }
            #expect(rig.pulls.count == 2)
        }
    }

    // What goes on is another look, and no request.
    @Test(arguments: Kind.allCases)
    func aPassThatNeedsAPersonSaysWhatToType(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            let ran = try await rig.clone.with(environment: ["GITPATCH_TOKEN": ""]).run(
                "git-automerge", ["run", "--once"])
            #expect(ran.output.contains("then type 'git automerge run'"), "\(ran)")
            #expect(!(ran.output + ran.errorOutput).contains("git patch resume"), "\(ran)")
        }
    }

    @Test func aPullRequestIsOpenWhereItIs() async throws {
        try await Rig.with(.gitea) { rig in
            try await rig.fork()
            let made = try await rig.armed("Fix the greeting", "--to", "origin")
            #expect(made.errorOutput.contains("pushed to 'fork'"), "\(made)")
            #expect(made.errorOutput.contains("open on 'origin'"), "\(made)")
        }
    }

    @Test func verifyOfAForkNamesTheRemoteWithTheLandings() async throws {
        try await Rig.with(.gitlab) { rig in
            try await rig.fork()
            try await rig.clone.git("push", "-q", "fork", "main")
            try await rig.armed("Fix the greeting", "--to", "origin")
            rig.report()
            try await rig.run()
            #expect(rig.merges == 1)
            let audit = try await rig.automerge("verify")
            #expect(audit.errorOutput.contains("type 'git automerge verify --remote origin'"), "\(audit)")
            let other = try await rig.automerge("verify", "--remote", "origin")
            #expect(!other.errorOutput.contains("--remote"), "\(other)")
            #expect(other.output.contains("2 commits checked, no problem"), "\(other)")
        }
    }

    @Test(arguments: Kind.allCases)
    func whatWentWrongHasACodeOfItsOwn(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            let other = try await rig.clone.clone(rig.remotePath, as: "other")
            try await other.commit("earlier work of others", files: ["c.txt": "1\n"])
            try await other.git("push", "-q", "origin", "main")
            rig.forge.with { $0.squashesWrongly = true }
            let ran = try await rig.clone.run("git-automerge", ["run", "--once", "--json"])
            #expect(ran.output.contains(#""code":"wrong-merge""#), "\(ran)")
            try await rig.clone.git("switch", "-q", "main")
            try rig.clone.write("d.txt", "1\n")
            try await rig.patch("Another")
            rig.forge.with { $0.tokenIsValid = false }
            let poor = try await rig.clone.run("git-automerge", ["run", "--once", "--json"])
            #expect(poor.output.contains(#""code":"forge-needs-human""#), "\(poor)")
        }
    }

    @Test func aPatchThatIsNotOpenYetIsInTheQueue() async throws {
        try await Rig.with(.gitlab) { rig in
            try rig.clone.write("b.txt", "1\n")
            let offline = MessagesOnForgesTests.offline(rig)
            let made = try await offline.run("git-patch", ["Fix the greeting", "--auto-merge"])
            #expect(made.exitCode == 0, "\(made)")
            let status = try await offline.run("git-automerge", ["status"])
            #expect(status.output.contains("not open yet"), "\(status)")
            #expect(!status.output.contains("is empty"), "\(status)")
        }
    }

    @Test func whatOnlyPlainRemotesHaveIsSaid() async throws {
        try await Rig.with(.gitea) { rig in
            try await rig.armed()
            for command in ["plan", "consolidate"] {
                let refused = try await rig.automerge(command, exits: 1)
                #expect(refused.errorOutput.contains("git automerge status"), "\(refused)")
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func theMethodThatWasAskedForIsShown(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            if kind == .gitlab { rig.forge.with { $0.methods = ["squash", "rebase"] } }
            try await rig.clone.git("config", "automerge.method", "rebase")
            try await rig.armed()
            try rig.clone.write("b.txt", "second\n")
            try await rig.patch("update", "-m", "More")
            rig.report()
            let ran = try await rig.run()
            #expect(ran.output.contains("(rebase)"), "\(ran)")
            #expect(try await rig.automerge("verify").output.contains("no problem"))
        }
    }

    // The hint is typed as it stands, and must lead to an open pull request that takes all of it back.
    @Test(arguments: [Kind.gitlab, .gitea], ["squash", "merge", "rebase"])
    func theHintForTakingALandingBackWorks(kind: Kind, method: String) async throws {
        try await Rig.with(kind) { rig in
            if kind == .gitlab, method == "rebase" { rig.forge.with { $0.methods = ["squash", "rebase"] } }
            let before = try await rig.clone.git("rev-parse", "main^{tree}")
            try await rig.armed("Fix the greeting", "--method", method)
            try rig.clone.write("c.txt", "1\n")
            try await rig.patch("update", "-m", "More")
            rig.report()
            try await rig.run()
            #expect(rig.merges == 1)
            try await rig.clone.git("switch", "-q", "main")
            try await rig.clone.git("pull", "-q", "--ff-only")
            let look = try await rig.automerge("rollback", "patch/fix-the-greeting", "--dry-run", exits: 69)
            let refused = try await rig.automerge("rollback", "patch/fix-the-greeting", exits: 69)
            #expect(look.errorOutput == refused.errorOutput)
            let hint = try #require(refused.errorOutput.components(separatedBy: "type: ").last)
            let line = hint.trimmingCharacters(in: .whitespacesAndNewlines)
            let typed = try await rig.clone.run("sh", ["-c", line])
            #expect(typed.exitCode == 0, "\(line): \(typed)")
            #expect(rig.pulls.last?.title == "Revert: Fix the greeting")
            #expect(rig.pulls.count == 2)
            #expect(try await rig.clone.git("rev-parse", "HEAD^{tree}") == before)
        }
    }
}
