import GitProcess
import GitValues
import SystemPackage

/// Git on a private index with its objects in a quarantine.
struct GitSession: Sendable {
    /// The program for children at the top of the worktree.
    let git: GitProgram
    /// The private index.
    let index: String

    /// Creates a session; the user's own index is not touched by its children.
    init(_ request: CaptureRequest, index: String, quarantine: Quarantine) {
        var git = request.gitInWorktree
        git.settings += [
            "core.fsync=objects", "core.fsyncMethod=batch", "advice.addEmbeddedRepo=false", "submodule.recurse=false",
            "gc.auto=0", "maintenance.auto=false",
        ]
        // Without the user's index in view, monitors and splitting serve nobody: git would start a daemon, or write a
        // shared part into the git directory.
        if request.indexDirectory == nil { git.settings += ["core.fsmonitor=false", "core.splitIndex=false"] }
        var alternates = [GitSession.quoted(quarantine.destination)]
        if let more = git.environment.value(of: "GIT_ALTERNATE_OBJECT_DIRECTORIES"), !more.isEmpty {
            alternates.append(more)
        }
        git.environment = git.environment.setting("GIT_INDEX_FILE", index)
            .setting("GIT_OBJECT_DIRECTORY", quarantine.path)
            .setting("GIT_ALTERNATE_OBJECT_DIRECTORIES", alternates.joined(separator: ":"))
        self.git = git
        self.index = index
    }

    /// The program for children that take pathspecs, which are relative to where the command was started.
    func inPrefix(_ location: RepositoryLocation) -> GitProgram {
        var copy = git
        copy.directory = FilePath(location.worktree + "/" + location.prefix)
        return copy
    }

    /// Colons separate alternates, and a quote begins a quoted one.
    private static func quoted(_ path: String) -> String {
        guard path.utf8.contains(where: { [UInt8(ascii: ":"), UInt8(ascii: "\""), UInt8(ascii: "\\")].contains($0) })
        else {
            return path
        }
        var text = "\""
        for character in path {
            if character == "\"" || character == "\\" { text.append("\\") }
            text.append(character)
        }
        return text + "\""
    }
}

extension CaptureRequest {
    /// The program at the top of the worktree, with the user's own index.
    var gitInWorktree: GitProgram {
        var copy = git
        copy.directory = FilePath(location.worktree)
        copy.environment = git.environment.removing("GIT_PREFIX")
            .setting("GIT_DIR", location.gitDirectory).setting("GIT_WORK_TREE", location.worktree)
        return copy
    }
}

extension GitProgram {
    /// Runs git and returns its output; a failure is a `CaptureError` with git's words.
    func captured(_ arguments: [String], input: [UInt8] = [], step: String) async throws -> ProcessResult {
        let result = try await run(arguments, input: input)
        guard result.succeeded else {
            throw CaptureError(git: result.firstErrorLine, during: step)
        }
        return result
    }
}
