import Foundation
import GitValues
import HookInput
import SuiteTestSupport
import Testing

/// The built helper with tools beside it that note how they were called.
struct HookProcessTests {
    /// A repository with a store and a policy, and a copy of the helper in a folder of its own.
    private struct Bench {
        let repository: TestRepository
        var tools: String { repository.scratch.path + "/tools" }
        var notes: String { repository.scratch.path + "/notes" }

        func tool(_ name: String, _ body: String) throws {
            try repository.write("../tools/\(name)", "#!/bin/sh\n\(body)\n", executable: true)
        }

        func hook(_ arguments: String..., input: String = "") async throws -> CommandResult {
            try await repository.run(tools + "/git-patch-hook", arguments, input: input)
        }

        func noted() -> String? {
            FileManager.default.contents(atPath: notes).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await TestRepository.with { repository in
            let bench = Bench(repository: repository)
            try repository.write("../tools/git-validate", "", executable: true)
            try FileManager.default.copyItem(
                atPath: productsDirectory + "/git-patch-hook", toPath: bench.tools + "/git-patch-hook")
            try makeExecutable(bench.tools + "/git-patch-hook")
            try FileManager.default.createDirectory(
                atPath: repository.path + "/.git/gitpatch", withIntermediateDirectories: true)
            try await repository.commit("one", files: [".gitpatch": ""])
            try await body(bench)
        }
    }

    private func lines(_ count: Int) -> String {
        (0..<count).map { "refs/heads/b\($0) \(idA) refs/heads/b\($0) \(idB)\n" }.joined()
    }

    @Test(arguments: [1, 30, 31, 2000]) func theToolGetsArgumentsAndInputAsTheyWere(_ count: Int) async throws {
        try await withBench { bench in
            try bench.tool("git-validate", "echo \"$@\"; cat; exit 7")
            let result = try await bench.hook("pre-push", "origin", "a url", input: lines(count))
            #expect(result.exitCode == 7)
            #expect(result.output == "hook pre-push origin a url\n" + lines(count))
        }
    }

    @Test func aToolThatIsBeingInstalledIsWaitedFor() async throws {
        try await withBench { bench in
            try bench.tool("git-validate", "exit 7")
            let file = open(bench.tools + "/git-validate", O_WRONLY | O_CLOEXEC)
            try #require(file >= 0)
            async let pushed = bench.hook("pre-push", "origin", "url", input: lines(1))
            try await Task.sleep(for: .milliseconds(200))
            close(file)
            let result = try await pushed
            #expect(result.exitCode == 7, "\(result)")
        }
    }

    @Test(arguments: [1, 2000]) func theHookBeforeGetsThemTooAndComesFirst(_ count: Int) async throws {
        try await withBench { bench in
            try bench.tool("git-validate", "echo ours; cat; exit 7")
            try bench.tool("theirs", "echo theirs \"$@\"; cat")
            let theirs = bench.tools + "/theirs"
            let result = try await bench.hook("--then", theirs, "pre-push", "origin", "url", input: lines(count))
            #expect(result.exitCode == 7)
            #expect(result.output == "theirs origin url\n" + lines(count) + "ours\n" + lines(count))
            try bench.tool("theirs", "exit 3")
            let refused = try await bench.hook("--then", theirs, "pre-push", "origin", "url", input: lines(1))
            #expect(refused.exitCode == 3)
            #expect(!refused.output.contains("ours"))
            try bench.tool("theirs", "kill -TERM $$")
            let killed = try await bench.hook("--then", theirs, "pre-push", "o", "u", input: lines(1))
            #expect(killed.exitCode == 128 + SIGTERM)
        }
    }

    @Test func aKnownPushBecomesTheHookBefore() async throws {
        try await withBench { bench in
            try bench.tool("git-validate", "exit 7")
            try bench.repository.write("../tools/theirs", "echo \"$@\"; cat; exit 4\n", executable: true)  // No #!
            let input = "(delete) \(String(repeating: "0", count: 40)) refs/heads/x \(idA)\n"
            let result = try await bench.hook(
                "--then", bench.tools + "/theirs", "pre-push", "origin", "url", input: input)
            #expect(result.exitCode == 4)
            #expect(result.output == "origin url\n" + input)
            let gone = try await bench.hook("--then", bench.tools + "/gone", "pre-push", "o", "u", input: input)
            #expect(gone.exitCode == 0)
        }
    }

    @Test func aMissingToolIsANoticeAndNoMore() async throws {
        try await withBench { bench in
            try bench.repository.remove("../tools/git-validate")
            let push = try await bench.hook("pre-push", "origin", "url", input: lines(1))
            #expect(push.exitCode == 0)
            #expect(push.errorOutput.contains("not validated"))
            let commit = try await bench.hook("post-commit")
            #expect(commit.exitCode == 0)
            #expect(commit.errorOutput.split(separator: "\n").count == 1)
        }
    }

    @Test func whatIsLeftBehindHoldsNothingOfTheCaller() async throws {
        try await withBench { bench in
            // A child that keeps the caller's pipe open would make the call wait for the ten seconds of its sleep. What is
            // open is looked at one by one: listing the folder from a pipeline would find the pipe of the pipeline.
            try bench.tool(
                "git-validate",
                """
                { echo "$@"; echo "index=${GIT_INDEX_FILE-none}"; readlink /proc/self/fd/0 || echo /dev/null
                open=; for number in 3 5 7 9; do [ ! -e /proc/$$/fd/$number ] || open="$open $number"; done
                echo "open:$open"; ps -o sid= -p $$ | tr -d ' '; echo $$; } > '\(bench.notes).new'
                mv '\(bench.notes).new' '\(bench.notes)'
                exec sleep 10
                """)
            let started = ContinuousClock.now
            let call = "'\(bench.tools)/git-patch-hook' post-commit 3>&1 5>&1 7>&1 9>&1 | cat"
            let result = try await bench.repository.with(environment: ["GIT_INDEX_FILE": "x"])
                .run("/bin/sh", ["-c", call])
            #expect(result.exitCode == 0)
            while bench.noted() == nil, started.duration(to: .now) < .seconds(30) {
                try await Task.sleep(for: .milliseconds(20))
            }
            let noted = (bench.noted() ?? "").split(separator: "\n").map(String.init)
            #expect(Array(noted.prefix(3)) == ["hook post-commit", "index=none", "/dev/null"])
            #expect(noted.count > 4 && noted[noted.count - 1] == noted[noted.count - 2], "not a session of its own")
            #if os(Linux)
                #expect(noted.count > 3 && noted[3] == "open:")
            #endif
            // Still there: nobody waited for its sleep.
            #expect(noted.last.flatMap(pid_t.init).map { kill($0, SIGTERM) } == 0)
        }
    }

    @Test func postHooksKeepTheAnswerOfTheHookBefore() async throws {
        try await withBench { bench in
            try bench.tool("git-patch", "exit 0")
            try bench.tool("theirs", "echo \"$@\"; exit 5")
            let result = try await bench.hook(
                "--then", bench.tools + "/theirs", "post-checkout", idA.hex, idB.hex, "1")
            #expect(result.exitCode == 5)
            #expect(result.output == "\(idA) \(idB) 1\n")
        }
    }

    @Test func whatIsNoHookIsAUsageError() async throws {
        try await withBench { bench in
            let (nonsense, nothing) = (try await bench.hook("nonsense"), try await bench.hook())
            #expect(nonsense.exitCode == 64 && nothing.exitCode == 64)
        }
    }
}
