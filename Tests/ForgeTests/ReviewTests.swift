import FakeForges
import SuiteTestSupport
import Testing

/// What counts as a review, however many there are.
struct ReviewTests {
    @Test(arguments: [Kind.github, .gitea])
    func aNoAfterTheHundredthReviewCounts(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed("Fix the greeting", "--approvals", "1")
            rig.report()
            let head = try await rig.head()
            rig.change { pull in
                pull.reviews = (0..<105).map {
                    .init(by: "person\($0)", state: "APPROVED", commit: head, mayPush: true)
                }
                pull.reviews.append(.init(by: "bob", state: "CHANGES_REQUESTED", commit: head, mayPush: true))
            }
            let ran = try await rig.run()
            #expect(ran.output.contains("bob asks for changes"), "\(ran)")
            #expect(rig.merges == 0)
        }
    }

    @Test(arguments: Kind.allCases)
    func anApprovalAfterTheHundredthReviewCounts(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed("Fix the greeting", "--approvals", "1")
            rig.report()
            let head = try await rig.head()
            rig.change { pull in
                pull.reviews = (0..<105).map {
                    .init(by: "person\($0)", state: "APPROVED", commit: head, mayPush: false)
                }
            }
            let ran = try await rig.run()
            #expect(rig.merges == 0, "\(ran)")
            rig.change { $0.reviews.append(.init(by: "bob", state: "APPROVED", commit: head, mayPush: true)) }
            try await rig.runUntil { rig.merges == 1 }
            #expect(rig.merges == 1)
        }
    }

    // GitHub and GitLab tell the last word of each person; Gitea tells all of them.
    @Test func aWithdrawnApprovalBringsNoEarlierOneBack() async throws {
        try await Rig.with(.gitea) { rig in
            try await rig.armed("Fix the greeting", "--approvals", "1")
            rig.report()
            let head = try await rig.head()
            rig.change { pull in
                for state in ["APPROVED", "DISMISSED"] {
                    pull.reviews.append(.init(by: "bob", state: state, commit: head, mayPush: true))
                }
            }
            let ran = try await rig.run()
            #expect(ran.output.contains("0 of 1"), "\(ran)")
            #expect(rig.merges == 0)
        }
    }
}
