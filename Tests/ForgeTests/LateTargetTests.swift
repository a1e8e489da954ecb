import FakeForges
import GitValues
import PlainRemote
import SuiteTestSupport
import Testing

/// A forge answers from several machines: git may be asked of one that does not know of a merge yet.
struct LateTargetTests {
    @Test(arguments: Kind.allCases)
    func aTargetThatDoesNotShowTheMergeYetIsWaitedFor(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            rig.forge.with { $0.lagsBehind = true }
            for _ in 0..<2 {
                let early = try await rig.run()
                #expect(rig.merges == 1, "\(early)")
                #expect(early.output.contains("'main' does not show it yet"), "\(early)")
                #expect(!early.output.contains("landed"), "\(early)")
            }
            #expect(try await rig.hasBranch())
            rig.forge.with { $0.catchUp() }
            let landed = try await rig.run()
            #expect(landed.output.contains("landed 'Fix the greeting'"), "\(landed)")
            #expect(try await !rig.hasBranch())
            #expect(try await rig.automerge("verify").output.contains("no problem"))
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func aTargetThatNeverShowsTheMergeIsTold(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            rig.forge.with { $0.lagsBehind = true }
            try await rig.run()
            try rig.changeRecord { $0.mergedAt = $0.mergedAt?.adding(seconds: -301) }
            let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(ran.exitCode != 0, "\(ran)")
            #expect(ran.errorOutput.contains("is not in 'main'"), "\(ran)")
            #expect(ran.errorOutput.contains("is kept"), "\(ran)")
            try await rig.run()
            #expect(try await rig.hasBranch())
        }
    }
}
