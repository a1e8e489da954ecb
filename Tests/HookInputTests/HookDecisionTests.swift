import Foundation
import GitValues
import SuiteTestSupport
import Testing

@testable import HookInput

/// What the helper answers by itself and what it hands over.
struct HookDecisionTests {
    private let zero = String(repeating: "0", count: 40)

    private func push(
        _ desk: Desk, _ input: String, environment extra: [String: String] = [:], worktree: String? = nil
    ) -> HookDecision {
        .decide(
            HookCall("pre-push", arguments: ["origin", "url"]), input: Array(input.utf8),
            environment: HookVariables(desk.variables.merging(extra) { $1 }), repository: desk.repository,
            worktree: worktree ?? desk.path("work"))
    }

    private var ask: HookDecision { .ask(tool: "git-validate", arguments: ["hook", "pre-push", "origin", "url"]) }
    private var line: String { "refs/heads/topic \(idA) refs/heads/topic \(idC)\n" }

    @Test func aPushWithoutAVerdictIsAsked() async throws {
        try await Desk.with { desk in #expect(push(desk, line) == ask) }
    }

    @Test func aPushWithAVerdictPasses() async throws {
        try await Desk.with { desk in
            try desk.verdict().write(to: desk.store, environment: desk.environment)
            #expect(push(desk, line) == .pass)
            #expect(push(desk, "HEAD~1 with spaces \(idA) refs/tags/x \(zero)\n") == .pass)
        }
    }

    @Test func oneUnknownReferenceAmongKnownOnesIsAsked() async throws {
        try await Desk.with { desk in
            try desk.verdict().write(to: desk.store, environment: desk.environment)
            #expect(push(desk, line + "refs/heads/b \(idB) refs/heads/b \(zero)\n") == ask)
            #expect(push(desk, line + "refs/heads/a2 \(idA) refs/heads/a2 \(zero)\n") == .pass)
        }
    }

    @Test(arguments: [40, 64]) func deletionsOnlyPass(_ digits: Int) async throws {
        let zeros = String(repeating: "0", count: digits)
        try await Desk.with { desk in
            #expect(
                push(desk, "(delete) \(zeros) refs/heads/x \(idA)\n(delete) \(zeros) refs/heads/y \(idB)\n") == .pass)
            #expect(push(desk, "(delete) \(zeros) refs/heads/x \(idA)\n" + line) == ask)
        }
    }

    @Test func nothingToPushPasses() async throws {
        try await Desk.with { desk in #expect(push(desk, "") == .pass) }
    }

    @Test(arguments: ["garbage\n", "a b c\n", "refs/heads/x zz refs/heads/x 00\n"])
    func whatIsNotUnderstoodIsAsked(_ input: String) async throws {
        try await Desk.with { desk in #expect(push(desk, input) == ask) }
    }

    @Test func ourOwnChildrenPassAndTheUserMaySkip() async throws {
        try await Desk.with { desk in
            #expect(push(desk, line, environment: ["GITPATCH_CHILD": "op"]) == .pass)
            #expect(push(desk, line, environment: ["GITPATCH_CHILD": ""]) == ask)
            #expect(push(desk, line, environment: ["GITPATCH": "0"]) == .bypass)
            #expect(push(desk, line, environment: ["GITPATCH": "1"]) == ask)
            #expect(push(desk, "", environment: ["GITPATCH": "0"]) == .pass)
        }
    }

    /// What is pushed may hold checks though the worktree has none: only git knows.
    @Test func aRepositoryThatNeverUsedTheSuiteIsAsked() async throws {
        try await Desk.with { desk in
            try FileManager.default.removeItem(atPath: desk.store)
            #expect(push(desk, line) == ask)
            #expect(push(desk, "(delete) \(zero) refs/heads/x \(idA)\n") == .pass)
        }
    }

    @Test func aCommitStartsValidationUnlessGitIsInASequence() async throws {
        try await Desk.with { desk in
            func commit(_ extra: [String: String] = [:]) -> HookDecision {
                .decide(
                    HookCall("post-commit"), input: [], environment: HookVariables(extra),
                    repository: desk.repository, worktree: desk.path("work"))
            }
            #expect(commit() == .pass)
            try desk.write("work/.gitpatch", "")
            let start = HookDecision.start(tool: "git-validate", arguments: ["hook", "post-commit"])
            #expect(commit() == start)
            #expect(commit(["GITPATCH": "0"]) == .pass)
            #expect(commit(["GITPATCH_CHILD": "1"]) == .pass)
            for name in ["rebase-merge", "rebase-apply", "sequencer", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG"] {
                try desk.write("repo/\(name)", "", age: nil)
                #expect(commit() == .pass, "\(name)")
                try FileManager.default.removeItem(atPath: desk.path("repo/\(name)"))
            }
            #expect(commit() == start)
        }
    }

    @Test func mergesAndBranchSwitchesStartTheCleanUp() async throws {
        try await Desk.with { desk in
            func after(_ event: String, _ arguments: [String]) -> HookDecision {
                .decide(
                    HookCall(event, arguments: arguments), input: [], environment: HookVariables([:]),
                    repository: desk.repository, worktree: desk.path("work"))
            }
            #expect(after("post-merge", ["0"]) == .start(tool: "git-patch", arguments: ["hook", "post-merge", "0"]))
            let cleanUp = HookDecision.start(tool: "git-patch", arguments: ["hook", "post-merge"])
            #expect(after("post-checkout", [idA.hex, idB.hex, "1"]) == cleanUp)
            #expect(after("post-checkout", [idA.hex, idB.hex, "0"]) == .pass)
            #expect(after("post-checkout", [idA.hex, idA.hex, "1"]) == .pass)
            #expect(after("post-checkout", [zero, idA.hex, "1"]) == .pass)
        }
    }

    @Test func eventsOfOthersAreOnlyPassedOn() async throws {
        for name in [".git/hooks/pre-push", ".git/hooks/pre-push.legacy"] {
            let linked = try #require(HookCall(startedAs: name, [name, "origin", "url"]))
            let next = HookCall.Next.program(".git/hooks/pre-push.before-git-patch")
            #expect(linked == HookCall("pre-push", arguments: ["origin", "url"], next: next))
        }
        #expect(HookCall(startedAs: "/x/git-patch-hook", ["/x/git-patch-hook", "pre-push"]) == nil)
        let call = try #require(HookCall(["--then", "/x/commit-msg", "commit-msg", "file"]))
        #expect(call == HookCall("commit-msg", arguments: ["file"], next: .program("/x/commit-msg")))
        #expect(HookCall(["commit-msg", "file"]) == nil)
        #expect(HookCall([]) == nil)
        #expect(
            HookCall(["--then", "a", "--watch", "b", "pre-push", "--then", "url"])
                == HookCall("pre-push", arguments: ["--then", "url"], next: .program("a"), watched: "b"))
        #expect(HookCall(["--then-repository", "update", "x"])?.next == .ofRepository)
        try await Desk.with { desk in
            #expect(
                HookDecision.decide(call, input: [], environment: HookVariables([:]), repository: desk.repository)
                    == .pass)
        }
    }

    @Test func skipsAreRecorded() async throws {
        try await Desk.with { desk in
            let updates = try #require(PushUpdate.parse(line + "(delete) \(zero) refs/heads/z \(idB)\n"))
            let time = Timestamp(seconds: 1_700_000_000)
            Bypass.record(updates, in: desk.store, at: time)
            Bypass.record(updates, in: desk.store, at: time)
            let expected = Bypass(time: time, object: idA, remoteRef: "refs/heads/topic")
            #expect(Bypass.all(in: desk.store) == [expected, expected])
        }
    }
}
