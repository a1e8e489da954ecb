import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// A commit of ours is the one git would have made: hooks, people, message, signature, shape of the repository.
struct FidelityTests {
    private func install(_ hook: String, _ script: String, in repository: TestRepository) throws {
        try repository.write(".git/hooks/" + hook, "#!/bin/sh\n" + script, executable: true)
    }

    @Test func hooksRunAsGitRunsThem() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let log = repository.scratch.path + "/log"
            for hook in ["prepare-commit-msg", "post-commit"] {
                try install(
                    hook, "echo \"\(hook) $* $(basename \"$PWD\") $GIT_EDITOR $GIT_AUTHOR_NAME\" >> '\(log)'\n",
                    in: repository)
            }
            try install("pre-commit", "tr a-z A-Z < a > b && mv b a && git add a\n", in: repository)
            try install("commit-msg", "echo >> \"$1\"; echo 'Reviewed-by: Hook' >> \"$1\"\n", in: repository)
            try repository.write("a", "changed\n")
            #expect(try await repository.mustPatch("Change a").trimmed == "patch/change-a")
            #expect(try await repository.git("show", "HEAD:a") == "CHANGED")
            #expect(try await repository.git("status", "--porcelain") == "")
            #expect(try await repository.git("log", "-1", "--format=%B") == "Change a\n\nReviewed-by: Hook")
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(
                lines == [
                    "prepare-commit-msg .git/COMMIT_EDITMSG message work : Ada Example",
                    "post-commit  work : Ada Example",
                ])
        }
    }

    @Test(arguments: ["pre-commit", "commit-msg"])
    func aHookThatRefusesLeavesEverythingAsItWas(_ hook: String) async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try install(hook, "echo 'no, because' >&2; exit 1\n", in: repository)
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("Fix the greeting", "--json")
            #expect(result.exitCode == 1)
            #expect(result.output.contains("\"code\":\"hook-refused\""))
            #expect(result.errorOutput.contains("no, because"))
            #expect(try await RepositoryState.read(repository) == before)
            try await repository.mustPatch("Fix the greeting", "--no-verify")
        }
    }

    @Test func peopleAndTimesAreGits() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first")
            try repository.write("a", "a\n")
            let dated = repository.with(environment: [
                "GIT_AUTHOR_NAME": "Zoë", "GIT_AUTHOR_DATE": "2005-04-07T22:13:13+0200",
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "committer.email", "GIT_CONFIG_VALUE_0": "c@example.com",
            ])
            try await dated.mustPatch("Dated")
            #expect(
                try await repository.git("log", "-1", "--format=%an %ae %aI %ce")
                    == "Zoë ada@example.com 2005-04-07T22:13:13+02:00 c@example.com")
            try repository.write("a", "b\n")
            let nameless = repository.with(environment: [
                "GIT_CONFIG_COUNT": "3", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "",
                "GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "",
                "GIT_CONFIG_KEY_2": "user.useConfigOnly", "GIT_CONFIG_VALUE_2": "true",
            ])
            let before = try await RepositoryState.read(repository)
            #expect(try await nameless.patch("Nameless").exitCode == 69)
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func anSSHSignatureIsMadeWhereGitWouldMakeOne() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first")
            let key = repository.scratch.path + "/key"
            let made = try await repository.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key])
            guard made.succeeded else { return }
            try await repository.git("config", "gpg.format", "ssh")
            try await repository.git("config", "user.signingKey", key + ".pub")
            try await repository.git("config", "commit.gpgSign", "true")
            try repository.write("a", "a\n")
            try await repository.mustPatch("Signed")
            #expect(try await repository.git("cat-file", "commit", "HEAD").contains("gpgsig -----BEGIN SSH SIGNATURE"))
            try repository.write("a", "b\n")
            try await repository.mustPatch("Unsigned", "--no-sign")
            #expect(try await !repository.git("cat-file", "commit", "HEAD").contains("gpgsig"))
            try await repository.git("config", "user.signingKey", key + ".missing")
            try repository.write("a", "c\n")
            let before = try await RepositoryState.read(repository)
            let refused = try await repository.patch("No key", "--json")
            #expect(refused.exitCode == 1)
            #expect(refused.output.contains("\"code\":\"signing-failed\""), "\(refused)")
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test(arguments: [["--object-format=sha256"], []])
    func everyModeWorksInEveryRepositoryFormat(_ arguments: [String]) async throws {
        try await TestRepository.with(initArguments: arguments) { repository in
            try await repository.makeDirty()
            let before = try await RepositoryState.read(repository)
            for mode in [["--stay"], ["--return"], []] {
                let tree = try await repository.oracleTree()
                let made = try await repository.run("git-patch", ["Fix the greeting"] + mode)
                #expect(made.succeeded, "\(made)")
                #expect(try await repository.id("patch/fix-the-greeting^{tree}") == tree)
                try await repository.mustPatch("undo")
                #expect(try await RepositoryState.read(repository) == before, "\(mode)")
            }
        }
    }

    @Test func aLinkedWorktreeHasItsOwnHeadAndIndex() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let here = try await RepositoryState.read(repository)
            try await repository.git("worktree", "add", "-q", "-b", "side", repository.scratch.path + "/side")
            let side = repository.at(repository.scratch.path + "/side")
            try side.write("new", "new\n")
            let before = try await RepositoryState.read(side)
            try await side.mustPatch("From the side")
            #expect(try await side.git("symbolic-ref", "--short", "HEAD") == "patch/from-the-side")
            #expect(try await repository.git("symbolic-ref", "--short", "HEAD") == "main")
            #expect(try await RepositoryState.read(repository).index == here.index)
            let refused = try await repository.patch("undo")
            #expect(refused.exitCode == 1)
            #expect(refused.errorOutput.contains("hint: git -C '\(side.path)' patch undo "), "\(refused)")
            try await side.mustPatch("undo")
            #expect(try await RepositoryState.read(side) == before)
        }
    }

    @Test func settingsThatAreWrongAreNamedWithTheirLine() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first")
            try repository.write(".gitpatch", "[patch]\n    unheardof = 1\n")
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("x")
            #expect(result.exitCode == 78)
            #expect(result.errorOutput.contains(".gitpatch:2: "))
            #expect(result.errorOutput.contains("unheardof"))
            #expect(try await RepositoryState.read(repository) == before)
            #expect(try await repository.patch("doctor").exitCode == 78)
            try repository.write(".gitpatch", "[patch]\n    branchPrefix = wip/\n")
            #expect(try await repository.mustPatch("x").trimmed == "wip/x")
        }
    }

    @Test func aMergeInProgressIsRefusedWithTheNextCommand() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try await repository.git("switch", "-q", "-c", "side")
            try await repository.commit("side", files: ["a": "s\n"])
            try await repository.git("switch", "-q", "main")
            try await repository.commit("main", files: ["a": "m\n"])
            #expect(try await !repository.tryGit(["merge", "-q", "side"]).succeeded)
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("x", "--force")
            #expect(result.exitCode == 1)
            #expect(result.errorOutput.contains("git merge --abort"))
            #expect(try await RepositoryState.read(repository) == before)
        }
    }
}
