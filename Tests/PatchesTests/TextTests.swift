import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// What people type and read: dashes, misspellings, control characters, outcomes.
struct TextTests {
    private func withChange(_ body: (TestRepository) async throws -> Void) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try await repository.addBareRemote()
            try repository.write("a", "b\n")
            try await body(repository)
        }
    }

    @Test func valuesMayBeginWithADash() async throws {
        try await withChange { repository in
            #expect(try await repository.patch("x", "--test", "-v").output == "")
            #expect(try await repository.patch("x", "--test", "-v").errorOutput.contains("the test '-v' ended"))
            try await repository.mustPatch("-m", "-x is gone", "--body", "- item")
            #expect(try await repository.git("log", "-1", "--format=%B") == "-x is gone\n\n- item")
            try repository.write("a", "c\n")
            try await repository.mustPatch("update", "-m", "-fix")
            #expect(try await repository.git("log", "-1", "--format=%s") == "-fix")
            try repository.write("a", "d\n")
            try await repository.mustPatch("snapshot", "-m", "-kept")
            let stop = try await repository.run("git-automerge", ["stop", "--all", "--reason", "-x"])
            #expect(stop.succeeded, "\(stop)")
            let advice = try await repository.patch("--", "-x")
            #expect(advice.exitCode == 64)
            #expect(advice.errorOutput.contains("git patch -m \"-x"), "\(advice)")
            #expect(try await repository.patch("x", "-m", "y").exitCode == 64)
        }
    }

    @Test(arguments: [["--json", "lgo"], ["-q", "lsit"], ["--verbose", "--dry-run", "staus"]])
    func aSlipBehindAnOptionIsNoPatch(_ arguments: [String]) async throws {
        try await withChange { repository in
            let before = try await RepositoryState.read(repository)
            let result = try await repository.run("git-patch", arguments)
            #expect(result.exitCode == 64)
            #expect(result.errorOutput.contains("is no command"))
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func anOptionMayStandInFrontOfACommand() async throws {
        try await withChange { repository in
            let before = try await RepositoryState.read(repository)
            #expect(try await repository.mustPatch("--json", "list").output.contains("\"patches\":[]"))
            #expect(try await repository.mustPatch("-q", "status").output.contains("next:"))
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func controlCharactersNeverReachTheTerminal() async throws {
        try await withChange { repository in
            let title = "T\u{1B}[31m\u{7}\u{9B}2J\u{202E}x"
            var said: [CommandResult] = []
            said.append(try await repository.mustPatch(title, "--branch", "b\u{9B}x", "--test", "true", "--verbose"))
            try repository.write("a", "c\n")
            for arguments in [["status"], ["list"], ["show"], ["log"], ["status", "--json"], ["show", "--json"]] {
                said.append(try await repository.run("git-patch", arguments))
            }
            said.append(try await repository.run("git-automerge", ["status"]))
            said.append(try await repository.run("git-automerge", ["status", "--json"]))
            for result in said {
                #expect(result.succeeded, "\(result)")
                let bad = (result.output + result.errorOutput).unicodeScalars.filter {
                    $0 != "\n" && ($0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E)
                }
                #expect(bad.isEmpty, "\(result)")
            }
            // JSON tells the very title: escaped, not replaced.
            #expect(said.contains { $0.output.contains("T\\u001b[31m\\u0007\\u009b2J\\u202ex") })
        }
    }

    @Test func whatIsMadeIsMadeWhateverTheRemoteSays() async throws {
        try await withChange { repository in
            try await repository.git("remote", "set-url", "origin", repository.scratch.path + "/gone.git")
            let created = try await repository.patch("x", "--wait", "--json")
            #expect(created.exitCode == 69)
            #expect(created.output.contains("\"outcome\":\"created\""), "\(created)")
            #expect(created.output.contains("\"remote-unreachable\""))
            try repository.write("a", "c\n")
            let updated = try await repository.patch("update", "--wait", "--json")
            #expect(updated.exitCode == 69)
            #expect(updated.output.contains("\"outcome\":\"updated\""), "\(updated)")
        }
    }

    @Test func aRefusalByThePrePushHookIsToldOnceAndInOneLine() async throws {
        try await withChange { repository in
            try repository.write(
                ".git/hooks/pre-push", "#!/bin/sh\necho first words >&2\necho second words >&2\nexit 1\n",
                executable: true)
            let result = try await repository.patch("x")
            #expect(result.exitCode == 1)
            #expect(result.errorOutput.components(separatedBy: "second words").count == 2, "\(result)")
            let status = try await repository.mustPatch("status")
            #expect(status.output.contains(": the pre-push hook said no: first words\n"), "\(status)")
        }
    }

    @Test func aPathspecGitDoesNotKnowIsAUsageError() async throws {
        try await withChange { repository in
            for spec in [":(bad)x", "../../outside"] {
                let result = try await repository.patch("x", "--json", "--", spec)
                #expect(result.exitCode == 64, "\(result)")
                #expect(result.output.contains("\"bad-pathspec\""), "\(result)")
            }
            #expect(try await repository.patch("x", "--", "nothing").exitCode == 1)
        }
    }

    @Test func aBranchMayBeNamedInFull() async throws {
        try await withChange { repository in
            #expect(try await repository.patch("x", "--branch", "refs/tags/zz").exitCode == 64)
            let made = try await repository.mustPatch("x", "--branch", "refs/heads/zz", "--target", "refs/heads/main")
            #expect(made.output == "zz\n")
            #expect(try await repository.mustPatch("show", "--json").output.contains("\"target\":\"main\""))
        }
    }

    @Test func hooksSayTheirResultAlsoInQuiet() async throws {
        try await withChange { repository in
            #expect(
                try await repository.mustPatch("hooks", "install", "--quiet").output.split(separator: "\n").count == 1)
            try await repository.mustPatch("hooks", "uninstall", "--quiet")
            try await repository.mustPatch("hooks", "install", "--global")
            try await repository.mustPatch("hooks", "uninstall", "--global")
            let home = try #require(repository.environment["HOME"])
            #expect(!FileManager.default.fileExists(atPath: home + "/.local/share/git-patch"))
        }
    }
}
