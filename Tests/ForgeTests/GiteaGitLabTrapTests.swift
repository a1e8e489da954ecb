import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// What went wrong for others on Gitea and GitLab, one test each.
struct GiteaGitLabTrapTests {
    @Test(arguments: Kind.allCases)
    func aConflictIsNamed(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            let other = try await rig.clone.clone(rig.remotePath, as: "other")
            try await other.commit("something else there", files: ["b.txt": "otherwise\n"])
            try await other.git("push", "-q", "origin", "main")
            let ran = try await rig.run()
            #expect(ran.output.contains("it conflicts with 'main'"), "\(ran)")
            #expect(rig.merges == 0)
        }
    }

    // The administrator of a server may let fewer entries fit on a page than anybody asks for.
    @Test func smallPagesHideNoCheck() async throws {
        try await Rig.with(.gitea) { rig in
            rig.forge.with { $0.pageSize = 5 }
            try await rig.armed("Fix the greeting", "--label", "bug")
            rig.report()
            for number in 0..<12 { rig.report("check \(number)") }
            rig.forge.with { $0.requiredChecks = [("check 11", nil)] }
            rig.report("check 11", "failed")
            let ran = try await rig.run()
            #expect(ran.output.contains("check 11 failed"), "\(ran)")
            rig.report("check 11")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

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
