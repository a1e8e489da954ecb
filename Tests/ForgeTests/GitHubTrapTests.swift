import FakeForges
import Foundation
import PlainRemote
import SuiteTestSupport
import Testing

/// What went wrong for others on GitHub, one test each.
struct GitHubTrapTests {
    @Test func mergeableUnknownIsNeitherCleanNorAConflict() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.looksUntilMergeable = 2 }
            try await rig.armed()
            rig.report()
            rig.change { $0.unknownLooks = 1 }
            #expect(try await rig.run().output.contains("computes"))
            #expect(rig.merges == 0)
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test func aRequiredCheckThatNeverReportedIsExpectedNotPassed() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.requiredChecks = [("deploy", nil)] }
            try await rig.armed()
            rig.report("unit")
            #expect(try await rig.run().output.contains("deploy has not reported"))
            #expect(rig.merges == 0)
        }
    }

    @Test func aCheckOfAnotherAppDoesNotStandInForTheRequiredOne() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.requiredChecks = [("unit", 15)] }
            try await rig.armed()
            rig.report("unit", "passed", app: 99)
            #expect(try await rig.run().output.contains("only another app has"))
            #expect(rig.merges == 0)
            rig.report("unit", "passed", app: 15)
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: ["skipped", "neutral"])
    func aNamedCheckThatWasSkippedDoesNotPass(state: String) async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            rig.report("unit", state)
            #expect(try await rig.run().output.contains("no pass"))
            #expect(rig.merges == 0)
        }
    }

    @Test func noCheckAtAllIsWaitingUnlessNoneIsExpected() async throws {
        try await Rig.with(.github) { rig in
            try rig.clone.write("b.txt", "1\n")
            try await rig.patch("Fix the greeting", "--auto-merge")
            #expect(try await rig.run().output.contains("no check has reported"))
            #expect(rig.merges == 0)
            try await rig.clone.git("config", "automerge.expectNoChecks", "true")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test func onlySkippedChecksTestedNothing() async throws {
        try await Rig.with(.github) { rig in
            try rig.clone.write("b.txt", "1\n")
            try await rig.patch("Fix the greeting", "--auto-merge")
            rig.report("docs", "skipped")
            #expect(try await rig.run().output.contains("every check was skipped"))
            #expect(rig.merges == 0)
        }
    }

    @Test func theHundredAndFirstCheckCounts() async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            for number in 0..<105 { rig.report("check \(number)") }
            rig.report("unit", "failed")
            #expect(try await rig.run().output.contains("unit failed"))
            #expect(rig.merges == 0)
            #expect(rig.forge.operations.contains("Checks"))
        }
    }

    @Test func withoutAsynchronousMergeItIsArmedElseMergedAlwaysWithTheHead() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.hasAsynchronousMerge = false }
            try await rig.armed()
            rig.report()
            try await rig.run()
            // Nothing is left to wait for, and only that exact answer leads to a direct merge.
            #expect(rig.forge.operations.suffix(12).contains("Arm"))
            #expect(rig.forge.operations.contains("Merge"))
            #expect(rig.merges == 1)
        }
    }

    @Test func armedAtTheForgeIsDisarmedWhenTheHeadMoves() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.hasAsynchronousMerge = false }
            try await rig.armed()
            rig.report()
            // A rule the token cannot see keeps the forge waiting.
            rig.forge.with {
                $0.requiredChecks = [("hidden", nil)]
                $0.hidesRules = true
            }
            try await rig.run()
            #expect(rig.pull?.armed == "squash")
            try await rig.pushByOthers()
            try await rig.run()
            #expect(rig.pull?.armed == nil)
            rig.forge.with { $0.requiredChecks = [] }
            try await rig.run()
            #expect(rig.merges == 0)
        }
    }

    @Test func stopDisarmsWhatIsArmedAtTheForge() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.hasAsynchronousMerge = false }
            try await rig.armed()
            rig.report()
            rig.forge.with {
                $0.requiredChecks = [("hidden", nil)]
                $0.hidesRules = true
            }
            try await rig.run()
            #expect(rig.pull?.armed == "squash")
            try await rig.automerge("stop", "--all", "--reason", "fire")
            #expect(rig.pull?.armed == nil)
        }
    }

    @Test func theQueueIsEnteredWithTheHeadAndLeftAlthoughItSaysNo() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with {
                $0.hasAsynchronousMerge = false
                $0.hasQueue = true
            }
            try await rig.armed()
            rig.report()
            rig.forge.with {
                $0.requiredChecks = [("hidden", nil)]
                $0.hidesRules = true
            }
            try await rig.run()
            #expect(rig.pull?.isQueued == true)
            let disabled = try await rig.automerge("disable")
            #expect(rig.pull?.isQueued == false, "\(disabled)")
            #expect(rig.merges == 0)
        }
    }

    @Test func aSlowMergeIsAskedForOnceAndFollowedByItsTicket() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.mergesSlowly = true }
            try await rig.armed()
            rig.report()
            #expect(try await rig.run().output.contains("merging it"))
            #expect(try await rig.run().output.contains("merging it"))
            rig.forge.with { $0.mergesSlowly = false }
            try await rig.run()
            #expect(rig.merges == 1)
            #expect(rig.forge.operations.filter { $0 == "MergeAsync" }.count == 1)
        }
    }

    // A second request is answered with the ticket of the first.
    @Test func aMergeThatIsWorkedOnAlreadyIsFollowedNotRepeated() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.mergesSlowly = true }
            try await rig.armed()
            rig.report()
            rig.forge.fail("MergeAsync", .dropAfter)
            try await rig.run()
            try await rig.runUntil { rig.forge.operations.filter { $0 == "MergeAsync" }.count == 2 }
            let ticket = try rig.record().ticket
            #expect(ticket != nil, "\(rig.forge.operations)")
            rig.forge.with { $0.mergesSlowly = false }
            try await rig.runUntil { rig.merges == 1 }
            #expect(rig.merges == 1)
            #expect(rig.forge.operations.filter { $0 == "MergeAsync" }.count == 2)
        }
    }

    // Tickets are kept for a day.
    @Test func aTicketThatIsForgottenIsNoLostMerge() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.mergesSlowly = true }
            try await rig.armed()
            rig.report()
            try await rig.run()
            rig.change { $0.ticket = nil }
            rig.forge.with { $0.mergesSlowly = false }
            try await rig.runUntil { rig.merges == 1 }
            #expect(rig.merges == 1, "\(rig.forge.operations)")
        }
    }

    @Test func aServerErrorThatMergedIsReadNotRetried() async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            rig.report()
            rig.forge.fail("MergeAsync", .error500After)
            try await rig.run()
            try await rig.runUntil { rig.pull?.state == "merged" }
            try await rig.run()
            #expect(rig.merges == 1)
            #expect(rig.forge.operations.filter { $0 == "MergeAsync" }.count == 1)
            #expect(try await rig.patch("list", "--all").output.contains("landed"))
        }
    }

    @Test func aSquashOverAWrongBaseIsFoundWithinOneLook() async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            rig.report()
            let other = try await rig.clone.clone(rig.remotePath, as: "other")
            try await other.commit("earlier work of others", files: ["c.txt": "1\n"])
            try await other.git("push", "-q", "origin", "main")
            rig.forge.with { $0.squashesWrongly = true }
            let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(ran.exitCode != 0)
            #expect(ran.errorOutput.contains("is wrong"), "\(ran)")
            #expect(ran.errorOutput.contains("c.txt"), "\(ran)")
            let audit = try await rig.clone.run("git-automerge", ["verify"])
            #expect(audit.exitCode == 1)
            #expect(audit.output.contains("wrong-change"), "\(audit)")
            #expect(ran.errorOutput.contains("branch 'patch/fix-the-greeting' is kept"), "\(ran)")
            try await rig.run()
            #expect(try await rig.hasBranch())
        }
    }

    @Test func rollbackProposesTheRevertOnce() async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            rig.report()
            try await rig.run()
            let id = try await rig.clone.git("rev-parse", "--abbrev-ref", "HEAD")
            let look = try await rig.automerge("rollback", id, "--dry-run")
            #expect(look.output.hasPrefix("would open a pull request that reverts patch "), "\(look)")
            #expect(rig.pulls.count == 1 && !rig.forge.operations.contains("Revert"))
            for _ in 0..<2 {
                let rolled = try await rig.automerge("rollback", id)
                #expect(rolled.trimmed.hasSuffix("/pull/2"), "\(rolled)")
            }
            #expect(rig.pulls.count == 2)
            let known = try await rig.automerge("rollback", id, "--dry-run")
            #expect(known.trimmed.hasSuffix("/pull/2"), "\(known)")
        }
    }

    @Test func aRevertWhoseAnswerWasLostIsFoundNotRepeated() async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            rig.report()
            try await rig.run()
            rig.forge.fail("Revert", .dropAfter)
            let branch = try await rig.clone.git("rev-parse", "--abbrev-ref", "HEAD")
            for _ in 0..<3 { _ = try await rig.clone.run("git-automerge", ["rollback", branch]) }
            let rolled = try await rig.automerge("rollback", branch)
            #expect(rolled.trimmed.hasSuffix("/pull/2"), "\(rolled)")
            #expect(rig.pulls.count == 2)
            #expect(rig.forge.operations.filter { $0 == "Revert" }.count == 1)
        }
    }

    @Test func rulesThatMayNotBeReadAreNotNone() async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            rig.report()
            rig.forge.fail("Rules", .forbidden403)
            let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(rig.merges == 0, "\(ran)")
            #expect(ran.output.contains("may not read the rules of 'main'"), "\(ran)")
            try await rig.runUntil { rig.merges == 1 }
            #expect(rig.merges == 1)
        }
    }

    // What is missing may be the review that says no.
    @Test(arguments: [["NOT_FOUND"], ["NOT_FOUND", "FORBIDDEN"], ["SERVICE_UNAVAILABLE"]])
    func dataWithErrorsBesideItIsNotActedOn(types: [String]) async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            rig.report()
            rig.forge.with { model in
                model.partialErrors = types.map { ($0, ["nodes", "0", "latestOpinionatedReviews"]) }
            }
            let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(rig.merges == 0, "\(ran)")
            #expect(ran.output.contains("waiting"), "\(ran)")
            #expect(ran.output.contains("Something is missing"), "\(ran)")
            rig.forge.with { $0.partialErrors = [] }
            try await rig.runUntil { rig.merges == 1 }
            #expect(rig.merges == 1)
        }
    }

    @Test func anUnchangedRepositoryCostsOneCountedRequestPerLook() async throws {
        try await Rig.with(.github) { rig in
            try rig.clone.write("b.txt", "1\n")
            try await rig.patch("Fix the greeting")
            try rig.clone.write("c.txt", "1\n")
            try await rig.patch("And another")
            rig.forge.forgetOperations()
            try await rig.run()
            #expect(rig.forge.operations == ["Poll"])
        }
    }

    @Test func theVersionOfTheInterfaceIsPinned() async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            #expect((rig.forge as? FakeGitHub)?.apiVersions == ["2026-03-10"])
        }
    }

    @Test func textOfTheForgeCannotSteerTheTerminal() async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            rig.report("evil\u{1B}[31m", "failed")
            rig.report("unit", "failed")
            let ran = try await rig.run()
            let status = try await rig.patch("status")
            for text in [ran.output, ran.errorOutput, status.output] { #expect(!text.contains("\u{1B}")) }
            #expect(status.output.contains("evil?[31m failed"), "\(status)")
        }
    }
}
