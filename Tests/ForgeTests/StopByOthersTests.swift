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

    @Test func aRepositoryThatTheTokenCannotSeeIsNotOneWithoutPullRequests() async throws {
        try await ArmedTrapTests.kept(.github) { rig in
            rig.forge.answer(
                "List", 200,
                #"{"data": {"repository": null}, "errors": [{"type": "NOT_FOUND", "path": ["repository"], "#
                    + #""message": "Could not resolve to a Repository"}]}"#)
            let stopped = try await rig.colleague().run("git-automerge", ["stop", "--reason", "fire"])
            #expect(stopped.errorOutput.contains("what others told"), "\(stopped)")
        }
    }

    // Somebody's pull request whose comments cannot be read.
    @Test(arguments: Kind.allCases)
    func onePullRequestThatCannotBeReadKeepsNoOtherFromBeingTakenBack(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            try await rig.clone.git("push", "-q", "origin", "main:side")
            rig.forge.with { model in
                model.pulls[9] = .init(
                    number: 9, title: "By hand", body: "my words", branch: "side", owner: "acme", base: "main",
                    isDraft: false, author: "eve", lastHead: "")
                model.pulls[9]?.armed = "squash"
                model.pulls[9]?.comments = [.init(id: 900, by: "eve", body: "hello")]
            }
            rig.forge.fail("Comments", .error500Before)
            let stopped = try await rig.colleague().run("git-automerge", ["stop", "--reason", "fire"])
            #expect(rig.pull?.armed == nil, "\(stopped) \(rig.forge.operations)")
            #expect(stopped.errorOutput.contains("'By hand'"), "\(stopped)")
        }
    }

    // What is stopped need not be where patches are pushed to.
    @Test(arguments: Kind.allCases, [["deliver"], ["run", "--once"]])
    func whatWasStoppedElsewhereIsLookedAtLater(kind: Kind, command: [String]) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            let colleague = try await rig.colleague()
            try await colleague.git("remote", "rename", "origin", "upstream")
            try await colleague.git("init", "-q", "--bare", "\(rig.clone.scratch.path)/own.git")
            try await colleague.git("remote", "add", "own", "\(rig.clone.scratch.path)/own.git")
            try await colleague.git("config", "remote.pushDefault", "own")
            rig.forge.fail("List", .error500Before)
            let stopped = try await colleague.run(
                "git-automerge", ["stop", "--remote", "upstream", "--reason", "fire"])
            #expect(stopped.errorOutput.contains("what others told it to on 'upstream'"), "\(stopped)")
            #expect(rig.pull?.armed != nil)
            let status = try await colleague.run("git-automerge", ["status"])
            #expect(status.errorOutput.contains("what others told the forge of 'upstream'"), "\(status)")
            let ran = try await colleague.run("git-automerge", command)
            #expect(rig.pull?.armed == nil, "\(ran) \(rig.forge.operations)")
        }
    }

    @Test func aStopMadeOfflineElsewhereIsDelivered() async throws {
        try await Rig.with(.gitea) { rig in
            try await rig.fork()
            try await rig.clone.git("push", "-q", "fork", "main")
            let stopped = try await rig.cutOff().run(
                "git-automerge", ["stop", "--remote", "origin", "--reason", "fire"])
            #expect(stopped.output.contains("here only"), "\(stopped)")
            try await rig.automerge("deliver")
            let status = try await rig.colleague().run("git-automerge", ["status"])
            #expect(status.output.contains("fire"), "\(status)")
        }
    }

    @Test func whatIsResumedIsNotLookedAtAnyMore() async throws {
        try await ArmedTrapTests.kept(.gitlab) { rig in
            let colleague = try await rig.colleague()
            rig.forge.fail("List", .error500Before)
            _ = try await colleague.run("git-automerge", ["stop", "--reason", "fire"])
            #expect(try await colleague.run("git-automerge", ["status"]).errorOutput.contains("what others told"))
            _ = try await colleague.run("git-automerge", ["resume"])
            let status = try await colleague.run("git-automerge", ["status"])
            #expect(!status.errorOutput.contains("what others told"), "\(status)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aStopWithoutATokenSaysWhatToType(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            let poor = rig.clone.with(environment: ["GITPATCH_TOKEN": ""])
            let stopped = try await poor.run("git-automerge", ["stop", "--reason", "fire"])
            #expect(stopped.errorOutput.contains("then type 'git automerge deliver'"), "\(stopped)")
            #expect(!stopped.errorOutput.contains("git patch resume"), "\(stopped)")
            try await rig.automerge("deliver")
            #expect(rig.pull?.armed == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func aLaterStopForgetsNothingOfAnEarlierOne(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            let colleague = try await rig.colleague()
            rig.forge.fail("List", .error500Before)
            _ = try await colleague.run("git-automerge", ["stop", "--target", "main", "--reason", "fire"])
            #expect(rig.pull?.armed != nil)
            let misspelt = try await colleague.run("git-automerge", ["stop", "--target", "mian", "--reason", "fire"])
            #expect(misspelt.exitCode != 0, "\(misspelt)")
            let delivered = try await colleague.run("git-automerge", ["deliver"])
            #expect(rig.pull?.armed == nil, "\(delivered) \(rig.forge.operations)")
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
            let status = try await colleague.run("git-automerge", ["status"])
            #expect(status.errorOutput.contains("what others told"), "\(status)")
            let delivered = try await colleague.run("git-automerge", ["deliver"])
            #expect(rig.pull?.armed == nil, "\(delivered) \(rig.forge.operations)")
        }
    }
}
