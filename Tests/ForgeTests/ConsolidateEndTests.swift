import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// What did not land where it goes is neither closed nor deleted.
struct ConsolidateEndTests {
    @Test(arguments: Kind.allCases)
    func aCommitThatCameAfterTheLandingKeepsItOpen(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("consolidate", "--auto-merge")
            rig.pass(rig.pulls[2].number)
            rig.forge.fail("Close", .forbidden403)
            try await rig.run()
            #expect(rig.pulls.map(\.state) == ["open", "closed", "merged"], "\(rig.forge.operations)")
            try await rig.clone.git("switch", "-q", "patch/one")
            try rig.clone.write("one.txt", "more\n")
            try await rig.patch("update", "-m", "more work")
            for _ in 0..<3 { _ = try await rig.clone.run("git-patch", ["resume"]) }
            try await rig.run()
            #expect(rig.pulls[0].state == "open", "\(rig.forge.operations)")
            #expect(rig.pulls[0].comments.allSatisfy { !$0.body.contains("landed as a part") })
            let content = try await rig.clone.git("--git-dir", rig.remotePath, "show", "patch/one:one.txt")
            #expect(content == "more")
        }
    }

    @Test(arguments: Kind.allCases)
    func aCommitThatTheForgeDoesNotShowYetKeepsItOpen(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("consolidate", "--auto-merge")
            rig.pass(rig.pulls[2].number)
            let head = try await rig.head("patch/one")
            rig.change { $0.staleHead = head }
            try await rig.clone.git("switch", "-q", "patch/one")
            try rig.clone.write("one.txt", "more\n")
            try await rig.patch("update", "-m", "more work")
            let ran = try await rig.run()
            #expect(rig.pulls.map(\.state) == ["open", "closed", "merged"], "\(ran)")
            #expect(ran.output.contains("'one': it stays open after 'Combine one; two' landed: its newest"), "\(ran)")
            #expect(try await rig.hasBranch("patch/one"))
        }
    }

    @Test(arguments: Kind.allCases)
    func aMemberThatGoesElsewhereStaysOpen(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.clone.git("push", "-q", "origin", "main:release")
            try await rig.automerge("consolidate", "--auto-merge")
            rig.change { $0.base = "release" }
            rig.pass(rig.pulls[2].number)
            let ran = try await rig.run()
            #expect(rig.pulls.map(\.state) == ["open", "closed", "merged"], "\(ran)")
            #expect(ran.output.contains("it is for 'release' now, and 'main' has it"), "\(ran)")
            #expect(rig.pulls[0].comments.isEmpty)
            #expect(try await rig.hasBranch("patch/one"))
        }
    }

    @Test(arguments: Kind.allCases)
    func aMemberThatIsRetargetedAtTheLastMomentStaysOpen(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.clone.git("push", "-q", "origin", "main:release")
            try await rig.automerge("consolidate", "--auto-merge")
            rig.pass(rig.pulls[2].number)
            rig.forge.fail("Close", .forbidden403)
            try await rig.run()
            rig.change { $0.base = "release" }
            try await rig.patch("resume")
            try await rig.run()
            #expect(rig.pulls.map(\.state) == ["open", "closed", "merged"], "\(rig.forge.operations)")
            #expect(try await rig.hasBranch("patch/one"))
        }
    }

    @Test(arguments: Kind.allCases, [true, false])
    func aBranchThatAnotherPullRequestUsesIsKept(kind: Kind, isCombined: Bool) async throws {
        try await ConsolidateTests.with(kind) { rig in
            try await rig.clone.git("push", "-q", "origin", "main:release")
            rig.forge.with { model in
                guard var other = model.pulls.values.min(by: { $0.number < $1.number }) else { return }
                other.number = 50
                other.title = "backport"
                other.author = "bob"
                other.base = "release"
                other.body = ""
                model.pulls[50] = other
            }
            if isCombined {
                try await rig.automerge("consolidate", "--auto-merge")
            } else {
                try await rig.automerge("enable", "one")
            }
            let number = try #require(rig.pulls.last { $0.number != 50 && ($0.title == "one") != isCombined }?.number)
            rig.pass(number)
            for _ in 0..<2 { try await rig.run() }
            #expect(rig.pulls[0].state == (isCombined ? "closed" : "merged"), "\(rig.forge.operations)")
            #expect(rig.pulls.last?.state == "open")
            #expect(try await rig.hasBranch("patch/one"))
        }
    }
}
