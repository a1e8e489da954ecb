package import GitValues
import Settings
package import Snapshots
package import Store

/// What was taken from the working tree.
package struct Captured: Sendable {
    package var tree: ObjectID
    /// HEAD's tree; absent on an unborn branch.
    package var headTree: ObjectID?
    package var engine: PatchRecord.Engine
    package var engineReason: String?
    /// What differs from HEAD, sorted by path.
    package var changes: [CapturedChange]
    /// A tree of contents that are staged and nowhere else.
    package var stagedOnly: ObjectID?
    /// The index of afterwards; absent when none was asked for.
    package var index: PreparedIndex?
    /// The objects, while nobody can see them yet.
    var objects: CapturedObjects?

    init(_ capture: Capture) {
        tree = capture.tree
        headTree = capture.headTree
        engine = capture.engine == .git ? .git : .library
        engineReason = capture.engineReason
        changes = capture.changes
        stagedOnly = capture.stagedOnly
        index = capture.index
        objects = capture.objects
    }

    /// Stands for a tree that does not come from the working tree.
    init(madeTree tree: ObjectID) {
        self.tree = tree
        engine = .git
        engineReason = "the content does not come from the working tree"
        changes = []
    }

    /// The bytes of all new contents.
    package var size: ByteSize { ByteSize(bytes: changes.reduce(0) { $0 + $1.bytes }) }

    /// For `--verbose`: what made the tree, and why.
    var engineNote: String {
        let by = engine == .git ? "git" : "the library"
        return "captured \(counted(changes.count, "path")), \(size), with \(by)"
            + (engineReason.map { ": \($0)" } ?? "")
    }
}

/// What is captured of the working tree.
package enum CaptureScope: Sendable, Equatable {
    /// Everything that `git add -A` would take.
    case everything
    /// Tracked files only.
    case trackedOnly
    /// The index as it is.
    case staged
    /// These paths only.
    case pathspecs([String])

    var ofSnapshots: CaptureRequest.Scope {
        switch self {
        case .everything: .everything
        case .trackedOnly: .trackedOnly
        case .staged: .staged
        case .pathspecs(let specs): .pathspecs(specs)
        }
    }
}

extension Workspace {
    /// Captures the working tree.
    ///
    /// - Parameters:
    ///   - folder: where the index of afterwards is prepared; absent when none is needed.
    ///   - leavesObjectsPending: whether the commit is to be written together with the objects.
    /// - Throws: `CaptureRefusal`, `CaptureError`, or `PatchProblem.nothingToDo`.
    func capture(
        _ scope: CaptureScope, force: Bool, into folder: OperationFolder? = nil, dryRun: Bool = false,
        allowsNothing: Bool = false, leavesObjectsPending: Bool = false
    ) async throws -> Captured {
        let settings = settings
        let limits = CaptureLimits(
            maxFileSize: settings[PatchKeys.maxFileSize], allowed: settings[PatchKeys.allow])
        var request = CaptureRequest(
            location: location, git: git, scope: scope.ofSnapshots, force: force, limits: limits,
            indexDirectory: folder?.path.text, dryRun: dryRun,
            configuration: GitConfiguration { settings.strings($0) })
        request.leavesObjectsPending = leavesObjectsPending
        let capture = try await Snapshots.capture(request)
        for warning in capture.warnings { say(.warning(warning)) }
        let captured = Captured(capture)
        say(.detail(captured.engineNote))
        if capture.nothingToDo && !allowsNothing { throw nothingToDo(scope) }
        return captured
    }

    /// The refusal that says what was looked for.
    func nothingToDo(_ scope: CaptureScope) -> PatchProblem {
        switch scope {
        case .everything: PatchProblem(.nothingToDo, "there is nothing to do: the working tree has no change")
        case .trackedOnly:
            PatchProblem(
                .nothingToDo, "there is nothing to do: no tracked file has a change",
                hints: ["leave --no-untracked out to take new files too"])
        case .staged:
            PatchProblem(
                .nothingToDo, "there is nothing to do: nothing is staged",
                hints: ["stage something with 'git add', or leave --staged out"])
        case .pathspecs(let specs):
            PatchProblem(
                .nothingToDo,
                "there is nothing to do: no change in \(specs.map { "'\($0)'" }.joined(separator: ", "))")
        }
    }
}

/// `1 path`, `3 paths`.
func counted(_ count: Int, _ word: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? word : plural ?? word + "s")"
}
