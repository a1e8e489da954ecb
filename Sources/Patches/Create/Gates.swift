import GitProcess
import GitValues
import Snapshots
import Store
import SystemPackage

/// What must go well before a patch is made.
extension Session {
    /// Runs `pre-commit` on the private index; when it changes what is staged there, that is what is committed.
    ///
    /// - Throws: `PatchProblem.hookRefused`, or `.nothingToDo` when the hook leaves no change, as git does.
    func runPreCommit(_ hooks: CommitHooks, _ captured: inout Captured) async throws {
        guard hooks.exists("pre-commit") else { return }
        let before = FileIdentity.of(hooks.index)
        try await hooks.run("pre-commit")
        guard FileIdentity.of(hooks.index) != before else { return }
        let git = workspace.git.durable.using(indexFile: hooks.index.filePath)
        guard let tree = ObjectID(hex: try await git.output(["write-tree"]).text) else {
            throw PatchProblem(.unsupported, "git write-tree gave no tree")
        }
        if tree != captured.tree {
            workspace.say(.detail("the pre-commit hook changed what is committed"))
            let before: ObjectID
            if let head = captured.headTree { before = head } else { before = try await view.emptyTree() }
            if tree == before {
                throw PatchProblem(
                    .nothingToDo, "the pre-commit hook left nothing to commit",
                    hints: ["look at what it takes out, or skip the hooks with --no-verify"])
            }
        }
        // Git waits neither for the blobs that the hook has staged nor for the names of any of these.
        try LooseFile.settle(try await view.objects(of: tree, notIn: captured.tree), in: workspace.location)
        captured.tree = tree
    }

    /// Runs `--test` commands in a checkout of the commit; the first that fails ends the command.
    func runTests(_ tests: [String], on commit: ObjectID, in folder: OperationFolder) async throws {
        guard !tests.isEmpty else { return }
        let place = folder.scratch.appending("test")
        try Disk.makeDirectory(folder.scratch)
        var git = workspace.git
        git.environment = git.environment.withoutRepository().setting("GITPATCH_CHILD", "test")
        git.settings += ["core.hooksPath=/dev/null", "core.sparseCheckout=false"]
        var problem: (any Error)?
        do {
            try await checkOut(commit, at: place, git, staging: folder.scratch.appending("admin"))
            for test in tests {
                let ending = try await UserCommand(line: test, folder: place.filePath, git: git).run()
                guard ending != .exited(0) else { continue }
                throw PatchProblem(
                    .testFailed, "the test '\(test)' ended with \(ending.words); no patch was made",
                    hints: ["mend it and run the command again"])
            }
        } catch {
            problem = error
        }
        folder.forgetWorktrees(in: workspace.location.commonDirectory)
        Disk.removeTree(place)
        if let problem { throw problem }
    }

    /// Makes a linked worktree that holds a commit.
    private func checkOut(
        _ commit: ObjectID, at place: DiskPath, _ git: GitProgram, staging: DiskPath
    ) async throws {
        let common = workspace.location.commonDirectory
        // Where references are no files, only git knows what a worktree consists of.
        if Disk.exists(DiskPath(common).appending("reftable")) {
            _ = try await git.output(["worktree", "add", "-q", "--detach", place.text, commit.hex])
            return
        }
        _ = try LinkedWorktree.make(
            at: place.text, name: "gitpatch-test", commit: commit, commonDirectory: common, staging: staging.text)
        var inside = git
        inside.directory = place.filePath
        _ = try await inside.output(["reset", "-q", "--hard"])
    }
}

/// A command line of the user's that a patch depends on; a signal that ends us ends it first, and leaves nothing of it.
///
/// It runs in a process group of its own without input; what it prints goes to standard error.
private struct UserCommand {
    let line: String
    let folder: FilePath
    let git: GitProgram

    /// Runs it to its end.
    ///
    /// - Throws: `Interrupted` when a signal came meanwhile.
    func run() async throws -> ShellCommand.Ending {
        let command = ShellCommand(line, in: folder, environment: git.environment.variables)
        let guardian = try ProcessGuard()
        defer { guardian.end() }
        return try await Interruption.run(isLast: false) {
            try await command.run(under: guardian) { bytes in
                // Whoever reads standard error may have gone; the command's ending is what counts.
                _ = try? FileDescriptor.standardError.writeAll(bytes)
            }.ending
        }
    }
}

extension Workspace {
    /// Runs `--run`: its changes are captured like any other.
    func runChange(_ command: String) async throws {
        let ending = try await UserCommand(line: command, folder: git.directory, git: git).run()
        guard ending == .exited(0) else {
            throw PatchProblem(
                .commandFailed, "the command '\(command)' ended with \(ending.words); nothing was captured",
                hints: ["look at what it changed with 'git status'"])
        }
    }
}

extension ShellCommand.Ending {
    /// For people: `exit code 2`, `signal 9`.
    var words: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signaled(let number): "signal \(number)"
        case .timedOut, .cancelled: "an interruption"
        }
    }
}
