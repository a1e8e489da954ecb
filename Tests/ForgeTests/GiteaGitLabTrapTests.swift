import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// What went wrong for others on Gitea and GitLab, one test each.
struct GiteaGitLabTrapTests {
    @Test func aMergeUnderWayAtGitLabIsNeitherClosedNorAskedForAgain() async throws {
        try await Rig.with(.gitlab) { rig in
            try await rig.armed()
            rig.report()
            rig.change { $0.state = "locked" }
            rig.forge.forgetOperations()
            let ran = try await rig.run()
            #expect(ran.output.contains("merging it"), "\(ran)")
            #expect(!ran.output.contains("ejected"), "\(ran)")
            #expect(!rig.forge.operations.contains("Merge"), "\(rig.forge.operations)")
            rig.change { $0.state = "open" }
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }
}
