import Foundation
import GitProcess
import SuiteTestSupport
import SystemPackage
import Testing

@testable import Patches

/// Installing keeps every other hook running, writes nothing in the working tree, and can be taken back.
struct HooksTests {
    @Test(arguments: HookShape.allCases) func installAndUninstallLeaveNoTrace(_ shape: HookShape) async throws {
        try await TestRepository.with { repository in
            let work = try await shape.make(repository)
            let before = try repository.everything()
            let hooks = try await work.hooks()

            let first = try await hooks.install()
            #expect(first.isChanged)
            #expect(first.report.isComplete, "\(first.report)")
            #expect(try await work.git("status", "--porcelain", "--ignored") == statusOf(shape))

            let installed = try repository.everything()
            #expect(installed != before)
            #expect(try await !hooks.install().isChanged)
            #expect(try repository.everything() == installed)

            #expect(try await hooks.uninstall().isChanged)
            #expect(try repository.everything() == before)
            #expect(try await !hooks.uninstall().isChanged)
            #expect(try repository.everything() == before)
        }
    }

    @Test(arguments: HookShape.allCases) func theHookThatWasThereRunsAsBefore(_ shape: HookShape) async throws {
        try await TestRepository.with { repository in
            let notes = repository.scratch.path + "/notes"
            let work = try await shape.make(repository)
                .with(environment: ["GITPATCH_TEST_NOTES": notes, "GITPATCH_CHILD": "test"])
            try await work.git("push", "-q", "origin", "HEAD:refs/heads/without")
            let without = FileManager.default.contents(atPath: notes)
            #expect((without != nil) == shape.hasPushHook)
            try? FileManager.default.removeItem(atPath: notes)  // Absent where no hook ran.

            _ = try await work.hooks().install()
            try await work.git("push", "-q", "origin", "HEAD:refs/heads/without2")
            let with = FileManager.default.contents(atPath: notes).map { String(decoding: $0, as: UTF8.self) }
            #expect(
                with?.replacingOccurrences(of: "without2", with: "without")
                    == without.map { String(decoding: $0, as: UTF8.self) })
        }
    }

    private func statusOf(_ shape: HookShape) -> String {
        switch shape {
        case .linkIntoWorktree, .folderIsLink: "?? tools/"
        case .pathInWorktree: "?? .husky/"
        case .pathOfWorktree: "?? own/"
        default: ""
        }
    }

    @Test func aHookThatFailsStillStopsThePush() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try await repository.addBareRemote()
            try repository.write(".git/hooks/pre-push", "exit 7\n", executable: true)  // No #!: git hands it to sh.
            _ = try await repository.hooks().install()
            let quiet = repository.with(environment: ["GITPATCH_CHILD": "test"])
            #expect(try await !quiet.tryGit(["push", "origin", "HEAD:refs/heads/x"]).succeeded)
            try repository.write(".git/hooks/pre-push.before-git-patch", "exit 0\n", executable: true)
            #expect(try await quiet.tryGit(["push", "origin", "HEAD:refs/heads/x"]).succeeded)
        }
    }

    @Test func aMissingHelperStopsNothing() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try await repository.addBareRemote()
            let notes = repository.scratch.path + "/notes"
            try repository.write(".git/hooks/pre-push", HookShape.script("pre-push"), executable: true)
            try repository.write("../bin/git-patch-hook", "", executable: true)
            let hooks = try await repository.hooks(program: repository.scratch.path + "/bin/git-patch")
            _ = try await hooks.install()
            try repository.remove("../bin/git-patch-hook")
            let result = try await repository.with(environment: ["GITPATCH_TEST_NOTES": notes])
                .tryGit(["push", "origin", "HEAD:refs/heads/x"])
            #expect(result.succeeded)
            #expect(result.errorOutput.contains("is missing"))
            #expect(FileManager.default.fileExists(atPath: notes))
            #expect(try await !hooks.status().isComplete)
            await #expect(throws: HooksProblem.helperMissing(repository.scratch.path + "/bin/git-patch-hook")) {
                try await hooks.install()
            }
        }
    }

    @Test func prePushIsALinkWhereNothingIsToBePassedOn() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try await repository.addBareRemote()
            let helper = repository.scratch.path + "/bin/git-patch-hook"
            try repository.write(
                "../bin/git-patch-hook", "#!/bin/sh\necho \"$0\" \"$@\" >>../called\n", executable: true)
            let hook = repository.path + "/.git/hooks/pre-push"
            let hooks = InPlaceHooks(folder: repository.path + "/.git/hooks", helper: helper, mayLink: true)
            try hooks.install()
            #expect(HookFiles.target(of: hook) == helper)
            #expect(try hooks.report(isUsed: true).isComplete)
            try await repository.git("push", "-q", "origin", "HEAD:refs/heads/x")
            let call = try #require(repository.read("../called")?.split(separator: " "))
            #expect(call[0].hasSuffix("hooks/pre-push") && call[1] == "origin")
            // Where the user may write to the helper, the link is no more to be had.
            let shims = InPlaceHooks(folder: hooks.folder, helper: helper, mayLink: false)
            #expect(try shims.report(isUsed: true).hooks.first?.state == .outdated)
            // Without the helper git pushes, and the next commit says what is missing.
            try repository.remove("../bin/git-patch-hook")
            try await repository.git("push", "-q", "origin", "HEAD:refs/heads/y")
            let committed = try await repository.tryGit(["commit", "-q", "--allow-empty", "-m", "two"])
            #expect(committed.succeeded && committed.errorOutput.contains("is missing"))
            #expect(try hooks.report(isUsed: true).hooks.first?.state == .outdated)
            // Another hook that comes later is kept and passed on to: by a shim.
            try repository.write("../bin/git-patch-hook", "#!/bin/sh\nexec \"$2\"\n", executable: true)
            try repository.remove(".git/hooks/pre-push")
            try repository.write(".git/hooks/pre-push", "#!/bin/sh\nexit 7\n", executable: true)
            try hooks.install()
            #expect(HookFiles.target(of: hook) == nil)
            #expect(try hooks.report(isUsed: true).isComplete)
            #expect(try await !repository.tryGit(["push", "-q", "origin", "HEAD:refs/heads/z"]).succeeded)
            try hooks.uninstall()
            #expect(repository.read(".git/hooks/pre-push") == "#!/bin/sh\nexit 7\n")
            try repository.remove(".git/hooks/pre-push")
            try hooks.install()
            #expect(HookFiles.target(of: hook) == helper)
            try shims.install()
            #expect(HookFiles.target(of: hook) == nil)
            try shims.uninstall()
            #expect(!HookFiles.exists(hook))
        }
    }

    @Test func whoMayWriteToTheHelperGetsAShim() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try repository.write("../bin/git-patch-hook", "#!/bin/sh\n", executable: true)
            _ = try await repository.hooks(program: repository.scratch.path + "/bin/git-patch").install()
            #expect(HookFiles.target(of: repository.path + "/.git/hooks/pre-push") == nil)
        }
    }

    @Test func aCrashBetweenTheStepsIsMended() async throws {
        for mends in [true, false] {
            try await TestRepository.with { repository in
                try await repository.commit("one")
                let script = HookShape.script("pre-push")
                try repository.write(".git/hooks/pre-push", script, executable: true)
                let before = try repository.everything()
                // The second name is given, the shim is not there yet.
                try FileManager.default.linkItem(
                    atPath: repository.path + "/.git/hooks/pre-push",
                    toPath: repository.path + "/.git/hooks/pre-push.before-git-patch")
                try repository.write(".git/hooks/pre-push.git-patch-new", "#!/bin/sh\n")
                let hooks = try await repository.hooks()
                if mends {
                    #expect(try await hooks.install().report.isComplete)
                    #expect(repository.read(".git/hooks/pre-push.before-git-patch") == script)
                }
                _ = try await hooks.uninstall()
                #expect(try repository.everything() == before)
            }
        }
    }

    @Test func aHookManagerThatMovesTheShimAsideIsUnderstood() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            let original = HookShape.script("pre-push")
            try repository.write(".git/hooks/pre-push", original, executable: true)
            let hooks = try await repository.hooks()
            _ = try await hooks.install()
            let hook = repository.path + "/.git/hooks/pre-push"
            // What pre-commit does: the shim keeps running under another name.
            try FileManager.default.moveItem(atPath: hook, toPath: hook + ".legacy")
            try repository.write(".git/hooks/pre-push", "#!/bin/sh\n# manager\n", executable: true)
            #expect(try await hooks.status().isComplete)
            _ = try await hooks.uninstall()
            #expect(repository.read(".git/hooks/pre-push") == "#!/bin/sh\n# manager\n")
            #expect(repository.read(".git/hooks/pre-push.legacy") == original)
        }
    }

    @Test func aHookManagerThatReplacesTheShimIsReportedAndMended() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try repository.write(".git/hooks/pre-push", "#!/bin/sh\n# first\n", executable: true)
            let hooks = try await repository.hooks()
            _ = try await hooks.install()
            try repository.remove(".git/hooks/pre-push")
            try repository.write(".git/hooks/pre-push", "#!/bin/sh\n# manager\n", executable: true)
            #expect(try await hooks.status().hooks.first?.state == .replaced)
            #expect(try await hooks.install().report.isComplete)
            #expect(repository.read(".git/hooks/pre-push.before-git-patch") == "#!/bin/sh\n# manager\n")
            #expect(repository.read(".git/hooks/pre-push.before-git-patch.1") == "#!/bin/sh\n# first\n")
            _ = try await hooks.uninstall()
            #expect(repository.read(".git/hooks/pre-push") == "#!/bin/sh\n# manager\n")
        }
    }

    @Test func aHooksPathSetLaterMovesTheHooks() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            let hooks = try await repository.hooks()
            _ = try await hooks.install()
            try repository.write(".husky/_/pre-push", HookShape.script("pre-push"), executable: true)
            try await repository.git("config", "core.hooksPath", ".husky/_")
            #expect(try await hooks.status().hooks.first?.state == .replaced)
            let report = try await hooks.install().report
            #expect(report.isComplete && report.placement == .passOn)
            #expect(!repository.exists(".git/hooks/pre-push"))
            _ = try await hooks.uninstall()
            #expect(try await repository.git("config", "core.hooksPath") == ".husky/_")
        }
    }

    @Test func hooksThatComeLaterArePassedOn() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try repository.write(".husky/_/pre-push", HookShape.script("pre-push"), executable: true)
            try await repository.git("config", "core.hooksPath", ".husky/_")
            let hooks = try await repository.hooks()
            #expect(try await hooks.install().report.passedOn == [])
            try repository.write(".husky/_/commit-msg", HookShape.script("commit-msg"), executable: true)
            try repository.write(".husky/_/helper.sh", "", executable: true)
            #expect(try await hooks.install().report.passedOn == ["commit-msg"])
            try repository.remove(".husky/_/commit-msg")
            #expect(try await hooks.install().report.passedOn == [])
        }
    }

    @Test func aHookThatIsMadeExecutableLaterRuns() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try repository.write(".husky/_/pre-push", HookShape.script("pre-push"), executable: true)
            try repository.write(".husky/_/pre-commit", HookShape.script("pre-commit"))
            try repository.write(".husky/_/reference-transaction", HookShape.script("reference-transaction"))
            try await repository.git("config", "core.hooksPath", ".husky/_")
            let hooks = try await repository.hooks()
            #expect(try await hooks.install().report.passedOn == [])
            let notes = repository.scratch.path + "/notes"
            let noting = repository.with(environment: ["GITPATCH_TEST_NOTES": notes, "GITPATCH_CHILD": "test"])
            chmod(repository.path + "/.husky/_/pre-commit", 0o755)
            try await noting.git("commit", "-q", "--allow-empty", "-m", "two")
            #expect(repository.read("../notes")?.contains("pre-commit") == true)
            #expect(try await hooks.status().passedOn == ["pre-commit"])
            // One that runs at every move of a reference is stood in for only when the user has it.
            #expect(!repository.exists(".git/gitpatch/hooks/reference-transaction"))
            chmod(repository.path + "/.husky/_/reference-transaction", 0o755)
            #expect(try await !hooks.status().isComplete)
            #expect(try await hooks.install().report.passedOn == ["pre-commit", "reference-transaction"])
            #expect(try await hooks.status().isComplete)
        }
    }

    @Test func aRefreshInstallsNothingNew() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            let hooks = try await repository.hooks()
            let before = try repository.everything()
            #expect(try await !hooks.install(isRefresh: true).isChanged)
            #expect(try repository.everything() == before)
            _ = try await hooks.install()
            try repository.remove(".git/hooks/pre-push")
            #expect(try await hooks.install(isRefresh: true).isChanged)
            #expect(repository.exists(".git/hooks/pre-push"))
        }
    }

    @Test func aHookOfAnotherWorktreeKeepsItsShim() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try repository.write("hooks/commit-msg", HookShape.script("commit-msg"), executable: true)
            try await repository.commit("two")
            try await repository.git("config", "core.hooksPath", "hooks")
            _ = try await repository.hooks().install()
            try await repository.git("worktree", "add", "-q", "../linked", "HEAD~1")
            let linked = repository.at(repository.scratch.path + "/linked")
            #expect(try await linked.hooks().install().report.passedOn == ["commit-msg"])
        }
    }

    @Test func aHooksPathOfTheCommandLineIsRefused() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            let other = repository.with(environment: [
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": "/x",
            ])
            let hooks = try await other.hooks()
            await #expect(throws: HooksProblem.commandLineHooksPath("/x")) { try await hooks.install() }
        }
    }

    @Test func hooksForAllRepositoriesPassOnToEachRepositorysOwn() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try await repository.addBareRemote()
            let notes = repository.scratch.path + "/notes"
            for event in ["pre-push", "pre-commit", "commit-msg"] {
                try repository.write(".git/hooks/\(event)", HookShape.script(event), executable: true)
            }
            try repository.write("../origin.git/hooks/update", HookShape.script("update"), executable: true)
            let before = try repository.everything()
            let hooks = try await repository.hooks(.global)
            #expect(try await hooks.install().report.isComplete)
            #expect(try await !hooks.install().isChanged)
            #expect(try await repository.hooks().status().isGlobal)
            #expect(try await !repository.hooks().install().isChanged)

            let quiet = repository.with(environment: ["GITPATCH_TEST_NOTES": notes, "GITPATCH_CHILD": "test"])
            try await quiet.git("commit", "-q", "--allow-empty", "-m", "two")
            try await quiet.git("push", "-q", "origin", "HEAD:refs/heads/x")
            let words = FileManager.default.contents(atPath: notes).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let events = words.split(separator: "\n").map { $0.split(separator: " ")[0] }
            let seen = events.filter { ["pre-commit", "commit-msg", "pre-push", "update"].contains($0) }
            #expect(seen == ["pre-commit", "commit-msg", "pre-push", "update"])

            #expect(try await hooks.uninstall().isChanged)
            let after = try repository.everything()
            #expect(after["home/.gitconfig"] == before["home/.gitconfig"])
        }
    }
}
