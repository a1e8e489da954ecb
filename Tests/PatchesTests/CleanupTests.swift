import Foundation
import GitValues
import Store
import SuiteTestSupport
import Testing

/// What `cleanup` takes for landed, what it says, and that it deletes nothing else.
struct CleanupTests {
    private func branches(_ repository: TestRepository) async throws -> [String] {
        try await repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads/patch")
            .split(separator: "\n").map(String.init)
    }

    @Test func onlyTheRemotesTargetProvesALanding() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try await repository.addBareRemote()
            try repository.write("a", "b\n")
            try await repository.mustPatch("Change a", "--return")
            let old = try await repository.id("main")
            try await repository.git("merge", "-q", "patch/change-a")
            try await repository.mustPatch("cleanup")
            #expect(try await branches(repository) == ["patch/change-a"], "nobody else has it yet")
            try await repository.git("push", "-q", "origin", "main")
            let plan = try await repository.mustPatch("cleanup", "--dry-run")
            #expect(plan.output.contains("patch/change-a"))
            // Somebody takes the landing back on the remote: main here has it still.
            try await repository.git("push", "-q", "-f", "origin", "\(old):main")
            try await repository.mustPatch("cleanup")
            #expect(try await branches(repository) == ["patch/change-a"])
            #expect(try await repository.git("ls-remote", "origin", "refs/heads/patch/*").contains("change-a"))
        }
    }

    @Test func whatHasLandedStaysLandedWhenItsBranchComesBack() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try await repository.addBareRemote()
            try repository.write("a", "b\n")
            try await repository.mustPatch("Change a", "--return")
            try await repository.git("merge", "-q", "--squash", "patch/change-a")
            try await repository.git("commit", "-q", "-m", "squashed")
            try await repository.git("push", "-q", "origin", "main")
            try await repository.mustPatch("cleanup")
            try await repository.mustPatch("undo")
            #expect(try await branches(repository) == ["patch/change-a"])
            func state() async throws -> String { try await repository.mustPatch("list", "--all").output }
            #expect(try await state().contains("  landed  "))
            try await repository.git("switch", "-q", "patch/change-a")
            try repository.write("a", "c\n")
            #expect(try await repository.patch("update", "-m", "More").exitCode == 1)
            try await repository.git("checkout", "-q", "a")
            try await repository.git("switch", "-q", "main")
            // The queue takes the missing branch for a withdrawn patch; here is known better.
            #expect(try await repository.run("git-automerge", ["run", "--once"]).succeeded)
            #expect(try await state().contains("  landed  "))
            try await repository.mustPatch("cleanup")
            #expect(try await branches(repository) == [])
        }
    }

    @Test(arguments: [[], ["--object-format=sha256"]])
    func whatChangesNothingInTheEndHasNotLanded(_ format: [String]) async throws {
        try await TestRepository.with(initArguments: format) { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("b", "work\n")
            try await repository.mustPatch("Add b")
            try repository.remove("b")
            try await repository.mustPatch("update")
            try await repository.git("switch", "-q", "main")
            try await repository.mustPatch("cleanup")
            try await repository.mustPatch("hook", "post-merge", "0")
            #expect(try await branches(repository) == ["patch/add-b"])
            try await repository.git("merge", "-q", "--no-ff", "-m", "merge", "patch/add-b")
            try await repository.mustPatch("cleanup")
            #expect(try await branches(repository) == [])
        }
    }

    @Test func landingsOfEveryKindAreFoundWithoutTheLibrary() async throws {
        try await TestRepository.with(initArguments: ["--object-format=sha256"]) { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            for name in ["merged", "squashed", "rebased", "open", "spaced"] {
                try repository.write(name, "\(name)\n")
                try await repository.mustPatch("create", name, "--return")
            }
            try await repository.git("merge", "-q", "--no-ff", "-m", "m", "patch/merged")
            try await repository.git("merge", "-q", "--squash", "patch/squashed")
            try await repository.git("commit", "-q", "-m", "squashed")
            try await repository.git("cherry-pick", "patch/rebased")
            try await repository.commit("not the same", files: ["spaced": "  spaced\n"])
            // Later work hides the content, but not the changes.
            try await repository.commit("later", files: ["squashed": "1\n", "rebased": "1\n", "merged": "1\n"])
            try await repository.mustPatch("cleanup")
            #expect(try await branches(repository) == ["patch/open", "patch/spaced"])
        }
    }

    @Test(arguments: ["git", "trailer"])
    func whatWasTakenBackHasNotLanded(_ way: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            var ids: [String] = []
            for name in ["merged", "squashed", "rebased"] {
                try repository.write(name, "\(name)\n")
                let result = try await repository.mustPatch(name, "--return", "--json")
                let id = try #require(result.output.firstMatch(of: /"patch":\{[^}]*?"id":"([0-9a-f]+)"/)?.1)
                ids.append(String(id))
            }
            try await repository.git("merge", "-q", "--no-ff", "-m", "m", "patch/merged")
            let merge = try await repository.id("HEAD")
            try await repository.git("merge", "-q", "--squash", "patch/squashed")
            try await repository.git("commit", "-q", "-m", "squashed")
            let squash = try await repository.id("HEAD")
            try await repository.git("cherry-pick", "patch/rebased")
            let pick = try await repository.id("HEAD")
            try await repository.git("revert", "--no-edit", pick.hex)
            try await repository.git("revert", "--no-edit", squash.hex)
            try await repository.git("revert", "--no-edit", "-m", "1", merge.hex)
            if way == "trailer" {
                try await repository.git("reset", "-q", "--soft", pick.hex)
                let trailers = ids.map { "Reverts-Patch: \($0)" }.joined(separator: "\n")
                try await repository.git("commit", "-q", "-m", "Take them back\n\n\(trailers)")
            }
            try await repository.mustPatch("cleanup")
            #expect(try await branches(repository) == ["patch/merged", "patch/rebased", "patch/squashed"])
            // Who takes the revert back has them again.
            if way == "git" {
                try await repository.git("revert", "--no-edit", "HEAD")
                try await repository.mustPatch("cleanup")
                #expect(try await branches(repository) == ["patch/rebased", "patch/squashed"])
            }
        }
    }

    @Test func whatAHookDidIsUndoneByNameOnly() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("b", "b\n")
            try await repository.mustPatch("Add b", "--return")
            try await repository.git("merge", "-q", "patch/add-b")
            try repository.write("c", "c\n")
            try await repository.mustPatch("Add c")
            try await repository.mustPatch("hook", "post-merge", "0")
            #expect(try await branches(repository) == ["patch/add-c"])
            let newest = try #require(try await repository.mustPatch("log").output.split(separator: "\n").first)
            #expect(newest.contains("post-merge"), "\(newest)")
            let word = newest.prefix(8)
            #expect(try await repository.mustPatch("undo").errorOutput.contains("Add c"))
            #expect(try await branches(repository) == [])
            try await repository.mustPatch("undo", String(word))
            #expect(try await branches(repository) == ["patch/add-b"])
        }
    }

    private func landedOnRemote(_ body: (TestRepository, String) async throws -> Void) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let remote = try await repository.addBareRemote()
            try repository.write("b", "b\n")
            try await repository.mustPatch("Add b", "--return")
            try await repository.git("merge", "-q", "patch/add-b")
            try await repository.git("push", "-q", "origin", "main")
            try await body(repository, remote)
        }
    }

    @Test func aBranchTheRemoteKeepsIsSaidOnce() async throws {
        try await landedOnRemote { repository, remote in
            try await repository.at(remote).git("config", "receive.denyDeletes", "true")
            let result = try await repository.mustPatch("cleanup")
            #expect(result.errorOutput.contains("warning: 'origin' keeps 'patch/add-b': "), "\(result)")
            #expect(try await branches(repository) == [])
            let status = try await repository.mustPatch("status")
            #expect(!status.output.contains("next: git patch resume"), "\(status)")
            #expect(status.output.contains("\nrefused: delete the branch on 'origin' (patch/add-b): "), "\(status)")
        }
    }

    /// A server keeps branches by a rule: asking again by itself would be refused for ever.
    @Test func aDeletionThatWasRefusedIsTriedAgainOnlyByName() async throws {
        try await landedOnRemote { repository, remote in
            let server = repository.at(remote)
            try await server.git("config", "receive.denyDeletes", "true")
            let cleaned = try await repository.mustPatch("cleanup")
            try repository.write("c", "c\n")
            try await repository.mustPatch("Add c")
            let undone = try await repository.patch("undo")
            #expect(undone.exitCode == 1 && undone.errorOutput.contains("the branch stays on 'origin'"), "\(undone)")
            for _ in 0..<2 {
                let resumed = try await repository.mustPatch("resume")
                #expect(resumed.output == "nothing waits\n" && resumed.errorOutput == "", "\(resumed)")
            }
            let status = try await repository.mustPatch("status")
            #expect(status.output.contains("(patch/add-b and 1 more): error: denying ref deletion"), "\(status)")
            let shown = try await repository.mustPatch("show", "Add c")
            #expect(shown.output.contains("refused: error: denying ref deletion"), "\(shown)")
            #expect(shown.output.components(separatedBy: "refused").count == 2, "\(shown)")
            // What waits for the same patch goes without it.
            let attempts = try Store.open(directory: repository.path + "/.git/gitpatch").requests()
                .filter { $0.kind == .deleteBranch }.map(\.attempts)
            #expect(attempts == [1, 1])
            func named(in result: CommandResult) throws -> String {
                let hint = try #require(result.errorOutput.components(separatedBy: "to try it: git patch resume ").last)
                return hint.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            let again = try await repository.patch("resume", try named(in: cleaned).prefix(8).description)
            #expect(again.exitCode == 1 && again.errorOutput.contains("denying ref deletion"), "\(again)")
            try await server.git("config", "receive.denyDeletes", "false")
            try await repository.mustPatch("resume")
            #expect(try await server.git("branch", "--list", "patch/*").contains("add-b"), "nobody asked for it")
            try await repository.mustPatch("resume", try named(in: cleaned).prefix(8).description)
            try await repository.mustPatch("resume", try named(in: undone))
            #expect(try await server.git("branch", "--list", "patch/*") == "")
            #expect(try await !repository.mustPatch("status").output.contains("refused"))
        }
    }

    @Test func localAsksNoRemoteForAnything() async throws {
        try await landedOnRemote { repository, _ in
            let result = try await repository.mustPatch("cleanup", "--local")
            #expect(result.errorOutput.contains("git push origin --delete patch/add-b"))
            #expect(try await branches(repository) == [])
            try await repository.mustPatch("list")
            try await repository.mustPatch("resume")
            #expect(try await repository.git("ls-remote", "origin", "refs/heads/patch/*").contains("add-b"))
        }
    }

    @Test func theHintForACheckedOutBranchCanBeTyped() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("b", "b\n")
            try await repository.mustPatch("Add b")
            let other = repository.scratch.path + "/other"
            try await repository.git("branch", "-f", "main", "HEAD")
            #expect(try await repository.mustPatch("cleanup").errorOutput.contains("hint: git switch main, then"))
            try await repository.git("worktree", "add", "-q", other, "main")
            #expect(try await repository.mustPatch("cleanup").errorOutput.contains("hint: git switch --detach, then"))
            let there = try await repository.at(other).patch("cleanup")
            #expect(there.errorOutput.contains("hint: git -C '\(repository.path)' switch --detach, then"), "\(there)")
        }
    }
}
