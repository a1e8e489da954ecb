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
