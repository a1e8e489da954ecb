import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// Every call that changes something, crossed with every way to fail, a kill of the program at that moment among them:
/// what is there at the end is one pull request, one issue, one comment and at most one merge.
///
/// The whole matrix runs with `GITPATCH_LONG_TESTS` set; otherwise each call comes up once per forge, with one fault each.
struct FaultMatrixTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var kind: Kind
        var flow: Flow
        var call: String
        var fault: Fault
        var testDescription: String { "\(kind) \(flow) \(call) \(fault)" }
    }

    struct Kill: CustomTestStringConvertible, Sendable {
        var kind: Kind
        var point: String
        var testDescription: String { "\(kind) \(point)" }
    }

    static let isLong = ProcessInfo.processInfo.environment["GITPATCH_LONG_TESTS"] != nil

    static let cases: [Case] = Kind.allCases.enumerated().flatMap { place, kind in
        let rows = Flow.allCases.flatMap { flow in flow.calls(kind).map { (flow, $0) } }
        return rows.enumerated().flatMap { row, item in
            Fault.allCases.enumerated().compactMap { column, fault -> Case? in
                let isGraphQL = kind == .github && item.1 != "MergeAsync"
                if fault == .rateLimited200 && !isGraphQL || !fault.isPossibleHere { return nil }
                let isChosen = (row + place * 5) % Fault.allCases.count == column
                return isLong || isChosen ? Case(kind: kind, flow: item.0, call: item.1, fault: fault) : nil
            }
        }
    }

    /// What a user does with one patch, and the calls that it makes.
    enum Flow: String, CaseIterable, Sendable {
        /// From a dirty tree to a landed change, with everything that can be asked for.
        case land
        /// The forge keeps the merge, it is switched off and on again, then it is made.
        case keep
        /// The same by the forge's queue.
        case queue
        /// It is taken back.
        case undo
        /// It gets another title, and one on top of it another target.
        case stack
        /// It is taken back after it landed.
        case rollback

        func calls(_ kind: Kind) -> [String] {
            switch (self, kind) {
            case (.land, .github):
                [
                    "OpenIssue", "Open", "NewLabel", "Labels", "Reviewers", "Assignees", "Comment", "EditComment",
                    "MergeAsync", "CloseIssue",
                ]
            case (.land, .gitlab): ["OpenIssue", "Open", "Labels", "Comment", "EditComment", "Merge", "CloseIssue"]
            case (.land, .gitea):
                [
                    "OpenIssue", "Open", "POST labels", "Labels", "POST pulls/N/requested_reviewers", "Assignees",
                    "Comment", "EditComment", "Merge", "CloseIssue",
                ]
            case (.keep, .github): ["Arm", "Disarm", "Merge"]
            case (.keep, .gitlab), (.keep, .gitea): ["Merge", "Disarm"]
            case (.queue, .github): ["Enqueue", "Dequeue"]
            case (.queue, .gitlab): ["Enqueue"]
            case (.queue, .gitea): []
            case (.undo, _): ["Close", "CloseIssue"]
            case (.stack, _): ["Edit"]
            case (.rollback, .github): ["Revert"]
            case (.rollback, _): []
            }
        }
    }

    static let points = [
        "forge.issue.sent", "forge.open.sent", "deliver.open.answered", "forge.comment.sent", "deliver.arm.answered",
        "forge.merge.intent", "forge.merge.sent",
    ]

    static let kills: [Kill] = Kind.allCases.enumerated().flatMap { place, kind in
        points.enumerated().compactMap { row, point in
            isLong || kind == .github || row % 3 == place ? Kill(kind: kind, point: point) : nil
        }
    }

    @Test(arguments: cases)
    func aFaultConverges(item: Case) async throws {
        try await Rig.with(item.kind) { rig in
            let run = FaultRun(rig: rig, item: item)
            switch item.flow {
            case .land: try await run.land()
            case .keep: try await run.keep()
            case .queue: try await run.queue()
            case .undo: try await run.undo()
            case .stack: try await run.stack()
            case .rollback: try await run.rollback()
            }
            #expect(!rig.forge.hasUnusedFaults, "the call never came: \(rig.forge.operations)")
        }
    }

    @Test(arguments: kills)
    func aKillConverges(item: Kill) async throws {
        try await Rig.with(item.kind) { rig in
            let run = FaultRun(rig: rig, item: nil)
            let dying = rig.clone.with(environment: ["GITPATCH_FAULT": item.point])
            if item.point.hasPrefix("forge.merge") {
                _ = try await run.begin()
                rig.report()
                let killed = try await dying.run("git-automerge", ["run", "--once"])
                #expect(killed.exitCode == 137, "\(killed)")
            } else {
                try rig.clone.write("b.txt", "1\n")
                _ = try await dying.run("git-patch", FaultRun.arguments)
            }
            try await run.converge()
        }
    }
}
