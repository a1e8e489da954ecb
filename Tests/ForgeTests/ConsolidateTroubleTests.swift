import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// A combination that is interrupted, or whose forge fails, is made once, and closes its members once.
struct ConsolidateTroubleTests {
    struct Trouble: CustomTestStringConvertible, Sendable {
        var kind: Kind
        /// A point at which the program is killed, or a call that goes wrong in a way.
        var point: String
        var fault: Fault?
        var isLanding: Bool
        var testDescription: String {
            "\(kind) \(isLanding ? "landing" : "opening") \(point) \(fault.map { "\($0)" } ?? "")"
        }
    }

    private static let troubles: [Trouble] = Kind.allCases.enumerated().flatMap { place, kind in
        var rows: [Trouble] = []
        for point in [
            "consolidate.record", "consolidate.recorded", "deliver.branch.push", "deliver.branch.answered",
            "forge.open.sent", "deliver.open.answered",
        ] { rows.append(.init(kind: kind, point: point, isLanding: false)) }
        for point in [
            "forge.finish.audited", "forge.finish.recorded", "forge.part.told", "forge.part.closed",
            "deliver.close.answered",
        ] { rows.append(.init(kind: kind, point: point, isLanding: true)) }
        for fault in [Fault.error500After, .dropAfter, .limit429, .unauthorized401] {
            rows.append(.init(kind: kind, point: "Open", fault: fault, isLanding: false))
            rows.append(.init(kind: kind, point: "Comment", fault: fault, isLanding: true))
            rows.append(.init(kind: kind, point: "Close", fault: fault, isLanding: true))
        }
        return rows.enumerated().filter { FaultMatrixTests.isLong || $0.offset % 3 == place }.map(\.element)
    }

    @Test(arguments: troubles)
    func whatGoesWrongInBetweenIsMadeGood(trouble: Trouble) async throws {
        try await ConsolidateTests.with(trouble.kind) { rig in
            func meet(_ command: String...) async throws {
                var clone = rig.clone
                if let fault = trouble.fault {
                    rig.forge.fail(trouble.point, fault)
                } else {
                    clone = clone.with(environment: ["GITPATCH_FAULT": trouble.point])
                }
                let result = try await clone.run("git-automerge", command)
                #expect(
                    trouble.fault != nil || result.exitCode == 137 || trouble.point.hasPrefix("deliver.branch"),
                    "\(result)")
                #expect(!rig.forge.hasUnusedFaults, "the call never came: \(rig.forge.operations)")
            }
            if trouble.isLanding {
                try await rig.automerge("consolidate", "--auto-merge")
                rig.pass(rig.pulls[2].number)
                try await meet("run", "--once")
            } else {
                try await meet("consolidate", "--auto-merge")
                // Whoever was interrupted types it again.
                _ = try await rig.clone.run("git-automerge", ["consolidate", "--auto-merge"])
            }
            for _ in 0..<14 {
                let branches = try await rig.clone.git("--git-dir", rig.remotePath, "for-each-ref", "refs/heads/patch/")
                if branches.isEmpty, rig.pulls.count > 2 { break }
                _ = try await rig.clone.run("git-patch", ["resume"])
                if rig.pulls.count > 2 { rig.pass(rig.pulls[2].number) }
                _ = try await rig.clone.run("git-automerge", ["run", "--once"])
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(rig.pulls.count == 3, "\(rig.forge.operations)")
            #expect(rig.merges == 1, "\(rig.forge.operations)")
            try await rig.expectClosed(in: rig.pulls[2].number)
            #expect(try await rig.clone.tryGit(["fsck", "--strict"]).succeeded)
        }
    }
}

extension Rig {
    /// An open pull request of a new file; HEAD is on the target afterwards.
    func open(_ name: String, _ more: String..., file: String? = nil) async throws {
        try clone.write(file ?? "\(name).txt", "\(name)\n")
        let made = try await clone.run("git-patch", [name, "--return"] + more)
        #expect(made.exitCode == 0, "\(made)")
    }

    func references() async throws -> String { try await clone.git("--git-dir", remotePath, "for-each-ref") }

    /// The check passes at the head of a pull request.
    func pass(_ number: Int) {
        forge.with { $0.checks.append(.init(name: "unit", app: 15, state: "passed", commit: $0.head(of: number))) }
    }

    func land(_ number: Int, _ patch: String) async throws {
        try await automerge("enable", patch)
        pass(number)
        try await run()
    }

    /// Every other pull request that is closed says once where it has landed, and its branch is gone.
    func expectClosed(in number: Int) async throws {
        #expect(forge.with { $0.pulls[number]?.state } == "merged", "\(forge.operations)")
        for name in ["one", "two"] {
            let pull = pulls.first { $0.title == name }
            #expect(pull?.state == "closed", "\(forge.operations)")
            let told = pull?.comments.filter {
                $0.body.contains("landed as a part of") && $0.body.contains("/\(number)")
            }
            #expect(told?.count == 1, "\(pull?.comments.map(\.body) ?? [])")
            #expect(try await !hasBranch("patch/\(name)"))
        }
        let before = forge.with { $0.pulls.values.flatMap(\.comments).count }
        try await run()
        #expect(forge.with { $0.pulls.values.flatMap(\.comments).count } == before)
    }
}
