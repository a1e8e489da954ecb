import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// Forks come and go: what can be known without one is known, and nothing new is asked for that its owner may have
/// stopped.
struct GoneForkTests {
    /// A patch from a fork whose checks passed.
    private static func with(_ kind: Kind, _ body: (Rig, String) async throws -> Void) async throws {
        try await Rig.with(kind) { rig in
            let fork = try await rig.fork()
            try await rig.armed("Fix the greeting", "--to", "origin")
            rig.report()
            try await body(rig, fork)
        }
    }

    // Most are deleted once what they were made for has landed.
    @Test(arguments: Kind.allCases)
    func whatHasLandedIsFollowedWithoutTheFork(kind: Kind) async throws {
        try await GoneForkTests.with(kind) { rig, fork in
            rig.forge.with { _ = $0.merge(1, method: "squash", title: "By hand", message: "") }
            try FileManager.default.removeItem(atPath: fork)
            let ran = try await rig.run()
            #expect(ran.output.contains("landed 'Fix the greeting'"), "\(ran)")
            #expect(try await rig.patch("list", "--all").output.contains("landed"))
            #expect(rig.pull?.comments.first?.body.contains("done") == true)
        }
    }

    @Test(arguments: Kind.allCases)
    func nothingIsMergedWhileTheStopsOfTheForkCannotBeRead(kind: Kind) async throws {
        try await GoneForkTests.with(kind) { rig, _ in
            let clone = rig.cutOff(from: "me")
            let ran = try await clone.run("git-automerge", ["run", "--once"])
            #expect(rig.merges == 0, "\(ran)")
            #expect(ran.exitCode == 0, "\(ran)")
            #expect(ran.output.contains("waiting 'Fix the greeting': whether 'fork' is stopped"), "\(ran)")
            #expect(ran.output.contains("type 'git remote remove fork'"), "\(ran)")
            let status = try await clone.run("git-automerge", ["status"])
            #expect(status.output.contains("whether 'fork' is stopped"), "\(status)")
            // Whoever does so has nobody left to be stopped by there.
            try await rig.clone.git("remote", "remove", "fork")
            try await rig.run()
            #expect(rig.merges == 1, "\(rig.forge.operations)")
            let listed = try await rig.patch("list", "--all")
            #expect(listed.output.contains("landed"), "\(listed)")
            let told = try await rig.patch("status")
            #expect(!told.errorOutput.contains("not delivered"), "\(told)")
            #expect(rig.pull?.comments.first?.body.contains("done") == true)
        }
    }

    // Whoever armed it on its page told the forge, and nobody here.
    @Test(arguments: [Kind.github, .gitlab], [true, false])
    func whatCannotBeReadAtAStopIsLookedAtLater(kind: Kind, holds: Bool) async throws {
        try await Rig.with(kind) { rig in
            try await rig.fork()
            try await rig.clone.git("push", "-q", "fork", "main")
            try await rig.open("Fix the greeting", "--to", "origin")
            rig.change { $0.armed = "squash" }
            rig.forge.fail("Poll", .error500Before)
            // The fork has no pull requests of its own.
            let nodes = #"{"pullRequests": {"pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": []}}"#
            rig.forge.answer("List", 200, kind == .github ? "{\"data\": {\"repository\": \(nodes)}}" : "[]")
            let stopped = try await rig.automerge("stop", "--remote", "fork", "--reason", "fire")
            #expect(stopped.errorOutput.contains("the forge may still merge 'Fix the greeting'"), "\(stopped)")
            #expect(rig.pull?.armed != nil)
            if !holds { try await rig.automerge("resume", "--remote", "fork") }
            try await rig.automerge("deliver")
            #expect((rig.pull?.armed == nil) == holds, "\(rig.forge.operations)")
            let status = try await rig.patch("status")
            #expect(!status.output.contains("disarm"), "\(status)")
        }
    }

    // The forge is asked without git, so what it was told can be taken back without the fork.
    @Test(arguments: Kind.allCases)
    func whatTheForgeWasToldIsTakenBackWithoutTheFork(kind: Kind) async throws {
        try await GoneForkTests.with(kind) { rig, _ in
            rig.forge.with {
                $0.hasAsynchronousMerge = false
                $0.requiredChecks = [(kind == .gitea ? "hid*" : "hidden", nil)]
                $0.hidesRules = true
            }
            if kind == .gitlab { rig.report("hidden", "pending") }
            let told = try await rig.run()
            #expect(rig.pull?.armed == "squash", "\(told) \(rig.forge.operations)")
            let clone = rig.cutOff(from: "me")
            try clone.write("b.txt", "another\n")
            let updated = try await clone.run("git-patch", ["update", "-m", "Another"])
            #expect(updated.errorOutput.contains("not delivered"), "\(updated)")
            let disabled = try await clone.run("git-automerge", ["disable"])
            #expect(rig.pull?.armed == nil, "\(disabled) \(rig.forge.operations)")
            #expect(disabled.output.contains("is disarmed"), "\(disabled)")
        }
    }
}
