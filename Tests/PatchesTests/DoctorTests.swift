import Foundation
import SuiteTestSupport
import Testing

/// What stands in the way is found.
struct DoctorTests {
    @Test func anOldLockOfAReferenceIsFoundAndAYoungOneIsNot() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write(".git/refs/heads/patch/locked.lock", "")
            #expect(try await !repository.mustPatch("doctor").output.contains("locked.lock"))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -86400)],
                ofItemAtPath: repository.path + "/.git/refs/heads/patch/locked.lock")
            let found = try await repository.mustPatch("doctor")
            #expect(found.output.contains("warning: lock: '") && found.output.contains("locked.lock' is"), "\(found)")
        }
    }

    @Test func hooksThatAreNotPassedOnYetAreFound() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try await repository.git("config", "core.hooksPath", ".githooks")
            try repository.write(".githooks/pre-commit", "#!/bin/sh\n", executable: true)
            #expect(try await !repository.mustPatch("doctor").output.contains("hooks:"))
            try await repository.mustPatch("hooks", "install")
            #expect(try await repository.mustPatch("doctor").output.contains("ok: hooks: installed"))
            try repository.write(".githooks/reference-transaction", "#!/bin/sh\n", executable: true)
            let found = try await repository.mustPatch("doctor")
            #expect(
                found.output.contains("warning: hooks: not complete: reference-transaction is not passed on yet"),
                "\(found)")
        }
    }

    @Test func aPushThatWasKilledIsToldAsWaiting() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            _ = try await repository.addBareRemote()
            try repository.write("a", "b\n")
            try repository.write(
                ".git/hooks/pre-push", "#!/bin/sh\ntouch ../begun\nexec sleep 5 >/dev/null 2>&1\n", executable: true)
            let child = try ChildProcess(
                "/bin/sh", ["-c", "cd '\(repository.path)' && exec git-patch x"], environment: repository.environment)
            defer { child.end() }
            while child.isRunning, !repository.exists("../begun") { try await Task.sleep(for: .milliseconds(20)) }
            kill(child.pid, SIGTERM)
            child.wait()
            let status = try await repository.mustPatch("status")
            #expect(status.output.contains("waiting: push to 'origin' (patch/x): interrupted"), "\(status)")
            #expect(status.output.contains("next: git patch resume"))
        }
    }
}
