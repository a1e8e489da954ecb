import Settings

/// `sandbox = true` through bubblewrap: no network, everything but the worktree and scratch space read-only, and no
/// process of the machine in sight.
enum Sandbox {
    /// The program; `nil` when it is not installed.
    static func program(_ searchPath: String) -> String? {
        searchPath.split(separator: ":").map { "\($0)/bwrap" }.first {
            Files.kind($0) == .file || Files.kind($0) == .other
        }
    }

    /// The words that run others inside.
    ///
    /// - Throws: `ValidationProblem.noSandbox`.
    static func words(_ words: [String], in worktree: String) throws -> [String] {
        guard let bubblewrap = program(CheckEnvironment().searchPath) else { throw ValidationProblem.noSandbox([]) }
        return [
            bubblewrap, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--bind",
            worktree, worktree, "--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--chdir",
            worktree, "--setenv", "TMPDIR", "/tmp", "--",
        ] + words
    }

    /// Why bubblewrap itself gave up, from the end of the output; `nil` when the check ran.
    static func refusal(_ end: String) -> String? {
        guard let last = end.split(separator: "\n").last, last.hasPrefix("bwrap: ") else { return nil }
        return "the sandbox cannot be made here: " + last.dropFirst(7)
    }
}
