import Foundation
import SuiteTestSupport
import Testing

/// What `--json` prints when a signal ends a command.
struct InterruptionTests {
    /// Runs a command until the file `../begun` is there, sends it a signal, and returns how it ended and what it printed.
    private func interrupt(
        _ repository: TestRepository, _ command: String, with number: Int32
    ) async throws -> (code: Int32, lines: [String]) {
        let child = try ChildProcess(
            "/bin/sh", ["-c", "cd '\(repository.path)' && exec \(command) >../out"],
            environment: repository.environment)
        defer { child.end() }
        while child.isRunning, !repository.exists("../begun") { try await Task.sleep(for: .milliseconds(20)) }
        kill(child.pid, number)
        let code = child.wait()
        return (code, (repository.read("../out") ?? "").split(separator: "\n").map(String.init))
    }

    private func hook(_ repository: TestRepository, _ name: String) throws {
        let script = "#!/bin/sh\ntouch ../begun\nexec sleep 5 >/dev/null 2>&1\n"
        try repository.write(".git/hooks/" + name, script, executable: true)
    }

    private func object(_ line: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aHookThatIsInterruptedLeavesOneObject(_ number: Int32) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try hook(repository, "pre-commit")
            let (code, lines) = try await interrupt(repository, "git-patch x --json", with: number)
            #expect(code == 128 + number)
            let answer = try object(try #require(lines.first))
            #expect(lines.count == 1 && answer["outcome"] as? String == "failed")
            #expect((answer["errors"] as? [[String: Any]])?.first?["code"] as? String == "interrupted")
            #expect(answer["operation"] == nil)
        }
    }

    @Test func aPushThatIsInterruptedLeavesTheOperationAndThePatch() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            _ = try await repository.addBareRemote()
            try repository.write("a", "b\n")
            try hook(repository, "pre-push")
            let (code, lines) = try await interrupt(repository, "git-patch x --json", with: SIGINT)
            #expect(code == 128 + SIGINT && lines.count == 1)
            let answer = try object(try #require(lines.first))
            let patch = try #require(answer["patch"] as? [String: Any], "\(answer)")
            #expect(patch["branch"] as? String == "patch/x" && patch["id"] is String)
            let states = (answer["requests"] as? [[String: Any]])?.compactMap { $0["state"] as? String }
            #expect(states == ["unknown", "waiting"])
            let log = try await repository.mustPatch("log", "--json").output
            #expect(log.contains(try #require(answer["operation"] as? String)))
        }
    }

    @Test func aReleaseThatIsInterruptedLeavesOneObject() async throws {
        try await TestRepository.with { repository in
            let checks = "[check \"unit\"]\nrun = \"touch \(repository.path)/../begun; sleep 5\"\n"
            try await repository.commit("first", files: ["a": "a\n", ".gitpatch": checks])
            _ = try await repository.addBareRemote()
            let (code, lines) = try await interrupt(repository, "git-patch release 1.0.0 --json", with: SIGTERM)
            #expect(code == 128 + SIGTERM && lines.count == 1)
            let answer = try object(try #require(lines.first))
            #expect((answer["errors"] as? [[String: Any]])?.first?["code"] as? String == "interrupted")
        }
    }
}
