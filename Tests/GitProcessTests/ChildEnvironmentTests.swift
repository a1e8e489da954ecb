import Foundation
import GitProcess
import SuiteTestSupport
import SystemPackage
import Testing

/// What children see of the environment.
struct ChildEnvironmentTests {
    @Test func everyRepositoryVariableOfGitIsKnown() async throws {
        try await TestRepository.with { repository in
            let listed = Set(
                try await repository.git("rev-parse", "--local-env-vars").split(separator: "\n").map(String.init))
            #expect(!listed.isEmpty && listed.isSubset(of: ChildEnvironment.repositoryVariables))
        }
    }

    @Test func theRepositoryIsForgotten() async throws {
        try await TestRepository.with { repository in
            var environment = ChildEnvironment.only(repository.environment)
            for name in ChildEnvironment.repositoryVariables { environment = environment.setting(name, "x") }
            let cleaned = environment.withoutRepository()
            #expect(ChildEnvironment.repositoryVariables.allSatisfy { cleaned.value(of: $0) == nil })
            let git = GitProgram(directory: FilePath(repository.path), environment: cleaned)
            let unset = try await git.output(["rev-parse", "--git-dir"])
            #expect(unset.text == ".git")
            let kept = GitProgram(directory: FilePath(repository.path), environment: environment)
            let set = try await kept.run(["rev-parse", "--git-dir"])
            #expect(set.succeeded == false)
        }
    }

    @Test(arguments: [
        (["LC_ALL": "de_DE.UTF-8"], ["LC_MESSAGES": "C", "LC_CTYPE": "de_DE.UTF-8"]),
        (["LC_ALL": "", "LANG": "fr_FR.UTF-8"], ["LC_MESSAGES": "C", "LANG": "fr_FR.UTF-8"]),
        (["LANGUAGE": "de:fr", "LC_MESSAGES": "de_DE"], ["LC_MESSAGES": "C"]),
        (["LC_CTYPE": "ja_JP.eucJP"], ["LC_MESSAGES": "C", "LC_CTYPE": "ja_JP.eucJP"]),
    ])
    func messagesAreEnglishAndTheCharacterTypeStays(_ given: [String: String], _ expected: [String: String]) {
        let plain = ChildEnvironment.only(given).withPlainMessages()
        for name in ["LC_ALL", "LANGUAGE", "LC_MESSAGES", "LC_CTYPE", "LANG"] {
            #expect(plain.value(of: name) == expected[name], "\(name)")
        }
    }

    @Test func changesReachTheChild() async throws {
        let environment = ChildEnvironment.only(["PATH": "/usr/bin:/bin", "A": "1", "B": "2"])
            .setting("A", "new").removing("B").setting("C", "é=x")
        #expect(environment.value(of: "A") == "new" && environment.value(of: "B") == nil)
        try await TestRepository.with { repository in
            try repository.write("bin/git-env", "#!/bin/sh\nenv -0\n", executable: true)
            let git = GitProgram(
                directory: FilePath(repository.path),
                environment: environment.setting("PATH", repository.path + "/bin:/usr/bin:/bin"))
            let seen = Set(
                try await git.output(["env"]).output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
            #expect(seen.contains("A=new") && seen.contains("C=é=x") && !seen.contains("B=2"))
            #expect(!seen.contains { $0.hasPrefix("HOME=") }, "nothing of ours gets in")
        }
    }

    @Test func theInheritedEnvironmentIsTheCallers() async throws {
        let name = "GITPATCH_TEST_\(UInt32.random(in: 0...(.max)))"
        setenv(name, "inherited", 1)
        defer { unsetenv(name) }
        #expect(ChildEnvironment.inherited.value(of: name) == "inherited")
        #expect(ProcessEnvironment.value(of: name) == "inherited")
        try await Scratch.with { scratch in
            let git = GitProgram(
                directory: FilePath(scratch.path), environment: .inherited.withoutRepository(),
                settings: ["alias.tell=!printf %s \"$\(name)\""])
            let told = try await git.output(["tell"])
            #expect(told.text == "inherited")
            var without = git
            without.environment = git.environment.removing(name)
            let untold = try await without.output(["tell"])
            #expect(untold.text.isEmpty)
        }
    }
}
