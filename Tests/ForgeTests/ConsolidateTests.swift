import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// Pull requests that are combined into one.
struct ConsolidateTests {
    static let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = test ! -f bad.txt\n"

    /// A repository with open pull requests, one per name, each with a file of that name.
    private static func with(
        _ kind: Kind, _ names: [String] = ["one", "two"], policy: String? = ConsolidateTests.policy,
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await Rig.with(kind, policy: policy) { rig in
            for name in names { try await rig.open(name) }
            #expect(rig.pulls.map(\.title) == names)
            try await body(rig)
        }
    }

    @Test(arguments: Kind.allCases)
    func openPullRequestsBecomeOne(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            let grace = rig.clone.with(environment: [
                "GIT_AUTHOR_NAME": "Grace", "GIT_AUTHOR_EMAIL": "grace@example.com",
            ])
            try await grace.git("switch", "-q", "patch/two")
            try await grace.commit("More", files: ["more.txt": "1\n"])
            try await grace.git("push", "-q", "origin", "patch/two")
            try await grace.git("switch", "-q", "main")
            try await rig.open("clash", file: "one.txt")
            let heads = rig.pulls.map(\.lastHead)
            let result = try await rig.automerge("consolidate", "--json")

            let document = try json(result)
            #expect(document["outcome"] as? String == "created", "\(result)")
            #expect((document["members"] as? [String])?.count == 2)
            let left = try #require((document["left"] as? [[String: Any]])?.first)
            #expect(left["reason"] as? String == "it conflicts with 'one'", "\(left)")
            #expect(left["paths"] as? [String] == ["one.txt"])
            #expect(rig.pulls.count == 4, "\(rig.forge.operations)")
            let pull = try #require(rig.pulls.last)
            let patch = try #require(document["patch"] as? [String: Any])
            #expect(patch["number"] as? Int == pull.number)
            #expect(patch["state"] as? String == "open")
            #expect(pull.title == "Combine one; two" && pull.base == "main" && pull.armed == nil)
            let sign = kind == .gitlab ? "!" : "#"
            for (index, name) in ["one", "two"].enumerated() {
                let number = rig.pulls[index].number
                let line = pull.body.split(separator: "\n").first { $0.hasPrefix("- \(sign)\(number) \(name)") }
                #expect(line?.contains(heads[index].prefix(8)) == true, "\(pull.body)")
            }
            #expect(pull.body.contains("\n\nCo-authored-by: Grace <grace@example.com>\n"), "\(pull.body)")
            #expect(rig.pulls.allSatisfy { $0.state == "open" && $0.comments.isEmpty })
            // It is not made twice.
            let again = try await rig.automerge("consolidate", exits: 1)
            #expect(again.output.contains("it is in 'Combine one; two'"), "\(again)")
            #expect(rig.pulls.count == 4)

            try await rig.land(pull.number, patch["id"] as? String ?? "")
            try await rig.expectClosed(in: pull.number)
            #expect(rig.pulls[2].state == "open" && rig.pulls[2].comments.isEmpty)
            let log = try await rig.clone.git("--git-dir", rig.remotePath, "log", "--format=%s", "main")
            #expect(log.contains("one") && log.contains("two"), "\(log)")
            #expect(try await rig.automerge("verify").output.contains("no problem"))
            let listed = try await rig.patch("list")
            #expect(!listed.output.contains("patch/one"), "\(listed)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aRedCombinationOpensNothing(kind: Kind) async throws {
        try await ConsolidateTests.with(kind, ["one", "bad", "two"]) { rig in
            let before = try await rig.references()
            let red = try await rig.automerge("consolidate", "--json", exits: 1)
            let failed = try json(red)
            #expect(failed["outcome"] as? String == "failed")
            #expect(red.output.contains("'unit' failed with it"), "\(red)")
            #expect(rig.pulls.count == 3)
            #expect(try await rig.references() == before)
            let rest = try json(try await rig.automerge("consolidate", "--without-red", "--json"))
            #expect((rest["members"] as? [String])?.count == 2, "\(rest)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aDryRunChangesNothingAndSaysWhy(kind: Kind) async throws {
        try await ConsolidateTests.with(kind, ["one", "two", "three"]) { rig in
            rig.forge.with { $0.pulls[$0.pulls.keys.max() ?? 0]?.isDraft = true }
            let before = try await rig.references()
            let planned = try await rig.automerge("consolidate", "--dry-run")
            #expect(planned.output.contains("it is open, 1 file"), "\(planned)")
            #expect(planned.output.contains("it is a draft"), "\(planned)")
            #expect(rig.pulls.count == 3)
            #expect(try await rig.references() == before)
            let document = try json(try await rig.automerge("consolidate", "--dry-run", "--json"))
            #expect(document["outcome"] as? String == "planned")
        }
    }

    @Test(arguments: Kind.allCases)
    func autoMergeArmsTheOneAndNoOther(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            let made = try await rig.automerge("consolidate", "--auto-merge", "-m", "Both", "--json")
            let patch = try #require(try json(made)["patch"] as? [String: Any])
            #expect(patch["state"] as? String == "armed", "\(made)")
            let pull = try #require(rig.pulls.last)
            #expect(pull.title == "Both")
            #expect(pull.comments.first?.body.contains("Auto-merge is on") == true)
            rig.pass(pull.number)
            try await rig.run()
            try await rig.expectClosed(in: pull.number)
        }
    }

    @Test(arguments: Kind.allCases)
    func aMemberWithANewHeadStaysOpenAndThatIsSaid(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("consolidate", "--auto-merge")
            try await rig.pushByOthers(to: "patch/one")
            rig.pass(rig.pulls[2].number)
            let ran = try await rig.run()
            #expect(rig.pulls[2].state == "merged", "\(ran)")
            #expect(ran.output.contains("'one': it stays open after 'Combine one; two' landed: its head is"), "\(ran)")
            #expect(rig.pulls[0].state == "open" && rig.pulls[0].comments.isEmpty)
            #expect(rig.pulls[1].state == "closed")
            #expect(try await rig.hasBranch("patch/one"))
        }
    }

    @Test(arguments: Kind.allCases)
    func aHeadThatComesAtTheLastMomentIsKept(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("consolidate", "--auto-merge")
            rig.pass(rig.pulls[2].number)
            // The closing is kept from the forge until somebody has pushed.
            rig.forge.fail("Close", .error500Before)
            try await rig.run()
            #expect(rig.pulls[0].state == "open")
            try await rig.pushByOthers(to: "patch/one")
            for _ in 0..<6 where rig.pulls[1].state == "open" {
                try await rig.automerge("deliver")
            }
            #expect(rig.pulls.map(\.state) == ["open", "closed", "merged"])
            #expect(try await rig.hasBranch("patch/one"))
            let run = try await rig.run()
            #expect(rig.pulls[0].state == "open", "\(run)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aCombinationThatIsClosedLeavesItsMembersAlone(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("consolidate")
            rig.forge.with { $0.pulls[$0.pulls.keys.max() ?? 0]?.state = "closed" }
            try await rig.run()
            #expect(rig.pulls.map(\.state) == ["open", "open", "closed"])
            #expect(rig.pulls.allSatisfy { $0.comments.isEmpty })
            try await rig.automerge("consolidate")
            #expect(rig.pulls.count == 4)
        }
    }

    @Test(arguments: Kind.allCases)
    func theMembersOfAForkAreCombinedThere(kind: Kind) async throws {
        try await Rig.with(kind, policy: ConsolidateTests.policy) { rig in
            let fork = try await rig.fork()
            for name in ["one", "two"] { try await rig.open(name, "--to", "origin") }
            let other = try await rig.automerge("consolidate", "--remote", "origin", exits: 1)
            #expect(other.output.contains("its branch is on 'fork': type"), "\(other)")
            let made = try await rig.automerge("consolidate", "--auto-merge")
            #expect(rig.pulls.map(\.owner) == ["me", "me", "me"], "\(made)")
            rig.pass(rig.pulls[2].number)
            try await rig.run()
            #expect(rig.pulls.map(\.state) == ["closed", "closed", "merged"], "\(rig.forge.operations)")
            let left = try await rig.clone.git("--git-dir", fork, "for-each-ref", "--format=%(refname)", "refs/heads")
            #expect(!left.contains("patch/one") && !left.contains("patch/two"), "\(left)")
        }
    }

    @Test(arguments: Kind.allCases)
    func whatTheRemoteRefusesIsTakenBack(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            let hook = rig.remotePath + "/hooks/update"
            try Data("#!/bin/sh\ncase $1 in refs/heads/patch/combined-*|refs/for/*) echo no >&2; exit 1;; esac\n".utf8)
                .write(to: URL(fileURLWithPath: hook))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
            let refused = try await rig.automerge("consolidate", exits: 1)
            #expect(refused.errorOutput.contains("refused"), "\(refused)")
            #expect(rig.pulls.count == 2)
            try FileManager.default.removeItem(atPath: hook)
            try await rig.automerge("consolidate")
            #expect(rig.pulls.count == 3)
        }
    }

    @Test(arguments: Kind.allCases)
    func whatTheForgeAloneCanRunIsLeftToIt(kind: Kind) async throws {
        let policy = ConsolidateTests.policy.replacingOccurrences(
            of: "= unit", with: "= unit\n\trequiredCheck = ci/all")
        try await ConsolidateTests.with(kind, policy: policy) { rig in
            let made = try await rig.automerge("consolidate")
            #expect(made.errorOutput.contains("only the forge runs 'ci/all'"), "\(made)")
            #expect(rig.pulls.count == 3)
        }
    }

    @Test(arguments: Kind.allCases)
    func aStopHoldsForCombinationsToo(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("stop", "--reason", "fire")
            let stopped = try await rig.automerge("consolidate", exits: 1)
            #expect(stopped.errorOutput.contains("fire"), "\(stopped)")
            #expect(rig.pulls.count == 2)
        }
    }

    @Test(arguments: Kind.allCases)
    func whatIsStackedOnAMemberGoesOnToTheTarget(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.clone.git("switch", "-q", "patch/one")
            try await rig.open("top")
            #expect(rig.pulls[2].base == "patch/one")
            let made = try await rig.automerge("consolidate", "--auto-merge")
            #expect(made.output.contains("it is stacked on 'one'"), "\(made)")
            rig.pass(rig.pulls[3].number)
            for _ in 0..<2 { try await rig.run() }
            #expect(rig.pulls.map(\.state) == ["closed", "closed", "open", "merged"], "\(rig.forge.operations)")
            #expect(rig.pulls[2].base == "main")
            #expect(try await !rig.hasBranch("patch/one"))
        }
    }

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

    private func json(_ result: CommandResult) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(result.outputBytes)) as? [String: Any], "\(result)")
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
