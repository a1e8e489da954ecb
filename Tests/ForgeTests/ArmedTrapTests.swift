import FakeForges
import GitValues
import PlainRemote
import SuiteTestSupport
import Testing

/// What the engines of forges do with a merge they were told to make, the same on every kind.
struct ArmedTrapTests {
    /// A patch whose merge the forge keeps for later, because of a check nobody here demands.
    static func kept(_ kind: Kind, _ body: (Rig) async throws -> Void) async throws {
        try await Rig.with(kind) { rig in
            rig.forge.with {
                $0.hasAsynchronousMerge = false
                $0.requiredChecks = [(kind == .gitea ? "hid*" : "hidden", nil)]
            }
            try await rig.armed()
            rig.report()
            switch kind {
            // A rule the token cannot see.
            case .github: rig.forge.with { $0.hidesRules = true }
            // A pattern, which only the server can apply.
            case .gitea: break
            // A job that keeps the pipeline running.
            case .gitlab: rig.report("hidden", "pending")
            }
            let told = try await rig.run()
            #expect(rig.pull?.armed == "squash", "\(told) \(rig.forge.operations)")
            #expect(rig.merges == 0)
            try await body(rig)
        }
    }

    @Test(arguments: Kind.allCases)
    func aMergeTheForgeKeepsIsMadeOnceAndFollowed(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            rig.report("hidden")
            try await rig.run()
            #expect(rig.merges == 1)
            #expect(try await rig.patch("list", "--all").output.contains("landed"))
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    // Gitea forgets the head it was told; nothing there unschedules on a push.
    @Test(arguments: [Kind.gitlab, .gitea])
    func aKeptMergeIsTakenBackWhenTheHeadMoves(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            try await rig.pushByOthers()
            try await rig.run()
            #expect(rig.pull?.armed == nil)
            rig.forge.with { $0.requiredChecks = [] }
            rig.report()
            try await rig.run()
            #expect(rig.merges == 0)
        }
    }

    @Test(arguments: [Kind.gitlab, .gitea])
    func stopTakesAKeptMergeBack(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            try await rig.automerge("stop", "--all", "--reason", "fire")
            #expect(rig.pull?.armed == nil)
        }
    }

    // go-gitea/gitea#39214 merged with red checks; a forge never waits for a check that only our policy demands.
    @Test(arguments: Kind.allCases)
    func aCheckThatTurnsRedTakesAKeptMergeBack(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            rig.report("unit", "failed")
            try await rig.run()
            #expect(rig.pull?.armed == nil, "\(rig.forge.operations)")
            rig.report("hidden")
            try await rig.run()
            #expect(rig.merges == 0)
            rig.report("unit")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    // TauCetiProject/TauCetiRoadmap#362: what was armed is armed no more, and nobody says so.
    @Test(arguments: [Kind.github, .gitlab])
    func aKeptMergeThatTheForgeDropsIsToldAnew(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            rig.change { $0.armed = nil }
            let ran = try await rig.run()
            #expect(rig.pull?.armed == "squash", "\(ran) \(rig.forge.operations)")
            rig.report("hidden")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    // go-gitea/gitea#24445, #23022: a scheduled merge that never comes, and is only logged there.
    @Test func aKeptMergeThatNeverComesIsAskedForAnew() async throws {
        try await ArmedTrapTests.kept(.gitea) { rig in
            rig.forge.with { $0.forgetsWhatItKeeps = true }
            rig.report("hidden")
            try await rig.run()
            #expect(rig.merges == 0)
            try rig.changeRecord { $0.askedAt = $0.askedAt?.adding(seconds: -601) }
            try await rig.run()
            #expect(rig.merges == 1, "\(rig.forge.operations)")
        }
    }

    // A look that may have been missed changes nothing of what is to be taken back.
    @Test func aLookBeforeADisableForgetsNothing() async throws {
        try await ArmedTrapTests.kept(.gitea) { rig in
            try rig.changeRecord { $0.toldUnder = nil }
            try await rig.automerge("status")
            try await rig.automerge("disable")
            #expect(rig.pull?.armed == nil, "\(rig.forge.operations)")
        }
    }

    @Test func whatIsToldAnewIsTakenBackLikeTheRest() async throws {
        try await ArmedTrapTests.kept(.gitea) { rig in
            try rig.changeRecord { $0.askedAt = $0.askedAt?.adding(seconds: -601) }
            rig.forge.answer("Merge", 405, #"{"message": "Please try again later"}"#)
            try await rig.run()
            #expect(rig.pull?.armed != nil)
            rig.report("unit", "failed")
            try await rig.run()
            #expect(rig.pull?.armed == nil, "\(rig.forge.operations)")
        }
    }

    @Test(arguments: [Kind.gitea, .gitlab])
    func whatAForgeStillComputesIsNeitherCleanNorAConflict(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            rig.change { $0.unknownLooks = 1 }
            #expect(try await rig.run().output.contains("computes"))
            #expect(rig.merges == 0)
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }
}
