package import GitProcess
package import GitValues

/// Captures with git itself: `git add` and `git write-tree` on a private copy of the index.
///
/// Right for every repository shape, because git decides everything; library mode exists to be faster.
struct GitModeCapture: Sendable {
    let request: CaptureRequest
    let reason: String

    /// Runs the capture.
    func run() async throws -> Capture {
        let objects = request.objectDirectory
        let quarantine = try Quarantine(for: objects, dryRun: request.dryRun)
        defer { quarantine.discard() }
        let began = try Files.now(in: quarantine.path)
        let folder = request.dryRun ? nil : request.indexDirectory
        let copy = (folder ?? quarantine.path) + "/index"
        do {
            let basis = try Files.copy(request.indexPath, to: copy)
            let session = GitSession(request, index: copy, quarantine: quarantine)
            let result = try await capture(session, quarantine)
            guard !request.dryRun else { return result.capture(engineReason: reason, index: nil) }
            try quarantine.migrate()
            guard let folder else { return result.capture(engineReason: reason, index: nil) }
            // Files written since the capture began look racy to git and are compared by content: no change is missed.
            try Files.setModified(copy, to: began)
            try Files.sync(copy)
            try Files.sync(folder)
            let index = PreparedIndex(path: copy, destination: request.indexPath, basis: basis)
            return result.capture(engineReason: reason, index: index)
        } catch {
            if folder != nil { Files.removeTree(copy) }
            throw error
        }
    }

    private func capture(_ session: GitSession, _ quarantine: Quarantine) async throws -> CapturedTree {
        try await refuseUnmerged(session)
        let head = try await headTree(session)
        var warnings: [String] = []
        let rails = GitModeRails(request: request, session: session)
        let staged = try await GitModeStaged(session: session, head: head).read()
        if !request.dryRun { try staged.settle(in: request.objectDirectory) }
        var large: [CaptureRefusal.NamedSize] = []
        // Where git noted what the files were when it read them.
        var noted = session.index
        var tree: ObjectID
        switch request.scope {
        case .everything:
            large = try await rails.largeFiles(pathspecs: [], staged: staged.added)
            warnings = try await add(["-A"], session, except: large)
            tree = try await writeTree(session)
        case .trackedOnly:
            warnings = try await add(["-u"], session)
            tree = try await writeTree(session)
        case .staged: tree = try await writeTree(session)
        case .pathspecs(let specs):
            large = try await rails.largeFiles(pathspecs: specs)
            let named = GitModePathspecs(request: request, session: session, head: head, specs: specs)
            tree = try await named.run(quarantine, except: large)
            noted = named.index(quarantine)
        }
        let changes = try await GitModeChanges(session: session).between(head, tree)
        try await rails.check(changes, large)
        if request.scope != .staged { try refuseMoved(changes, noted) }
        let stagedOnly = try await staged.lost(in: tree, session)
        return CapturedTree(
            tree: tree, headTree: head, changes: changes.map(\.summary), warnings: warnings, stagedOnly: stagedOnly)
    }

    /// Notices files that changed after git had looked at them, by the times git noted in a private index.
    private func refuseMoved(_ changes: [TreeDifference], _ index: String) throws {
        // An index that only git can read tells nothing here.
        guard let index = try? IndexParser.read(index) else { return }
        let moved = changes.filter { change in
            guard change.isFile, let entry = index.find(change.path),
                let status = Files.status(of: change.path, in: request.location.worktree).map(FileStatus.init),
                status.kind == .regular
            else { return false }
            return index.withEntry(entry) { entry in
                // Git does not look at a marked file, whatever its entry says, and notes neither time nor size of a file
                // it knows to have changed.
                !entry.isLeftAlone && entry.modifiedSeconds != 0 && entry.size != 0
                    && (entry.modifiedSeconds != UInt32(truncatingIfNeeded: status.modifiedSeconds)
                        || entry.size != UInt32(truncatingIfNeeded: status.size))
            }
        }
        if !moved.isEmpty { throw MovedFiles(paths: moved.map(\.path)) }
    }

    private func refuseUnmerged(_ session: GitSession) async throws {
        let result = try await session.git.captured(["ls-files", "-u", "-z"], step: "read the index")
        let paths = result.output.split(separator: 0).compactMap { $0.split(separator: 9, maxSplits: 1).last }
        let names = Set(paths.map { String(decoding: $0, as: UTF8.self) }).sorted()
        if !names.isEmpty { throw CaptureRefusal.unmerged(names) }
    }

    private func headTree(_ session: GitSession) async throws -> ObjectID? {
        let result = try await session.git.run(["rev-parse", "-q", "--verify", "HEAD^{tree}"])
        return result.succeeded ? ObjectID(hex: result.text) : nil
    }

    private func writeTree(_ session: GitSession) async throws -> ObjectID {
        let result = try await session.git.captured(["write-tree"], step: "write the tree")
        guard let tree = ObjectID(hex: result.text) else {
            throw CaptureError(code: .gitFailed, operation: "write the tree", message: "git printed no object id")
        }
        return tree
    }

    /// Runs `git add` and returns what the user should know of it.
    ///
    /// - Parameter large: files to leave out, because they are refused when all the rest is known as well.
    private func add(
        _ arguments: [String], _ session: GitSession, except large: [CaptureRefusal.NamedSize] = []
    ) async throws -> [String] {
        let result = try await session.git.add(arguments, [":/"], except: large)
        if result.succeeded { return result.warnings }
        if !large.isEmpty { throw CaptureRefusal.tooLarge(large, limit: request.limits.maxFileSize) }
        // Exit 1 is also what git says when it left out new files outside of the sparse checkout, and only those.
        let left = try await GitModeRails(request: request, session: session).untracked(pathspecs: [])
        if result.ending == .exited(1), !left.isEmpty, request.configuration?.bool("core.sparsecheckout") ?? true {
            return result.warnings + left.map { "'\($0.text)' is outside of the sparse checkout and was left out" }
        }
        throw try await refusal(result, session)
    }

    /// What a failed `git add` means: files it cannot read, or its own words.
    private func refusal(_ result: ProcessResult, _ session: GitSession) async throws -> any Error {
        let unreadable = try await GitModeRails(request: request, session: session).unreadable()
        if !unreadable.isEmpty { return CaptureRefusal.unreadable(unreadable) }
        return CaptureRefusal.refusedByGit("git add refuses: \(result.firstErrorLine)")
    }
}

/// What both modes end with before the index is known.
struct CapturedTree: Sendable {
    var tree: ObjectID
    var headTree: ObjectID?
    var changes: [CapturedChange]
    var warnings: [String]
    var stagedOnly: ObjectID?

    /// The result of git mode.
    func capture(engineReason: String, index: PreparedIndex?) -> Capture {
        Capture(
            tree: tree, headTree: headTree, engine: .git, engineReason: engineReason, changes: changes,
            warnings: warnings, stagedOnly: stagedOnly, index: index, objects: nil)
    }
}

extension GitProgram {
    /// Runs `git add`, on everything or on pathspecs, leaving some files out.
    ///
    /// - Parameter pathspecs: what the arguments mean, for when files are left out; see `TypedPathspecs`.
    func add(
        _ arguments: [String], _ pathspecs: [String], except files: [CaptureRefusal.NamedSize]
    ) async throws -> ProcessResult {
        guard !files.isEmpty else { return try await run(["add"] + arguments) }
        let specs = pathspecs + files.map { ":(top,exclude,literal)\($0.path)" }
        return try await plainPathspecs.run(
            ["add", "-A", "--pathspec-from-file=-", "--pathspec-file-nul"],
            input: Array(specs.joined(separator: "\0").utf8))
    }
}

extension ProcessResult {
    /// The `warning:` lines on standard error, without the word.
    var warnings: [String] {
        errorText.split(separator: "\n").filter { $0.hasPrefix("warning: ") }.map { String($0.dropFirst(9)) }
    }
}

extension [UInt8] {
    /// As text, damaged bytes replaced.
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension CaptureRequest {
    /// The user's index.
    var indexPath: String { location.indexPath(for: git) }

    /// Where objects are written: `GIT_OBJECT_DIRECTORY`, else the one all worktrees share.
    var objectDirectory: String {
        guard let path = git.environment.value(of: "GIT_OBJECT_DIRECTORY"), !path.isEmpty else {
            return location.commonDirectory + "/objects"
        }
        return path.hasPrefix("/") ? path : location.worktree + "/" + path
    }
}

extension RepositoryLocation {
    /// The index that a git child works on: `GIT_INDEX_FILE`, else the one of the git directory.
    package func indexPath(for git: GitProgram) -> String {
        guard let path = git.environment.value(of: "GIT_INDEX_FILE"), !path.isEmpty else {
            return gitDirectory + "/index"
        }
        return path.hasPrefix("/") ? path : worktree + "/" + path
    }
}
