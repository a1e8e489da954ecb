import Foundation
import SuiteTestSupport
import Testing

/// `sandbox = true`: no network, nothing outside the worktree is written.
struct SandboxTests {
    private static let checks = """
        [check "inside"]
            run = "echo made > product && touch /tmp/scratch && test -r /etc/passwd"
            sandbox = true
        [check "outside"]
            run = "echo x > $OUTSIDE"
            env = OUTSIDE
            sandbox = true
        [check "network"]
            run = "test $(wc -l < /proc/net/dev) -le 3"
            sandbox = true
        [check "child"]
            run = "sleep 4711 & echo left"
            sandbox = true

        """

    /// Whether this machine lets bubblewrap work: containers often do not.
    private static let works: Bool = {
        let words = [
            "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-net", "--unshare-pid", "true",
        ]
        return (try? ChildProcess.run("/usr/bin/bwrap", words))?.code == 0
    }()

    @Test(.enabled(if: works, "needs bubblewrap and a kernel that lets it work"))
    func theWorktreeIsAllThatIsWritten() async throws {
        try await CheckedRepository.with(Self.checks) { desk in
            let outside = "/var/tmp/git-patch-sandbox-\(UUID().uuidString)"
            let repository = desk.repository.with(environment: ["OUTSIDE": outside])
            let report = try await CheckedRepository(repository: repository).report()
            #expect(
                report.outcomes == [
                    "inside": "passed", "outside": "failed", "network": "passed", "child": "passed",
                ])
            #expect(!FileManager.default.fileExists(atPath: outside))
            #expect(!FileManager.default.fileExists(atPath: "/tmp/scratch"))
            #expect(processes(saying: "sleep\04711").isEmpty)
        }
    }

    @Test func withoutTheProgramNothingRuns() async throws {
        try await CheckedRepository.with("[check \"a\"]\n    run = touch $HOME/ran\n    sandbox = true\n") { desk in
            // A PATH with git and ours, and nothing else.
            let bin = desk.repository.scratch.path + "/bin"
            try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
            let git = try await desk.repository.run("sh", ["-c", "command -v git"]).trimmed
            try FileManager.default.createSymbolicLink(atPath: bin + "/git", withDestinationPath: git)
            let bare = desk.repository.with(environment: ["PATH": bin])
            let result = try await bare.run(productsDirectory + "/git-validate", [])
            #expect(result.exitCode == 69)
            #expect(result.errorOutput.contains("needs the program 'bwrap'"))
            #expect(result.errorOutput.contains("apt-get install bubblewrap"))
        }
    }
}
