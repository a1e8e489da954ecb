import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// A stop holds whoever made it, wherever and whenever.
struct StopOnForgesTests {
    /// A patch from a fork whose checks passed.
    private static func forked(_ kind: Kind, _ body: (Rig) async throws -> Void) async throws {
        try await Rig.with(kind) { rig in
            try await rig.fork()
            try await rig.armed("Fix the greeting", "--to", "origin")
            #expect(rig.pull?.owner == "me")
            rig.report()
            try await body(rig)
        }
    }

    @Test(arguments: Kind.allCases, [[], ["--remote", "origin"], ["--target", "main"]])
    func aStopOfEitherRepositoryHoldsForAForksPatch(kind: Kind, options: [String]) async throws {
        try await StopOnForgesTests.forked(kind) { rig in
            let stopped = try await rig.clone.run("git-automerge", ["stop", "--reason", "fire"] + options)
            #expect(stopped.exitCode == 0, "\(stopped)")
            #expect(try await rig.run().output.contains("fire"))
            #expect(rig.merges == 0)
            let resumed = try await rig.clone.run("git-automerge", ["resume"] + options)
            #expect(resumed.exitCode == 0, "\(resumed)")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    // A token that lost its rights sees no pull request, which is none that has ended.
    @Test(arguments: [Kind.gitlab, .gitea])
    func aRepositoryThatIsNotSeenIsNotOneThatMergesNothing(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            let name = kind == .gitea ? "Repository" : "Project"
            for operation in ["Poll", name] { rig.forge.answer(operation, 404, #"{"message": "Not Found"}"#) }
            let stopped = try await rig.automerge("stop", "--reason", "fire")
            #expect(stopped.errorOutput.contains("'Fix the greeting'"), "\(stopped)")
            #expect(!rig.forge.hasUnusedFaults, "\(rig.forge.operations)")
            try await rig.automerge("deliver")
            #expect(rig.pull?.armed == nil)
        }
    }

    // What was told on the page of the forge nothing here knows of.
    @Test(arguments: [Kind.github, .gitlab])
    func onePullRequestThatCannotBeReadIsTakenBackByTheList(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try rig.clone.write("b.txt", "1\n")
            try await rig.patch("Fix the greeting")
            rig.forge.with { $0.requiredChecks = [("unit", nil)] }
            rig.report("unit", "pending")
            rig.change { $0.armed = "squash" }
            rig.forge.fail("Poll", .error500Before)
            let stopped = try await rig.automerge("stop", "--reason", "fire")
            #expect(!rig.forge.hasUnusedFaults, "\(rig.forge.operations)")
            #expect(rig.pull?.armed == nil, "\(stopped) \(rig.forge.operations)")
            #expect(rig.merges == 0)
        }
    }

    @Test(arguments: Kind.allCases)
    func aStopMadeRightBeforeTheMergeIsSeen(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            // A colleague's stop, kept back until the pass has read the fences.
            let other = try await rig.clone.clone(rig.remotePath, as: "other")
            let stopped = try await other.run("git-automerge", ["stop", "--reason", "fire"])
            #expect(stopped.exitCode == 0, "\(stopped)")
            let fence = "refs/automerge/-/epoch"
            let tip = try await rig.clone.git("--git-dir", rig.remotePath, "rev-parse", fence)
            try await rig.clone.git("--git-dir", rig.remotePath, "update-ref", "-d", fence)
            let (path, environment) = (rig.remotePath, rig.clone.environment)
            rig.forge.before("Look") {
                _ = try? ChildProcess.run(
                    "/usr/bin/env", ["git", "--git-dir", path, "update-ref", fence, tip], environment: environment)
            }
            let ran = try await rig.run()
            #expect(rig.merges == 0, "\(ran)")
            #expect(ran.output.contains("fire"), "\(ran)")
        }
    }

    // The colleague's clone has listed nothing, because nothing was told yet.
    @Test(arguments: Kind.allCases)
    func aStopMadeWhileTheForgeIsToldIsSeen(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            rig.forge.with {
                $0.hasAsynchronousMerge = false
                $0.requiredChecks = [(kind == .gitea ? "hid*" : "hidden", nil)]
                $0.hidesRules = true
            }
            try await rig.armed()
            rig.report()
            if kind == .gitlab { rig.report("hidden", "pending") }
            let other = try await rig.clone.clone(rig.remotePath, as: "other")
            let stopped = try await other.run("git-automerge", ["stop", "--reason", "fire"])
            #expect(stopped.exitCode == 0, "\(stopped)")
            let fence = "refs/automerge/-/epoch"
            let tip = try await rig.clone.git("--git-dir", rig.remotePath, "rev-parse", fence)
            try await rig.clone.git("--git-dir", rig.remotePath, "update-ref", "-d", fence)
            let (path, environment) = (rig.remotePath, rig.clone.environment)
            rig.forge.before(kind == .github ? "Arm" : "Merge") {
                _ = try? ChildProcess.run(
                    "/usr/bin/env", ["git", "--git-dir", path, "update-ref", fence, tip], environment: environment)
            }
            let ran = try await rig.run()
            #expect(rig.pull?.armed == nil, "\(ran) \(rig.forge.operations)")
            #expect(ran.output.contains("fire"), "\(ran)")
            #expect(rig.merges == 0)
        }
    }

    @Test(arguments: Kind.allCases)
    func aStopMadeOfflineTakesTheMergeBackWithTheNextCommand(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            rig.forge.fail("Poll", .dropBefore)
            let stopped = try await rig.cutOff().run("git-automerge", ["stop", "--reason", "fire"])
            #expect(stopped.exitCode == 0, "\(stopped)")
            #expect(stopped.errorOutput.contains("'Fix the greeting'"), "\(stopped)")
            #expect(rig.pull?.armed != nil)
            try await rig.automerge("deliver")
            #expect(rig.pull?.armed == nil, "\(rig.forge.operations)")
            #expect(try await rig.run().output.contains("fire"))
            // The wish is still there.
            try await rig.automerge("resume")
            rig.report("hidden")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func aColleaguesStopTakesTheMergeBackWhateverElseCannotBeRead(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            let other = try await rig.clone.clone(rig.remotePath, as: "other")
            let stopped = try await other.run("git-automerge", ["stop", "--reason", "fire"])
            #expect(stopped.exitCode == 0, "\(stopped)")
            if kind == .github { rig.forge.fail("Rules", .forbidden403) }
            let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(rig.pull?.armed == nil, "\(ran)")
        }
    }

    @Test func aMergeWhoseAnswerWasLostIsNotCalledDisarmed() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.mergesSlowly = true }
            try await rig.armed()
            rig.report()
            rig.forge.fail("MergeAsync", .dropAfter)
            try await rig.run()
            let disabled = try await rig.automerge("disable")
            #expect(disabled.output.contains("nothing has come back"), "\(disabled)")
            #expect(!disabled.output.contains("is disarmed"), "\(disabled)")
            rig.forge.with { _ = $0.merge(1, method: "squash", title: "Fix the greeting", message: "") }
            try await rig.run()
            #expect(try await rig.patch("list", "--all").output.contains("landed"))
        }
    }

    // The forge is asked again for some minutes whether it merges; whoever switches it on again need not wait for that.
    @Test func switchingItOnAgainWaitsForNoDisarming() async throws {
        try await Rig.with(.github) { rig in
            try await rig.armed()
            rig.report()
            rig.forge.fail("MergeAsync", .error500Before)
            try await rig.run()
            let disabled = try await rig.automerge("disable")
            #expect(disabled.output.contains("nothing has come back"), "\(disabled)")
            let enabled = try await rig.automerge("enable")
            #expect(enabled.output.contains("is armed"), "\(enabled)")
            try await rig.runUntil { rig.merges == 1 }
            #expect(rig.merges == 1, "\(rig.forge.operations)")
        }
    }

    @Test func whatTheForgeMergesAlreadyIsNotCalledDisarmed() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with { $0.mergesSlowly = true }
            try await rig.armed()
            rig.report()
            #expect(try await rig.run().output.contains("merging it"))
            let stopped = try await rig.automerge("stop", "--reason", "fire")
            #expect(stopped.errorOutput.contains("merging it"), "\(stopped)")
            try await rig.automerge("resume")
            let disabled = try await rig.automerge("disable")
            #expect(disabled.output.contains("merging it"), "\(disabled)")
            #expect(!disabled.output.contains("is disarmed"), "\(disabled)")
            rig.forge.with { $0.mergesSlowly = false }
            // The first run may be the one that hears of it, the second follows what came of it.
            for _ in 0..<2 { try await rig.run() }
            #expect(rig.merges == 1)
            #expect(try await rig.patch("list", "--all").output.contains("landed"))
        }
    }
}
