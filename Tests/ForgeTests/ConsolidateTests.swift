import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// Pull requests that are combined into one.
struct ConsolidateTests {
    static let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = test ! -f bad.txt\n"

    /// A repository with open pull requests, one per name, each with a file of that name.
    static func with(
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
            for index in 0..<2 {
                let number = rig.pulls[index].number
                let line = pull.body.split(separator: "\n").first { $0.hasPrefix("- \(sign)\(number): ") }
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

    @Test(arguments: Kind.allCases, [true, false])
    func aCombinationThatIsClosedLeavesItsMembersAlone(kind: Kind, isSeen: Bool) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("consolidate")
            let again = try await rig.automerge("consolidate", exits: 1)
            #expect(again.output.contains("already, which is given up by closing its pull request"), "\(again)")
            rig.forge.with { $0.pulls[$0.pulls.keys.max() ?? 0]?.state = "closed" }
            if !isSeen {
                try await rig.automerge("consolidate")
                return #expect(rig.pulls.count == 4)
            }
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
            try await rig.open("above")
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

    // Whoever is armed with it would land twice.
    @Test(arguments: Kind.allCases)
    func aMemberThatIsArmedWaitsForAnArmedCombination(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("enable", "one")
            try await rig.automerge("consolidate", "--auto-merge", "-m", "Both")
            for pull in rig.pulls.prefix(2) { rig.pass(pull.number) }
            let waits = try await rig.run()
            #expect(waits.output.contains("waiting 'one': it lands as a part of 'Both'"), "\(waits)")
            #expect(rig.merges == 0)
            rig.pass(rig.pulls[2].number)
            let landed = try await rig.run()
            #expect(!landed.output.contains("waiting"), "\(landed)")
            #expect(rig.merges == 1, "\(rig.forge.operations)")
            let told = rig.pulls[0].comments.filter { $0.body.contains("landed as a part of") }
            #expect(told.count == 1 && rig.pulls[0].comments.count == 2, "\(rig.pulls[0].comments.map(\.body))")
            #expect(rig.pulls.map(\.state) == ["closed", "closed", "merged"])
        }
    }

    @Test(arguments: Kind.allCases)
    func aMergeThatIsWrongClosesNothing(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            rig.forge.with { $0.methods = ["squash"] }
            try await rig.automerge("consolidate", "--auto-merge")
            try await rig.clone.commit("meanwhile", files: ["new.txt": "1\n"])
            try await rig.clone.git("push", "-q", "origin", "HEAD:main")
            rig.forge.with { $0.squashesWrongly = true }
            rig.pass(rig.pulls[2].number)
            let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(rig.pulls.map(\.state) == ["open", "open", "merged"], "\(ran)")
            #expect(ran.errorOutput.contains("wrong"), "\(ran)")
            #expect(ran.output.contains("'one': it stays open after 'Combine one; two' landed: what landed"), "\(ran)")
            #expect(try await rig.hasBranch("patch/one"))
        }
    }

    @Test(arguments: Kind.allCases)
    func aMemberThatWasTakenOutStaysOpen(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            rig.forge.with { $0.methods = ["squash"] }
            try await rig.automerge("consolidate", "-m", "Both")
            let branch = rig.pulls[2].branch
            let other = try await rig.clone.clone(rig.remotePath, as: "other")
            try await other.git("switch", "-q", branch)
            try await other.git("rm", "-q", "one.txt")
            try await other.commit("Not that one")
            try await other.git("push", "-q", "origin", "HEAD")
            try await rig.land(rig.pulls[2].number, "Both")
            let ran = try await rig.run()
            #expect(rig.pulls.map(\.state) == ["open", "closed", "merged"], "\(ran) \(rig.forge.operations)")
            #expect(rig.pulls[0].comments.isEmpty)
            #expect(try await rig.hasBranch("patch/one"))
        }
    }

    @Test(arguments: Kind.allCases)
    func aHeadThatIsOnItsWayIsNotCombinedWithoutItsNewestCommit(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.clone.git("switch", "-q", "patch/one")
            try rig.clone.write("one.txt", "more\n")
            // The forge shows the earlier head still.
            let head = try await rig.head("patch/one")
            rig.change { $0.staleHead = head }
            try await rig.patch("update", "-m", "More")
            let left = try await rig.automerge("consolidate", exits: 1)
            #expect(left.output.contains("the forge does not have its newest commit"), "\(left)")
            rig.change { $0.staleHead = nil }
            try await rig.automerge("consolidate")
            let content = try await rig.clone.git("--git-dir", rig.remotePath, "show", "\(rig.pulls[2].branch):one.txt")
            #expect(content == "more")
        }
    }

    private func json(_ result: CommandResult) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(result.outputBytes)) as? [String: Any], "\(result)")
    }
}
