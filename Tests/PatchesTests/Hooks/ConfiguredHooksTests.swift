import Foundation
import GitProcess
import SuiteTestSupport
import SystemPackage
import Testing

@testable import Patches

/// Hooks in git's configuration, chosen by git's version.
struct ConfiguredHooksTests {
    @Test func theVersionIsReadAsGitWritesIt() {
        for version in ["git version 2.54.0", "git version 2.55.0.618.g1a3e64c6c4", "git version 3.0.0 (Apple Git-1)"] {
            #expect(HookSite.isNewEnough(version), "\(version)")
        }
        for version in ["git version 2.39.5", "git version 2.53.9.windows.1", "git version 1.99", "git", ""] {
            #expect(!HookSite.isNewEnough(version), "\(version)")
        }
    }

    /// Real git that says it is of a version that runs configured hooks.
    private func modern(_ repository: TestRepository) throws -> TestRepository {
        let path = repository.environment["PATH"] ?? ""
        let script = """
            #!/bin/sh
            if [ "$1" = version ]; then echo "git version 2.54.0"; exit; fi
            PATH='\(path)' exec git "$@"

            """
        try repository.write("../modern/git", script, executable: true)
        return repository.with(environment: ["PATH": repository.scratch.path + "/modern:" + path])
    }

    @Test(arguments: [
        "", "[core]\n\tbare = false", "# only a comment", "[hook \"other\"]\n\tcommand = true\n\tevent = pre-push\n",
        "[a]\r\n\tb = c\r\n",
    ])
    func theFileIsRestoredByteForByte(_ tail: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            let config = (repository.read(".git/config") ?? "") + tail
            try repository.write(".git/config", config)
            try repository.write(".git/hooks/pre-push", HookShape.script("pre-push"), executable: true)
            let before = try repository.everything()
            let hooks = try await modern(repository).hooks()
            try repository.remove("../modern")
            _ = try modern(repository)
            let report = try await hooks.install().report
            #expect(report.isComplete && report.placement == .configuration)
            #expect(repository.read(".git/hooks/pre-push") == HookShape.script("pre-push"))
            #expect(try await !hooks.install().isChanged)
            #expect(try await repository.git("config", "hook.git-patch-post-commit.event") == "post-commit")
            #expect(try await hooks.uninstall().isChanged)
            try repository.remove("../modern")
            #expect(try repository.everything() == before)
        }
    }

    @Test func otherChangesOfTheFileSurvive() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            let hooks = try await modern(repository).hooks()
            _ = try await hooks.install()
            try await repository.git("config", "branch.x.remote", "origin")
            try await repository.git("config", "core.fileMode", "false")
            try await repository.git("config", "hook.git-patch-pre-push.command", "changed by hand")
            #expect(try await !hooks.status().isComplete)
            #expect(try await hooks.install().report.isComplete)
            _ = try await hooks.uninstall()
            let config = try await repository.git("config", "--local", "--list")
            #expect(config.contains("branch.x.remote=origin") && config.contains("core.filemode=false"))
            #expect(!config.contains("git-patch"))
        }
    }

    @Test func hooksInTheFolderMoveToTheConfiguration() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try repository.write(".git/hooks/pre-push", HookShape.script("pre-push"), executable: true)
            #expect(try await repository.hooks().install().report.placement == .inPlace)
            let report = try await modern(repository).hooks().install().report
            #expect(report.placement == .configuration && report.isComplete)
            #expect(repository.read(".git/hooks/pre-push") == HookShape.script("pre-push"))
            #expect(!repository.exists(".git/hooks/post-commit"))
        }
    }

    @Test func theCommandRunsTheHelperWithArgumentsAndInputAndSurvivesItsLoss() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            let helper = "../a 'quoted' bin/git-patch-hook"
            try repository.write(helper, "#!/bin/sh\necho \"$@\"\ncat\nexit 3\n", executable: true)
            let program = repository.scratch.path + "/a 'quoted' bin/git-patch"
            _ = try await modern(repository).hooks(program: program).install()
            let command = try await repository.git("config", "hook.git-patch-pre-push.command")
            // As git starts it: run-command.c puts "$@" behind the text when there are arguments.
            let call = ["-c", command + " \"$@\"", command, "origin", "a url"]
            let first = try await repository.run("/bin/sh", call, input: "line\n")
            #expect(first.exitCode == 3)
            #expect(first.output == "pre-push origin a url\nline\n")
            try repository.remove(helper)
            let second = try await repository.run("/bin/sh", call)
            #expect(second.exitCode == 0)
            #expect(second.errorOutput.contains("is missing"))
        }
    }

    @Test func aLockOfGitIsWaitedForAndThenReported() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            let hooks = try await modern(repository).hooks()
            try repository.write(".git/config.lock", "")
            let path = repository.path + "/.git/config"
            await #expect(throws: HooksProblem.locked(path)) { try await hooks.install() }
            #expect(repository.exists(".git/config.lock"))
            try repository.write(".git/config.lock", "git-patch 4194304\n")  // A process number that cannot be.
            #expect(try await hooks.install().report.isComplete)
            #expect(!repository.exists(".git/config.lock"))
        }
    }
}
