import SuiteTestSupport
import Testing

/// A patch that was kept here goes to its remote when it is asked for by name.
struct PublishTests {
    @Test func aLocalPatchIsSentWithdrawnAndSentAgain() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try await repository.mustPatch("Kept", "--local")
            try await expect(repository, state: "local", onRemote: false)
            #expect(try await repository.run("git-patch", ["resume", "patch/kept"]).exitCode == 69, "no remote yet")

            try await repository.git("switch", "-q", "main")
            try await repository.addBareRemote()
            try await repository.git("switch", "-q", "patch/kept")
            #expect(try await repository.run("git-patch", ["resume"]).succeeded)
            try await expect(repository, state: "local", onRemote: false)
            let status = try await repository.run("git-patch", ["status"])
            #expect(status.output.contains("git patch resume"), "\(status)")
            for _ in 0..<2 {
                let sent = try await repository.run("git-patch", ["resume", "patch/kept"])
                #expect(sent.succeeded, "\(sent)")
                try await expect(repository, state: "open", onRemote: true)
                let undone = try await repository.run("git-patch", ["undo"])
                #expect(undone.succeeded, "\(undone)")
                try await expect(repository, state: "local", onRemote: false)
            }
            #expect(try await repository.run("git-patch", ["resume", "patch/kept"]).succeeded)
            let armed = try await repository.run("git-automerge", ["enable", "--delay", "0", "patch/kept"])
            #expect(armed.succeeded, "\(armed)")
        }
    }

    private func expect(_ repository: TestRepository, state: String, onRemote: Bool) async throws {
        let list = try await repository.run("git-patch", ["list", "--json"])
        #expect(list.output.contains("\"state\":\"\(state)\""), "\(list)")
        guard try await repository.git("remote") != "" else { return }
        let there = try await repository.git("ls-remote", "origin", "refs/heads/patch/*")
        #expect(there.isEmpty != onRemote, "\(there)")
    }

    @Test func commitsThePatchLacksAreNotLeftBehind() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n"])
            try await repository.addBareRemote()
            try repository.write("a", "b\n")
            try await repository.mustPatch("Kept", "--local")
            try await repository.commit("by hand", files: ["c": "c\n"])
            let refused = try await repository.run("git-patch", ["resume", "patch/kept"])
            #expect(refused.exitCode != 0 && refused.errorOutput.contains("git patch update"), "\(refused)")
            #expect(try await repository.run("git-patch", ["update"]).succeeded)
            #expect(try await repository.run("git-patch", ["resume", "patch/kept"]).succeeded)
            try await expect(repository, state: "open", onRemote: true)
        }
    }

    /// What a server says is told once, in our words, with nothing of git's around it.
    @Test func aRefusedPushIsToldOnce() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let remote = repository.at(try await repository.addBareRemote())
            try remote.write(
                "hooks/pre-receive", "#!/bin/sh\necho no patches on fridays >&2\nexit 1\n", executable: true)
            try repository.write("a", "b\n")
            for arguments in [["Fix a"], ["resume"]] {
                let result = try await repository.run("git-patch", arguments)
                #expect(result.exitCode == 1)
                #expect(result.errorOutput.matches(of: /no patches on fridays/).count == 1, "\(result)")
                #expect(!result.errorOutput.contains("remote:") && !result.errorOutput.contains("failed to push"))
            }
        }
    }

    /// A lock on the remote is no race: it is named, and nothing is tried four times.
    @Test func aLockedRemoteIsNamed() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let remote = repository.at(try await repository.addBareRemote())
            try remote.write("refs/heads/patch/fix-a.lock", "")
            try repository.write("a", "b\n")
            let made = try await repository.mustPatch("Fix a")
            #expect(made.errorOutput.contains("the remote is locked by '"), "\(made)")
            #expect(!made.errorOutput.contains("Another git process"))
            #expect(remote.exists("refs/heads/patch/fix-a.lock"), "nobody of ours was killed: it is not ours")
            try remote.remove("refs/heads/patch/fix-a.lock")
            try await repository.mustPatch("resume")
            let head = try await repository.id("HEAD")
            #expect(try await remote.id("patch/fix-a") == head)
        }
    }
}
