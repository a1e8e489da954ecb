import GitValues
import SuiteTestSupport
import Testing

/// Command lines as people type them, and what they are told.
struct CommandLineTests {
    @Test(arguments: [
        (["x", "--approvals", "-1", "--auto-merge"], "--approvals takes 0 to 100"),
        (["x", "--closes", "-3"], "--closes takes the number of an issue"),
        (["x", "--branch", "-x"], "'-x' is not a valid branch name"),
        (["x", "--branch", "@"], "'@' is not a valid branch name"),
        (["x", "--test", ""], "--test takes a command"),
        (["x", "--test", "true", "--test", " "], "--test takes a command"),
        (["x", "--run", ""], "--run takes a command"),
        (["create", "-m", "--", "x"], "--message takes a text"),
    ])
    func whatIsWrongIsNamed(_ arguments: [String], _ words: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            let result = try await repository.run("git-patch", arguments)
            #expect([1, 64].contains(result.exitCode) && result.errorOutput.contains(words), "\(result)")
            #expect(try await repository.git("rev-list", "--all", "--count") == "1")
        }
    }

    @Test func textsAreJoinedAsGitJoinsThem() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try await repository.mustPatch(
                "-mTitle", "-m", "More", "--body", "one", "--body", "two", "--sign", "--no-sign")
            #expect(try await repository.git("log", "-1", "--format=%B") == "Title\n\nMore\n\none\n\ntwo")
            try repository.write("a", "c\n")
            try await repository.mustPatch("update", "-mNext", "-m", "Why")
            #expect(try await repository.git("log", "-1", "--format=%B") == "Next\n\nWhy")
        }
    }

    @Test(arguments: [
        ("git-automerge", ["nocmd", "--json"], "'nocmd' is no command of 'git automerge'", "git automerge -h"),
        (
            "git-automerge", ["service", "status", "--json"], "'status' is no command of 'git automerge service'",
            "git automerge service -h"
        ),
        (
            "git-automerge", ["run", "--once", "--watch"], "--once and --watch exclude each other",
            "git automerge run -h"
        ),
        ("git-patch", ["restore", "abc", "--nope"], "unknown option '--nope'", "git patch restore -h"),
        ("git-patch", ["hooks", "install", "--nope"], "unknown option '--nope'", "git patch hooks install -h"),
        ("git-validate", ["--nope"], "unknown option '--nope'", "git validate -h"),
    ])
    func theHintNamesTheCommandThatWasTyped(
        _ program: String, _ arguments: [String], _ words: String, _ hint: String
    ) async throws {
        try await TestRepository.with { repository in
            let result = try await repository.run(program, arguments)
            #expect(result.exitCode == 64)
            #expect(result.errorOutput.contains("error: " + words), "\(result)")
            #expect(result.errorOutput.contains("'" + hint + "'"), "\(result)")
        }
    }

    @Test func aDryRunTellsAndTouchesNothing() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            _ = try await repository.addBareRemote()
            try repository.write("a", "b\n")
            try await repository.mustPatch("Change a")
            try repository.write("b", "b\n")
            let before = try await RepositoryState.read(repository)
            let update = try await repository.mustPatch("update", "--dry-run")
            #expect(update.output.contains("A  b") && update.output.hasSuffix("patch/change-a\n"), "\(update)")
            let undo = try await repository.mustPatch("undo", "--dry-run")
            #expect(undo.output.contains("would delete branch 'patch/change-a'"), "\(undo)")
            #expect(undo.output.contains("would switch HEAD to 'main'"), "\(undo)")
            for command in ["update", "undo"] {
                let json = try await repository.mustPatch(command, "--dry-run", "--json").output
                #expect(json.contains("\"outcome\":\"planned\""), "\(json)")
            }
            #expect(try await RepositoryState.read(repository) == before)
            try repository.remove("b")
            #expect(try await repository.patch("update", "--dry-run").exitCode == 1)
        }
    }

    @Test func whoeverWaitsSaysForWhat() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try repository.write(
                ".git/hooks/pre-commit", "#!/bin/sh\ntouch ../begun\nexec sleep 1 >/dev/null 2>&1\n", executable: true)
            let first = try ChildProcess(
                "/bin/sh", ["-c", "cd '\(repository.path)' && exec git-patch x"], environment: repository.environment)
            defer { first.end() }
            while first.isRunning, !repository.exists("../begun") { try await Task.sleep(for: .milliseconds(20)) }
            let second = try await repository.patch("snapshot")
            #expect(second.errorOutput.contains("waiting for git patch create (process \(first.pid))"), "\(second)")
        }
    }

    @Test func whatDoesNothingSaysSo() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            for command in ["cleanup", "resume"] {
                let result = try await repository.mustPatch(command, "--json")
                #expect(result.output.contains("\"outcome\":\"nothing-to-do\""), "\(result)")
            }
        }
    }

    @Test(arguments: ["git-patch", "git-automerge", "git-validate", "git-patch-hook"])
    func everyProgramTellsItsVersion(_ program: String) async throws {
        try await TestRepository.with { repository in
            let result = try await repository.run(program, ["--version"])
            #expect(result.succeeded && result.trimmed == SuiteVersion.line(program), "\(result)")
        }
    }
}
