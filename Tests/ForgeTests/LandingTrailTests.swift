import FakeForges
import Foundation
import PlainRemote
import SuiteTestSupport
import Testing

/// What a landing on a forge leaves behind: receipts that can be audited, lines in the log, and nothing half done.
struct LandingTrailTests {
    private static let policy = """
        [automerge]
        \trequiredCheck = unit
        [check "unit"]
        \trun = true

        """

    @Test(arguments: Kind.allCases, [false, true])
    func verifyAgreesWithAMergeThatHeldToThePolicy(kind: Kind, targetMoves: Bool) async throws {
        try await Rig.with(kind, policy: LandingTrailTests.policy) { rig in
            try await rig.armed()
            rig.report()
            if targetMoves {
                let other = try await rig.clone.clone(rig.remotePath, as: "other")
                try await other.commit("earlier work of others", files: ["c.txt": "1\n"])
                try await other.git("push", "-q", "origin", "main")
            }
            let ran = try await rig.run()
            #expect(rig.merges == 1, "\(ran)")
            let audit = try await rig.automerge("verify")
            #expect(audit.output.contains("no problem"), "\(audit)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aMergeByHandPastTheChecksIsTold(kind: Kind) async throws {
        try await Rig.with(kind, policy: LandingTrailTests.policy) { rig in
            try await rig.armed()
            rig.report("unit", "failed")
            rig.forge.with { _ = $0.merge(1, method: "squash", title: "By hand", message: "") }
            let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(ran.output.contains("landed"), "\(ran)")
            let audit = try await rig.clone.run("git-automerge", ["verify"])
            #expect(audit.exitCode == 1, "\(audit)")
            #expect(audit.output.contains("'unit' was failed"), "\(audit)")
            // What landed is what was agreed on, so the branch is not needed any more.
            #expect(try await !rig.hasBranch())
        }
    }

    // Somebody merges by hand, in another way than was asked for: what landed tells which.
    @Test(arguments: Kind.allCases, [("rebase", "squash"), ("squash", "rebase"), ("squash", "merge")])
    func aMergeByHandIsJudgedByWhatLanded(kind: Kind, methods: (wished: String, done: String)) async throws {
        try await Rig.with(kind) { rig in
            if kind == .gitlab, methods.wished == "rebase" { rig.forge.with { $0.methods = ["squash", "rebase"] } }
            try await rig.armed("Fix the greeting", "--method", methods.wished)
            try rig.clone.write("d.txt", "1\n")
            try await rig.patch("update", "-m", "More")
            rig.report()
            let other = try await rig.clone.clone(rig.remotePath, as: "other")
            try await other.commit("work of a colleague", files: ["c.txt": "1\n"])
            try await other.git("push", "-q", "origin", "main")
            rig.forge.with { _ = $0.merge(1, method: methods.done, title: "By hand", message: "") }
            let ran = try await rig.run()
            #expect(ran.output.contains("landed 'Fix the greeting'"), "\(ran)")
            #expect(!ran.output.contains("(\(methods.wished))"), "\(ran)")
            #expect(try await rig.automerge("verify").output.contains("no problem"))
            #expect(try await !rig.hasBranch())
        }
    }

    // What passed at a head that somebody else pushed says nothing of the one that was agreed on.
    @Test(arguments: Kind.allCases)
    func verdictsOfAnotherHeadAreNotThoseOfTheAgreedOne(kind: Kind) async throws {
        try await Rig.with(kind, policy: LandingTrailTests.policy) { rig in
            try await rig.armed()
            try await rig.pushByOthers()
            rig.report()
            rig.forge.with { _ = $0.merge(1, method: "squash", title: "By hand", message: "") }
            let ran = try await rig.clone.run("git-automerge", ["run", "--once", "--json"])
            #expect(ran.exitCode != 0, "\(ran)")
            #expect(ran.output.contains(#""verdicts":[]"#), "\(ran)")
            #expect(ran.output.contains("past its checks"), "\(ran)")
            let audit = try await rig.clone.run("git-automerge", ["verify"])
            #expect(audit.exitCode == 1, "\(audit)")
            #expect(audit.output.contains("untested"), "\(audit)")
        }
    }

    // The commits of others are in the branch, and what landed is not what was agreed on.
    @Test(arguments: Kind.allCases)
    func aBranchWhoseContentIsNotProvenStays(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            let other = try await rig.clone.clone(rig.remotePath, as: "other")
            try await other.commit("earlier work of others", files: ["c.txt": "1\n"])
            try await other.git("push", "-q", "origin", "main")
            // A patch on top of it: when that one is done with the branch, it is looked at once more.
            try rig.clone.write("d.txt", "1\n")
            try await rig.patch("On top of it")
            rig.forge.with { $0.squashesWrongly = true }
            if kind == .github {
                _ = try await rig.clone.run("git-automerge", ["run", "--once"])
            } else {
                rig.forge.with { _ = $0.merge(1, method: "squash", title: "By hand", message: "") }
                _ = try await rig.clone.run("git-automerge", ["run", "--once"])
            }
            #expect(rig.merges == 1)
            #expect(try rig.record().isProven == false)
            for _ in 0..<2 { _ = try await rig.clone.run("git-automerge", ["run", "--once"]) }
            #expect(rig.pulls.last?.base == "main")
            #expect(try await rig.hasBranch())
        }
    }

    @Test(arguments: Kind.allCases)
    func aStackIsRetargetedWhenTheLowerPatchLandsAndItsBranchGoesThen(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            try rig.clone.write("c.txt", "1\n")
            try await rig.patch("On top of it")
            #expect(rig.pulls.last?.base == "patch/fix-the-greeting")
            rig.report()
            try await rig.run()
            #expect(rig.merges == 1)
            try await rig.run()
            #expect(rig.pulls.last?.base == "main")
            #expect(try await !rig.hasBranch())
            #expect(rig.pulls.last?.state == "open")
            #expect(rig.forge.operations.filter { $0 == "Edit" }.count == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func landingsAndEjectionsAreLoggedAndTold(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let seen = rig.clone.scratch.path + "/seen"
            try await rig.clone.git("config", "automerge.notify", "cat >> '\(seen)'")
            try await rig.armed()
            rig.report()
            try await rig.run()
            try await rig.clone.git("switch", "-q", "main")
            try rig.clone.write("c.txt", "1\n")
            try await rig.patch("Another")
            rig.forge.with { model in
                for number in model.pulls.keys where model.pulls[number]?.state == "open" {
                    model.pulls[number]?.state = "closed"
                }
            }
            try await rig.run()
            try await rig.automerge("stop", "--reason", "fire drill")
            let log = try await rig.automerge("log").output
            #expect(log.contains("landed 'Fix the greeting' on 'main'"), "\(log)")
            #expect(log.contains("ejected 'Another': it was closed on the forge"), "\(log)")
            #expect(log.contains("fire drill"), "\(log)")
            let text = try String(contentsOfFile: seen, encoding: .utf8)
            let events = try text.split(separator: "\n").map { line in
                let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return event?["event"] as? String
            }
            #expect(events == ["landed", "ejected", "stop"])
        }
    }

    @Test(arguments: Kind.allCases)
    func anArmingThatAnotherPushEndsIsSaid(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            try await rig.pushByOthers()
            let ran = try await rig.run()
            #expect(ran.output.contains("ejected 'Fix the greeting': somebody else pushed"), "\(ran)")
            #expect(try await rig.automerge("log").output.contains("somebody else pushed"))
            #expect(try await !rig.run().output.contains("ejected"))
        }
    }

    struct Kill: CustomTestStringConvertible, Sendable {
        var kind: Kind
        var point: String
        var testDescription: String { "\(kind) \(point)" }
    }

    static let kills: [Kill] = zip(
        Kind.allCases, ["forge.finish.audited", "forge.finish.recorded", "forge.finish.told"]
    ).map { Kill(kind: $0, point: $1) }

    @Test(arguments: kills)
    func aKillWhileALandingIsFinishedLeavesNothingUndone(item: Kill) async throws {
        try await Rig.with(item.kind) { rig in
            try await rig.armed("Fix the greeting", "--issue")
            rig.report()
            let dying = rig.clone.with(environment: ["GITPATCH_FAULT": item.point])
            let killed = try await dying.run("git-automerge", ["run", "--once"])
            #expect(killed.exitCode == 137, "\(killed)")
            for _ in 0..<2 { try await rig.run() }
            #expect(rig.merges == 1)
            #expect(rig.pull?.comments.last?.body.contains("done") == true)
            #expect(rig.forge.with { $0.issues.values.first?.state } == "closed")
            #expect(try await !rig.hasBranch())
            let receipts = try await rig.clone.git(
                "--git-dir", rig.remotePath, "rev-list", "--count", "refs/automerge/main/receipts")
            #expect(receipts == "1")
            let log = try await rig.automerge("log").output
            #expect(log.contains("landed 'Fix the greeting'"), "\(log)")
            if item.point != "forge.finish.told" {
                #expect(log.components(separatedBy: "landed 'Fix the greeting'").count == 2, "\(log)")
            }
        }
    }
}
