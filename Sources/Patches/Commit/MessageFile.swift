import GitProcess
import GitValues
import Settings

/// The text of a commit on its way: `COMMIT_EDITMSG`, where hooks and the editor see and change it.
struct MessageFile {
    /// Where git keeps it: in the git directory of the worktree.
    let path: DiskPath
    /// The path as git gives it to hooks: relative in a main worktree.
    let argument: String

    init(_ location: RepositoryLocation) {
        path = DiskPath(location.gitDirectory).appending("COMMIT_EDITMSG")
        let isMain = location.gitDirectory == location.worktree + "/.git"
        argument = isMain ? ".git/COMMIT_EDITMSG" : path.text
    }

    /// Writes the text, replacing what an earlier commit left.
    func write(_ text: String) throws(DiskProblem) {
        try Disk.remove(path)
        try Disk.write(Array(text.utf8), toNew: path)
    }

    /// Reads it back.
    ///
    /// - Throws: `PatchProblem.badMessage` when it is no UTF-8, which would be damaged on its way into the commit.
    func read() throws -> String {
        let bytes = try Disk.read(path) ?? []
        let text = String(decoding: bytes, as: UTF8.self)
        if Array(text.utf8) != bytes { throw PatchProblem.notUnicode("the text in '\(path)'") }
        return text
    }
}

extension PatchProblem {
    /// A text that is no UTF-8: its bytes would be replaced.
    static func notUnicode(_ what: String) -> PatchProblem {
        PatchProblem(.badMessage, "\(what) is not UTF-8", hints: ["write it in UTF-8, or give it with -m"])
    }
}

/// Opens the user's editor on a file, as git does: through `sh`, with the terminal.
enum Editor {
    /// Waits until the editor has ended.
    ///
    /// - Throws: `PatchProblem.commandFailed` when it did not end well.
    static func open(_ path: DiskPath, command: String, git: GitProgram) async throws {
        if command == ":" { return }
        let ending = try await git.runShell(command + " \"$@\"", [path.text])
        guard ending == .exited(0) else {
            throw PatchProblem(
                .commandFailed, "the editor '\(command)' ended with an error; nothing was done",
                hints: ["give the text with --body instead, or set another editor with: git config core.editor NAME"])
        }
    }
}
