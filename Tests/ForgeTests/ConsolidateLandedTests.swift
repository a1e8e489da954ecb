import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// A patch that has landed as a part of a combination is not open any more, whatever its page shows still.
struct ConsolidateLandedTests {
    @Test(arguments: Kind.allCases)
    func aMemberThatHasLandedIsNotUndoneByItself(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("consolidate", "--auto-merge", "-m", "Both")
            rig.pass(rig.pulls[2].number)
            try await rig.run()
            #expect(rig.pulls.map(\.state) == ["closed", "closed", "merged"])
            let undone = try await rig.clone.run("git-patch", ["undo"])
            #expect(undone.exitCode != 0, "\(undone)")
            #expect(undone.errorOutput.contains("'two' has landed as a part of 'Both'"), "\(undone)")
            #expect(undone.errorOutput.contains("git automerge rollback "), "\(undone)")
            let back = try await rig.automerge("rollback", "two", exits: 1)
            #expect(back.errorOutput.contains("'two' has landed as a part of 'Both'"), "\(back)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aClosingThatWaitsIsToldAndNothingIsArmed(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("consolidate", "--auto-merge", "-m", "Both")
            rig.pass(rig.pulls[2].number)
            rig.forge.fail("Close", .forbidden403)
            try await rig.run()
            #expect(rig.pulls[0].state == "open")
            let words = "it has landed as a part of 'Both' and is to be closed"
            #expect(rig.pulls[0].comments.isEmpty)
            let refused = try await rig.automerge("enable", "one", exits: 1)
            #expect(refused.errorOutput.contains("'one' has landed as a part of 'Both'"), "\(refused)")
            #expect(rig.pulls[0].comments.isEmpty)
            let told = try await rig.run()
            #expect(told.output.contains("waiting 'one': \(words)"), "\(told)")
            try await rig.patch("resume")
            try await rig.expectClosed(in: rig.pulls[2].number)
        }
    }
}
