import FakeForges
import SuiteTestSupport
import Testing

/// A stop from a clone that knows nothing of the patches.
struct StopByOthersTests {
    @Test(arguments: Kind.allCases)
    func aStopOfAColleagueTakesBackWhatOthersTold(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            let stopped = try await rig.colleague().run("git-automerge", ["stop", "--reason", "fire"])
            #expect(stopped.exitCode == 0, "\(stopped)")
            #expect(rig.pull?.armed == nil, "\(stopped) \(rig.forge.operations)")
            // The wish is still there.
            try await rig.automerge("resume")
            rig.report("hidden")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func aStopOfAnotherTargetTakesNothingBack(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            try await rig.clone.git("push", "-q", "origin", "main:next")
            let stopped = try await rig.colleague().run(
                "git-automerge", ["stop", "--target", "next", "--reason", "fire"])
            #expect(stopped.exitCode == 0, "\(stopped)")
            #expect(rig.pull?.armed != nil, "\(stopped)")
        }
    }

    // Somebody who armed it on the forge's page has not asked for it here.
    @Test(arguments: [Kind.github, .gitlab])
    func whatWasArmedByHandIsLeftAlone(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            rig.change { pull in
                pull.body = "by hand"
                pull.comments = []
            }
            let stopped = try await rig.colleague().run("git-automerge", ["stop", "--reason", "fire"])
            #expect(rig.pull?.armed != nil, "\(stopped)")
        }
    }

    // A pull request that was open before the patch has a text without our line; the comment tells.
    @Test(arguments: Kind.allCases)
    func aPullRequestThatWasTakenOverIsFoundByItsComment(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            rig.change { $0.body = "by hand" }
            rig.forge.with { $0.viewer = "bob" }
            let stopped = try await rig.colleague().run("git-automerge", ["stop", "--reason", "fire"])
            #expect(rig.pull?.armed == nil, "\(stopped) \(rig.forge.operations)")
        }
    }

    @Test(arguments: Kind.allCases)
    func whatCouldNotBeLookedAtIsSaidAndLookedAtLater(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            let colleague = try await rig.colleague()
            rig.forge.fail("List", .error500Before)
            let stopped = try await colleague.run("git-automerge", ["stop", "--reason", "fire"])
            #expect(stopped.exitCode == 0, "\(stopped)")
            #expect(rig.pull?.armed != nil, "\(stopped)")
            #expect(stopped.errorOutput.contains("what others told"), "\(stopped)")
            let delivered = try await colleague.run("git-automerge", ["deliver"])
            #expect(rig.pull?.armed == nil, "\(delivered) \(rig.forge.operations)")
        }
    }
}
