import GitProcess
import GitValues
import Store
import SystemPackage

/// What must go well before a patch is made.
extension Session {
    /// Runs `pre-commit` on the private index; when it changes what is staged there, that is what is committed.
    func runPreCommit(_ hooks: CommitHooks, _ captured: inout Captured) async throws {
        guard hooks.exists("pre-commit") else { return }
        let before = FileIdentity.of(hooks.index)
        try await hooks.run("pre-commit")
        guard FileIdentity.of(hooks.index) != before else { return }
        let git = workspace.git.using(indexFile: hooks.index.filePath)
        guard let tree = ObjectID(hex: try await git.output(["write-tree"]).text) else {
            throw PatchProblem(.unsupported, "git write-tree gave no tree")
        }
        if tree != captured.tree { workspace.say(.detail("the pre-commit hook changed what is committed")) }
        captured.tree = tree
        try Disk.synchronise(hooks.index)
    }

    /// Runs `--test` commands in a checkout of the commit; the first that fails ends the command.
    func runTests(_ tests: [String], on commit: ObjectID, in folder: OperationFolder) async throws {
        guard !tests.isEmpty else { return }
        let place = folder.scratch.appending("test")
        try Disk.makeDirectory(folder.scratch)
        var git = workspace.git
        git.environment = git.environment.withoutRepository().setting("GITPATCH_CHILD", "test")
        git.settings += ["core.hooksPath=/dev/null"]
        _ = try await git.output(["worktree", "add", "-q", "--detach", place.text, commit.hex])
        var problem: PatchProblem?
        for test in tests where problem == nil {
            let ending = try await git.runShell(test, in: place.filePath)
            if ending != .exited(0) {
                problem = PatchProblem(
                    .testFailed, "the test '\(test)' ended with \(ending.words); no patch was made",
                    hints: ["mend it and run the command again"])
            }
        }
        // The folder goes with the operation in any case; git forgets the worktree with its next prune.
        _ = try await git.run(["worktree", "remove", "--force", place.text])
        if let problem { throw problem }
    }
}

extension Workspace {
    /// Runs `--run`: its changes are captured like any other.
    func runChange(_ command: String) async throws {
        let ending = try await git.runShell(command)
        guard ending == .exited(0) else {
            throw PatchProblem(
                .commandFailed, "the command '\(command)' ended with \(ending.words); nothing was captured",
                hints: ["look at what it changed with 'git status'"])
        }
    }
}

extension ProcessResult.Ending {
    /// For people: `exit code 2`, `signal 9`.
    var words: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signaled(let number): "signal \(number)"
        }
    }
}
