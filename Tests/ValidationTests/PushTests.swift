import Foundation
import GitValues
import HookInput
import SuiteTestSupport
import Testing

/// The pre-push hook as git calls it: every pushed reference is judged by its own tree.
struct PushTests {
    static let checks = """
        [check "content"]
            run = "grep -qx GOOD src.txt"
            tier = quick

        """

    /// A repository with a bare remote, whose pre-push hook is `git validate hook pre-push`.
    private func with(
        _ checks: String = PushTests.checks, files: [String: String] = ["src.txt": "GOOD\n"],
        initArguments: [String] = [], _ body: (TestRepository) async throws -> Void
    ) async throws {
        try await PushedRepository.with(checks, files: files, initArguments: initArguments, body)
    }

    private func succeeds(_ repository: TestRepository, _ arguments: [String]) async throws -> Bool {
        try await repository.tryGit(arguments).succeeded
    }

    private func remoteHas(_ repository: TestRepository, _ reference: String) async throws -> Bool {
        try await repository.tryGit(["--git-dir=../origin.git", "rev-parse", "-q", "--verify", reference]).succeeded
    }

    @Test(arguments: [[String](), ["--object-format=sha256"]])
    func aBadTipIsHeldBackAndAGoodOnePasses(_ initArguments: [String]) async throws {
        try await with(initArguments: initArguments) { repository in
            #expect(try await succeeds(repository, ["push", "-q", "origin", "main"]))
            try await repository.commit("two", files: ["src.txt": "BAD\n"])
            try repository.write("src.txt", "GOOD\n")
            let held = try await repository.tryGit(["push", "origin", "main"])
            #expect(!held.succeeded)
            #expect(held.errorOutput.contains("content"))
            #expect(held.errorOutput.contains("--no-verify"))
            #expect(try await succeeds(repository, ["push", "-q", "origin", "HEAD~1:refs/heads/older"]))
            #expect(try await succeeds(repository, ["push", "-q", "origin", ":older"]))
            #expect(try await succeeds(repository, ["push", "-q", "--no-verify", "origin", "main"]))
        }
    }

    @Test func anotherBranchIsJudgedWhileAGoodOneIsCheckedOut() async throws {
        try await with { repository in
            try await repository.git("switch", "-q", "-c", "other")
            try await repository.commit("two", files: ["src.txt": "BAD\n"])
            try await repository.git("switch", "-q", "main")
            #expect(!(try await succeeds(repository, ["push", "-q", "origin", "other"])))
            #expect(!(try await succeeds(repository, ["push", "-q", "origin", "main", "other"])))
            #expect(!(try await remoteHas(repository, "refs/heads/main")))
            #expect(try await succeeds(repository, ["push", "-q", "origin", "main"]))
            #expect(!(try await succeeds(repository, ["push", "-q", "origin", "main", "other:more"])))
        }
    }

    @Test func tagsAreJudgedByTheirCommitUnlessTheRemoteHasIt() async throws {
        try await with { repository in
            try await repository.git("push", "-q", "origin", "main")
            try await repository.git("fetch", "-q")
            try await repository.git("tag", "-a", "-m", "t", "old", "main")
            try await repository.commit("two", files: ["src.txt": "BAD\n"])
            try await repository.git("tag", "-a", "-m", "t", "bad")
            let blob = try await repository.git("rev-parse", "HEAD:src.txt")
            try await repository.git("tag", "blob", blob)
            try await repository.git("tag", "tree", "HEAD^{tree}")
            #expect(try await succeeds(repository, ["push", "-q", "origin", "old", "blob", "tree"]))
            #expect(!(try await succeeds(repository, ["push", "-q", "origin", "bad"])))
        }
    }

    @Test func aForcePushIsJudgedByWhatItPutsThere() async throws {
        try await with { repository in
            try await repository.git("push", "-q", "origin", "main")
            try await repository.git("commit", "-q", "--amend", "-m", "other words")
            #expect(try await succeeds(repository, ["push", "-q", "--force", "origin", "main"]))
            try repository.write("src.txt", "BAD\n")
            try await repository.git("commit", "-q", "-a", "--amend", "-m", "bad")
            #expect(!(try await succeeds(repository, ["push", "-q", "--force", "origin", "main"])))
        }
    }

    @Test func theTierFollowsTheRemoteBranch() async throws {
        let checks = """
            [validate "main"]
                prePush = standard
            [check "content"]
                run = "grep -qx GOOD src.txt"

            """
        try await with(checks, files: ["src.txt": "BAD\n"]) { repository in
            let first = try await succeeds(repository, ["push", "-q", "origin", "main:topic"])
            #expect(first)
            let second = try await succeeds(repository, ["push", "-q", "origin", "main"])
            #expect(!second)
        }
    }

    @Test func withoutChecksAPushPassesAndABrokenFileIsNamed() async throws {
        try await with("[patch]\n    target = main\n") { repository in
            #expect(try await succeeds(repository, ["push", "-q", "origin", "main"]))
            try await repository.git("rm", "-q", ".gitpatch")
            try await repository.commit("none")
            #expect(try await succeeds(repository, ["push", "-q", "origin", "main"]))
            try await repository.commit("broken", files: [".gitpatch": "[check \"x\"]\n    rnu = true\n"])
            let held = try await repository.tryGit(["push", "-q", "origin", "main"])
            #expect(!held.succeeded)
            #expect(held.errorOutput.contains(".gitpatch") && held.errorOutput.contains("rnu"))
        }
    }

    @Test func pathsLookAtWhatThePushChanges() async throws {
        let checks = """
            [check "docs"]
                run = false
                path = docs/**
                tier = quick
            [check "content"]
                run = true
                path = src.txt
                tier = quick

            """
        try await with(checks) { repository in
            #expect(try await succeeds(repository, ["push", "-q", "origin", "main"]))
            try await repository.commit("two", files: ["src.txt": "2\n"])
            #expect(try await succeeds(repository, ["push", "-q", "origin", "main"]))
            try await repository.commit("three", files: ["docs/a": "1\n"])
            #expect(!(try await succeeds(repository, ["push", "-q", "origin", "main"])))
            try await repository.git("switch", "-q", "-c", "new", "HEAD~1")
            try await repository.commit("four", files: ["src.txt": "3\n"])
            #expect(try await succeeds(repository, ["push", "-q", "origin", "new"]))
        }
    }

    @Test func switchedOffOrOurOwnItAsksNothing() async throws {
        try await with(files: ["src.txt": "BAD\n"]) { repository in
            _ = try await repository.run("git-validate", ["--tier", "quick"])
            let off = repository.with(environment: ["GITPATCH": "0"])
            let first = try await succeeds(off, ["push", "-q", "origin", "main"])
            #expect(first)
            let skipped = Bypass.all(in: repository.path + "/.git/gitpatch")
            #expect(skipped.map(\.remoteRef) == ["refs/heads/main"])
            let own = repository.with(environment: ["GITPATCH_CHILD": "1"])
            let second = try await succeeds(own, ["push", "-q", "origin", "main:again"])
            #expect(second)
        }
    }

    @Test func overTheBudgetTheRunGoesOnWithoutThePush() async throws {
        let checks = """
            [validate]
                budget = 300ms
            [check "slow"]
                run = "sleep 2"
                tier = quick

            """
        try await with(checks) { repository in
            let held = try await repository.tryGit(["push", "-q", "origin", "main"])
            #expect(!held.succeeded)
            #expect(held.errorOutput.contains("push again"))
            let commit = try await repository.id("HEAD")
            let isValidated = try await eventually {
                VerdictFile.read(commit, from: repository.path + "/.git/gitpatch") != nil
            }
            #expect(isValidated)
            #expect(try await succeeds(repository, ["push", "-q", "origin", "main"]))
        }
    }

    @Test func aPushThatIsInterruptedTakesItsChecksAlong() async throws {
        let mark = "95\(Int.random(in: 10_000...99_999))"
        try await with("[check \"long\"]\nrun = sleep \(mark)\ntier = quick\n") { repository in
            let script = """
                line="refs/heads/main $(git rev-parse HEAD) refs/heads/main 0000000000000000000000000000000000000000"
                echo "$line" | git-validate hook pre-push origin url & pid=$!
                while ! pgrep -f '^sleep \(mark)' > /dev/null; do sleep 0.05; done
                kill -KILL $pid
                """
            _ = try await repository.run("sh", ["-c", script])
            let isGone = try await eventually { processes(saying: "sleep\0\(mark)").isEmpty }
            #expect(isGone)
        }
    }

    @Test func aPassLeavesAVerdictTheHelperMayUse() async throws {
        try await with { repository in
            try await repository.git("push", "-q", "origin", "main")
            let commit = try await repository.id("HEAD")
            let store = repository.path + "/.git/gitpatch"
            let verdict = try #require(VerdictFile.read(commit, from: store))
            #expect(verdict.passed == .quick)
            #expect(verdict.coverage == .everyCheck)
            #expect(try await repository.run("git-validate", ["--tier", "standard"]).succeeded)
            #expect(VerdictFile.read(commit, from: store)?.passed == .standard)
        }
    }
    @Test func settingsOfSomeBranchesOnlyLeaveNoVerdictToTheHelper() async throws {
        try await with { repository in
            try await repository.git("config", "includeIf.onbranch:release/**.path", "strict.config")
            try repository.write(".git/strict.config", "[validate]\n\tprePush = complete\n")
            try await repository.git("push", "-q", "origin", "main")
            let commit = try await repository.id("HEAD")
            #expect(VerdictFile.read(commit, from: repository.path + "/.git/gitpatch") == nil)
            try await repository.commit(
                "two",
                files: [
                    ".gitpatch": PushTests.checks + """
                        [check "deep"]
                            run = false
                            tier = complete

                        """
                ])
            #expect(try await succeeds(repository, ["push", "-q", "origin", "main"]))
            try await repository.git("switch", "-q", "-c", "release/1")
            #expect(!(try await succeeds(repository, ["push", "-q", "origin", "HEAD:refs/heads/x"])))
        }
    }

    @Test func checksThatCannotBeReadHoldThePushBack() async throws {
        try await with { repository in
            let blob = try await repository.git("rev-parse", "HEAD:.gitpatch")
            try repository.remove(".git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))")
            let hook = try await repository.run(
                "git-validate", ["hook", "pre-push", "origin", "../origin.git"],
                input: "refs/heads/main \(try await repository.id("HEAD")) refs/heads/main "
                    + String(repeating: "0", count: 40) + "\n")
            #expect(hook.exitCode == 1 && hook.errorOutput.contains(".gitpatch"), "\(hook)")
            #expect(hook.errorOutput.contains("--no-verify"), "\(hook)")
        }
    }

    @Test func aNewerFailureTakesTheVerdictOfTheHelperBack() async throws {
        let checks = """
            [check "outside"]
                run = "test -e $OUTSIDE_FILE"
                tier = quick
                env = OUTSIDE_FILE

            """
        try await with(checks) { plain in
            let repository = plain.with(environment: ["OUTSIDE_FILE": plain.scratch.path + "/outside"])
            try repository.write("../outside", "")
            try await repository.git("push", "-q", "origin", "main")
            let commit = try await repository.id("HEAD")
            let store = repository.path + "/.git/gitpatch"
            #expect(VerdictFile.read(commit, from: store) != nil)
            try repository.remove("../outside")
            #expect(try await repository.run("git-validate", ["--no-cache", "--tier", "quick"]).exitCode == 1)
            #expect(VerdictFile.read(commit, from: store) == nil)
        }
    }

    /// What is pushed is handed on through a file when it is long.
    @Test func manyReferencesAreJudgedAlsoWithoutATemporaryFolder() async throws {
        try await with { repository in
            try await repository.commit("two", files: ["src.txt": "BAD\n"])
            for number in 0..<60 { try await repository.git("branch", "a-rather-long-name-of-a-branch-\(number)") }
            let hook = repository.path + "/.git/hooks/pre-push"
            let script = "#!/bin/sh\nexec '\(productsDirectory)/git-patch-hook' pre-push \"$@\"\n"
            try script.write(toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            let pushed = try await repository.with(environment: ["TMPDIR": "/nonexistent"])
                .tryGit(["push", "-q", "origin", "--all"])
            #expect(!pushed.succeeded && pushed.errorOutput.contains("content"), "\(pushed)")
            #expect(!(try await remoteHas(repository, "refs/heads/main")))
        }
    }
}
