import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// Every call that changes something, crossed with every way to fail, and with a kill at that moment: what is there at
/// the end is one pull request, one issue, one comment and at most one merge.
///
/// The whole matrix runs with `GITPATCH_LONG_TESTS` set; otherwise each call and each fault comes up once per forge.
struct FaultMatrixTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var kind: Kind
        var call: String
        var fault: Fault
        var testDescription: String { "\(kind) \(call) \(fault)" }
    }

    struct Kill: CustomTestStringConvertible, Sendable {
        var kind: Kind
        var point: String
        var testDescription: String { "\(kind) \(point)" }
    }

    static let isLong = ProcessInfo.processInfo.environment["GITPATCH_LONG_TESTS"] != nil

    static func calls(_ kind: Kind) -> [String] {
        switch kind {
        case .github: ["OpenIssue", "Open", "Labels", "Comment", "EditComment", "MergeAsync", "CloseIssue"]
        case .gitlab, .gitea: ["OpenIssue", "Open", "Labels", "Comment", "EditComment", "Merge", "CloseIssue"]
        }
    }

    static let cases: [Case] = Kind.allCases.enumerated().flatMap { place, kind in
        calls(kind).enumerated().flatMap { row, call in
            Fault.allCases.enumerated().compactMap { column, fault -> Case? in
                if fault == .rateLimited200 && (kind != .github || call == "MergeAsync") { return nil }
                let isChosen =
                    (row + place * 4) % Fault.allCases.count == column || kind == .github && (row + 6) % 12 == column
                return isLong || isChosen ? Case(kind: kind, call: call, fault: fault) : nil
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
            rig.forge.fail(item.call, item.fault)
            let first = try await FaultMatrixTests.begin(rig)
            #expect(first.exitCode == 0, "\(first)")
            try await FaultMatrixTests.converge(rig)
            #expect(!rig.forge.hasUnusedFaults, "the call never came: \(rig.forge.operations)")
        }
    }

    @Test(arguments: kills)
    func aKillConverges(item: Kill) async throws {
        try await Rig.with(item.kind) { rig in
            let dying = rig.clone.with(environment: ["GITPATCH_FAULT": item.point])
            if item.point.hasPrefix("forge.merge") {
                _ = try await FaultMatrixTests.begin(rig)
                rig.report()
                let killed = try await dying.run("git-automerge", ["run", "--once"])
                #expect(killed.exitCode == 137, "\(killed)")
            } else {
                try rig.clone.write("b.txt", "1\n")
                _ = try await dying.run("git-patch", FaultMatrixTests.arguments)
            }
            try await FaultMatrixTests.converge(rig)
        }
    }

    private static let arguments = [
        "Fix the greeting", "--auto-merge", "--require-check", "unit", "--issue", "--label", "bug",
    ]

    private static func begin(_ rig: Rig) async throws -> CommandResult {
        try rig.clone.write("b.txt", "1\n")
        return try await rig.clone.run("git-patch", arguments)
    }

    /// Types what a user would type, a few times; then everything is there once.
    private static func converge(_ rig: Rig) async throws {
        for _ in 0..<14 {
            _ = try await rig.clone.run("git-patch", ["resume"])
            rig.report()
            _ = try await rig.clone.run("git-automerge", ["run", "--once"])
            let isDone = rig.forge.with { $0.issues.values.allSatisfy { $0.state == "closed" } && !$0.merges.isEmpty }
            if isDone, rig.pull?.comments.contains(where: { $0.body.contains("done") }) == true { break }
            try await Task.sleep(for: .milliseconds(300))
        }
        let history = "\(rig.forge.operations)"
        #expect(rig.pulls.count == 1, "\(history)")
        #expect(rig.forge.with { $0.issues.count } == 1, "\(history)")
        #expect(rig.pull?.comments.count == 1, "\(history)")
        #expect(rig.merges == 1, "\(history)")
        #expect(rig.pull?.labels == ["bug"], "\(history)")
        let listed = try await rig.clone.run("git-patch", ["list", "--all"])
        #expect(listed.output.contains("landed"), "\(listed) \(history)")
    }
}
