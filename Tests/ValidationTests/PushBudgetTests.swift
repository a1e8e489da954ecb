import Foundation
import GitValues
import HookInput
import SuiteTestSupport
import Testing

@testable import Validation

/// What pre-push does with the time it has: everything is begun at once, and whatever is known counts.
struct PushBudgetTests {
    /// Goes on for as long as its worktree holds the file `slow`.
    private static let checks = """
        [validate]
            budget = 8s
            overBudget = pass
        [check "content"]
            run = "while [ -e slow ]; do sleep 0.1; done; grep -qx GOOD src.txt"
            tier = quick

        """

    @Test func aTreeThatTakesLongHidesNoBadOne() async throws {
        try await PushedRepository.with(Self.checks, files: ["src.txt": "GOOD\n"]) { repository in
            try await repository.git("switch", "-q", "-c", "a-slow")
            try await repository.commit("slow", files: ["slow": ""])
            try await repository.git("switch", "-q", "-c", "b-bad", "main")
            try await repository.commit("bad", files: ["src.txt": "BAD\n"])
            let held = try await repository.tryGit(["push", "origin", "a-slow", "b-bad"])
            #expect(!held.succeeded)
            #expect(held.errorOutput.contains("push of b-bad held back: content did not pass"), "\(held)")
            #expect(try await repository.tryGit(["push", "origin", "a-slow"]).succeeded)
        }
    }

    @Test func manyTreesAreJudgedTogether() async throws {
        let checks = "[check \"content\"]\n    run = \"grep -qx GOOD src.txt\"\n    tier = quick\n"
        try await PushedRepository.with(checks, files: ["src.txt": "GOOD\n"]) { repository in
            for number in 0..<20 {
                try await repository.git("switch", "-q", "-c", "b\(number)", "main")
                try await repository.commit("\(number)", files: ["number": "\(number)"])
            }
            #expect(try await repository.tryGit(["push", "-q", "origin", "--all"]).succeeded)
            try await repository.git("switch", "-q", "-c", "c", "main")
            try await repository.commit("bad", files: ["src.txt": "BAD\n"])
            #expect(try await !repository.tryGit(["push", "-q", "origin", "--all"]).succeeded)
        }
    }

    /// A line that asks a tool is part of the run, and so of the budget.
    @Test func toolsAreAskedBehindThePush() async throws {
        let checks = """
            [validate]
                budget = 4s
            [check "content"]
                run = true
                tool = "while [ -e .gitpatch ]; do sleep 0.1; done"
                tier = quick

            """
        try await PushedRepository.with(checks) { repository in
            let held = try await repository.tryGit(["push", "origin", "main"])
            #expect(!held.succeeded)
            #expect(held.errorOutput.contains("validating"), "\(held)")
            #expect(held.errorOutput.contains("push again"), "\(held)")
        }
    }

    @Test func whyThereIsNoResultIsTold() async throws {
        let checks = "[check \"boxed\"]\n    run = true\n    sandbox = true\n    tier = quick\n"
        try await PushedRepository.with(checks) { plain in
            let folder = plain.scratch.path + "/programs"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["sh", "git", "grep", "sleep", "cat"] {
                try FileManager.default.createSymbolicLink(
                    atPath: folder + "/" + name, withDestinationPath: "/usr/bin/" + name)
            }
            let repository = plain.with(environment: ["PATH": folder])
            let held = try await repository.tryGit(["push", "origin", "main"])
            #expect(!held.succeeded)
            #expect(held.errorOutput.contains("'bwrap', which is not on PATH"), "\(held)")
            let status = try await repository.run("git-validate", ["status"])
            #expect(status.output.contains("'bwrap', which is not on PATH"), "\(status)")
        }
    }
}
