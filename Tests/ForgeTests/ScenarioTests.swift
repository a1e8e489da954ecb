import FakeForges
import Foundation
import GitValues
import PlainRemote
import SuiteTestSupport
import Testing

/// What users do, the same on every kind of forge.
struct ScenarioTests {
    @Test(arguments: Kind.allCases)
    func fromADirtyTreeToALandedChange(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let made = try await rig.armed()
            let pull = try #require(rig.pull)
            #expect(rig.pulls.count == 1)
            #expect(made.output.split(separator: "\n").last?.contains("/\(pull.number)") == true, "\(made)")
            #expect(pull.title == "Fix the greeting")
            #expect(pull.base == "main")
            #expect(pull.comments.count == 1)
            #expect(pull.comments.first?.body.contains("Auto-merge is on") == true)
            let waits = try await rig.run()
            #expect(waits.output.contains("unit has not reported"), "\(waits)")
            #expect(rig.merges == 0)
            rig.report("unit", "pending")
            #expect(try await rig.run().output.contains("unit runs"))
            rig.report()
            let landed = try await rig.run()
            #expect(rig.merges == 1, "\(landed)")
            #expect(landed.output.contains("landed 'Fix the greeting'"), "\(landed)")
            #expect(rig.pull?.state == "merged")
            #expect(try await !rig.hasBranch())
            #expect(rig.pull?.comments.count == 1)
            #expect((rig.pull?.comments.first?.edits ?? 0) >= 1)
            #expect(try await rig.patch("list", "--all").output.contains("landed"))
            #expect(try await rig.automerge("verify").output.contains("no problem"))
            #expect(try await rig.run().output.isEmpty)
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func aPullRequestThatIsThereIsTakenOver(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            rig.forge.with { model in
                model.pulls[7] = .init(
                    number: 7, title: "By hand", body: "my words", branch: "patch/fix-the-greeting", owner: "acme",
                    base: "main", isDraft: false, author: "eve", lastHead: "")
            }
            let made = try await rig.armed()
            #expect(rig.pulls.map(\.number) == [7], "\(made)")
            #expect(made.output.split(separator: "\n").last?.hasSuffix("/7") == true, "\(made)")
            #expect(rig.pull?.body == "my words")
            rig.report()
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func undoClosesWhatItOpened(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            try await rig.patch("undo")
            #expect(rig.pull?.state == "closed")
            #expect(try await !rig.hasBranch())
            try await rig.run()
            #expect(rig.pulls.count == 1)
            #expect(rig.merges == 0)
        }
    }

    @Test(arguments: Kind.allCases)
    func updateMovesTheHeadAndStartsAnew(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            try rig.clone.write("b.txt", "second\n")
            try await rig.patch("update", "-m", "More")
            #expect(rig.pulls.count == 1)
            let waits = try await rig.run()
            #expect(rig.merges == 0, "the check passed at another head: \(waits)")
            rig.report()
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test func updateKeepsThePriority() async throws {
        try await Rig.with(.gitea) { rig in
            try await rig.armed("Fix the greeting", "--priority", "high")
            try rig.clone.write("b.txt", "second\n")
            try await rig.patch("update", "-m", "More")
            #expect(try rig.record().options.priority == .high)
        }
    }

    @Test(arguments: Kind.allCases)
    func aHeadPushedByOthersEndsTheArming(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            try await rig.pushByOthers()
            rig.report()
            try await rig.run()
            #expect(rig.merges == 0)
            #expect(rig.pull?.comments.first?.body.contains("Auto-merge is off") == true)
            #expect(rig.pull?.comments.count == 1)
            try await rig.run()
            #expect(rig.merges == 0)
            try await rig.automerge("enable")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func nothingIsToldBeforeTheDelayIsOver(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed("Fix the greeting", "--delay", "1h")
            rig.report()
            let waits = try await rig.run()
            #expect(waits.output.contains("left"), "\(waits)")
            #expect(rig.merges == 0)
            #expect(rig.pull?.armed == nil)
            try await rig.automerge("enable", "--delay", "0")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func approvalsCountFromWritersForThisHeadOnly(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed("Fix the greeting", "--approvals", "1")
            rig.report()
            let head = try await rig.head()
            let old = try await rig.clone.git("rev-parse", "main")
            for review in [("ada", head, true), ("eve", head, false), ("bob", old, true)] {
                rig.change {
                    $0.reviews = [.init(by: review.0, state: "APPROVED", commit: review.1, mayPush: review.2)]
                }
                let waits = try await rig.run()
                #expect(rig.merges == 0, "\(review) counted: \(waits)")
            }
            rig.change { $0.reviews = [.init(by: "bob", state: "APPROVED", commit: head, mayPush: true)] }
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func aDraftNeverLands(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed("Fix the greeting", "--draft")
            #expect(rig.pull?.isDraft == true)
            rig.report()
            #expect(try await rig.run().output.contains("draft"))
            #expect(rig.merges == 0)
            rig.change { $0.isDraft = false }
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func stopAndDisableHoldEverywhere(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            try await rig.automerge("stop", "--all", "--reason", "fire")
            #expect(try await rig.run().output.contains("fire"))
            #expect(rig.merges == 0)
            #expect(try await rig.automerge("status").output.contains("stopped"))
            try await rig.automerge("resume")
            try await rig.automerge("disable")
            #expect(rig.pull?.comments.first?.body.contains("Auto-merge is off") == true)
            try await rig.run()
            #expect(rig.merges == 0)
            try await rig.automerge("enable")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func anIssueIsLinkedAndClosed(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed("Fix the greeting", "--issue", "--label", "bug", "--priority", "high")
            let issue = try #require(rig.forge.with { $0.issues.values.first })
            #expect(rig.forge.with { $0.issues.count } == 1)
            #expect(rig.pull?.body.contains("Closes #\(issue.number)") == true)
            #expect(issue.labels.contains("priority:high"))
            #expect(rig.pull?.labels == ["bug"])
            for text in [issue.body, rig.pull?.body ?? "", rig.pull?.comments.first?.body ?? ""] {
                #expect(!text.contains(rig.clone.path))
                #expect(!text.contains(ProcessInfo.processInfo.hostName))
                #expect(!text.contains("ada@example.com"))
            }
            rig.report()
            try await rig.run()
            #expect(rig.forge.with { $0.issues.values.first?.state } == "closed")
        }
    }

    @Test(arguments: Kind.allCases)
    func reviewersAndAssigneesAreSetAndUnknownOnesNamed(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let made = try await rig.armed(
                "Fix the greeting", "--reviewer", "bob", "--assignee", "eve", "--reviewer", "nobody-there", "--json")
            #expect(rig.pull?.reviewers == ["bob"])
            #expect(rig.pull?.assignees == ["eve"])
            #expect(made.output.contains("nobody-there"), "\(made)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aForkOpensOnTheOtherRepository(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let fork = rig.clone.scratch.path + "/forge/me.dots/widget.git"
            try await rig.host(fork, as: "me.dots/widget")
            try await rig.clone.git("remote", "add", "my.fork", "http://\(rig.forge.host)/me.dots/widget.git")
            try await rig.clone.git("config", "remote.pushDefault", "my.fork")
            try rig.clone.write("b.txt", "1\n")
            try await rig.patch("Fix the greeting", "--to", "nowhere", exits: 1)
            #expect(rig.pulls.isEmpty)
            try await rig.patch("Fix the greeting", "--to", "origin")
            #expect(rig.pull?.owner == "me.dots")
            #expect(rig.pulls.count == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func closedOnTheForgeIsClosedHereAndNeverReopened(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.change { $0.state = "closed" }
            #expect(try await rig.run().output.contains("closed"))
            try await rig.run()
            #expect(rig.pulls.count == 1)
            #expect(rig.pull?.state == "closed")
        }
    }

    @Test(arguments: Kind.allCases)
    func aMethodTheRepositoryForbidsIsRefusedNeverReplaced(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            rig.forge.with { $0.methods = ["merge"] }
            try rig.clone.write("b.txt", "1\n")
            let refused = try await rig.patch(
                "Fix the greeting", "--auto-merge", "--method", "squash", "--require-check", "unit", exits: 1)
            #expect(refused.errorOutput.contains("does not allow 'squash'"), "\(refused)")
            rig.report()
            try await rig.run()
            #expect(rig.merges == 0)
            try await rig.automerge("enable", "--method", "auto", "--require-check", "unit")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func withoutATokenEverythingIsKeptAndSaidOnce(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let poor = rig.clone.with(environment: ["GITPATCH_TOKEN": ""])
            try rig.clone.write("b.txt", "1\n")
            let made = try await poor.run("git-patch", ["Fix the greeting"])
            #expect(made.exitCode == 0, "\(made)")
            #expect(made.errorOutput.contains("there is no token for '\(rig.forge.host)'"), "\(made)")
            #expect(rig.pulls.isEmpty)
            let resumed = try await rig.patch("resume")
            #expect(rig.pulls.count == 1, "\(resumed)")
        }
    }
}
