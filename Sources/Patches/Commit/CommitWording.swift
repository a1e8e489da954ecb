import GitProcess
import GitValues
import Settings

/// How the text of a commit comes about: what the user typed, hooks, the editor, cleaning.
struct CommitWording {
    let workspace: Workspace
    let hooks: CommitHooks
    /// Whether `commit-msg` runs; `--no-verify` skips it, never `prepare-commit-msg`.
    let verify: Bool
    let edit: Bool

    /// Returns the text as git would store it.
    ///
    /// - Parameters:
    ///   - typed: title and body, empty when the editor is to ask for them.
    ///   - origin: where the text came from, in the words `prepare-commit-msg` gets.
    /// - Throws: `PatchProblem.emptyMessage` when nothing is left, `.hookRefused`.
    func settle(_ typed: String, source origin: [String] = ["message"]) async throws -> String {
        let settings = workspace.settings
        let comment = commentText(settings, typed)
        let fallback: CommitMessage.Cleanup = edit ? .strip : .whitespace
        let cleanup = settings.string("commit.cleanup").flatMap { cleanupMode($0, edited: edit) } ?? fallback
        // What is given with -m is a line to git; an older message stays as it was.
        var text = origin == ["message"] && !typed.isEmpty && !typed.hasSuffix("\n") ? typed + "\n" : typed
        if edit || hooks.haveTextHooks {
            let file = MessageFile(workspace.location)
            var source = origin
            if typed.isEmpty, let template = try template(settings) {
                text = template
                source = ["template"]
            } else if typed.isEmpty {
                source = []
            }
            let lead = cleanup == .verbatim || cleanup == .scissors ? text : CommitMessage.clean(text)
            try file.write(edit ? lead + help(comment, cleanup) : lead)
            try await hooks.run("prepare-commit-msg", [file.argument] + source)
            if edit {
                try await Editor.open(file.path, command: workspace.editor(), git: workspace.git)
            }
            if verify { try await hooks.run("commit-msg", [file.argument]) }
            text = try file.read()
        }
        let clean = CommitMessage.clean(text, mode: cleanup, comment: comment)
        let isBlank = clean.allSatisfy(\.isWhitespace)
        if isBlank {
            throw PatchProblem(
                .emptyMessage, "the description is empty; nothing was done", hints: ["git patch \"what changes\""])
        }
        return clean
    }

    /// What the editor shows below the text.
    private func help(_ comment: String, _ cleanup: CommitMessage.Cleanup) -> String {
        guard cleanup == .strip else { return "" }
        return """

            \(comment) The first line is the title of the patch; what follows an empty line is its text.
            \(comment) Lines that start with '\(comment)' are left out; an empty text ends the command.

            """
    }

    private func template(_ settings: Settings) throws -> String? {
        guard var path = settings.string("commit.template"), !path.isEmpty else { return nil }
        if path.hasPrefix("~/"), let home = ProcessEnvironment.value(of: "HOME") { path = home + path.dropFirst(1) }
        if !path.hasPrefix("/") { path = workspace.location.worktree + "/" + path }
        return try Disk.read(DiskPath(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// `core.commentString` (git 2.45) or `core.commentChar`; `auto` takes the first character no line starts with.
    private func commentText(_ settings: Settings, _ text: String) -> String {
        let wish = settings.string("core.commentstring") ?? settings.string("core.commentchar") ?? "#"
        guard wish == "auto" else { return wish.isEmpty ? "#" : wish }
        let firsts = Set(text.split(separator: "\n").compactMap(\.first))
        return "#;@!$%^&|:".first { !firsts.contains($0) }.map(String.init) ?? "#"
    }

    private func cleanupMode(_ word: String, edited: Bool) -> CommitMessage.Cleanup? {
        switch word {
        case "default": edited ? .strip : .whitespace
        case "scissors": edited ? .scissors : .whitespace
        default: CommitMessage.Cleanup(rawValue: word)
        }
    }
}
