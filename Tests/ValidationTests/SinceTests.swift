import SuiteTestSupport
import Testing

/// `git validate --since`: what a change is compared with.
struct SinceTests {
    @Test func pathsLookAtWhatChangedSinceACommit() async throws {
        let checks = "[check \"a\"]\nrun = true\npath = a/**\n[check \"b\"]\nrun = true\nneeds = a\n"
        try await CheckedRepository.with(checks, files: ["a/x": "1\n", "b": "1\n"]) { desk in
            try await desk.repository.commit("two", files: ["b": "2\n"])
            // On the target all of it is the change.
            #expect(try await desk.report().outcomes == ["a": "passed", "b": "passed"])
            let since = try await desk.report("--since", "HEAD^1")
            #expect(since.outcomes == ["a": "skipped", "b": "passed"])
            // Only what is asked for by name runs whatever changed, not what it needs.
            #expect(
                try await desk.report("--no-cache", "--check", "b", "--since", "HEAD^1").outcomes == [
                    "a": "skipped", "b": "passed",
                ])
            let unknown = try await desk.validate("--since", "nonesuch")
            #expect(unknown.exitCode == 1 && unknown.errorOutput.contains("'nonesuch' names no commit"), "\(unknown)")
        }
    }
}
